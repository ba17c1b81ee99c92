"""SIGKILL of the whole suite at random moments under load: nothing lost, nothing twice.

Feeds the demo complaints while the suite is killed and started again, then feeds them once more: every line must be
known exactly once, every complaint assessed, and owned or queued with a stated reason. Rounds: REDRESS_KILL_ROUNDS
(default 10). Writes results/kill_test.json for tools/test.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

BINARY_DIR = pathlib.Path(os.environ["REDRESS_BINARY_DIR"])
SOURCE_DIR = pathlib.Path(os.environ["REDRESS_SOURCE_DIR"])
ROUNDS = int(os.environ.get("REDRESS_KILL_ROUNDS", "10"))


class Suite:
    """The all-in-one process on one data folder."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.endpoints_file = data_dir / "endpoints.json"
        self.log = open(data_dir / "redress.log", "ab")
        self.process = None

    def start(self):
        self.endpoints_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [BINARY_DIR / "bin/redress", "--data-dir", self.data_dir / "data", "--listen", "127.0.0.1:0", "--metrics",
             "127.0.0.1:0", "--endpoints-file", self.endpoints_file, "--policy",
             SOURCE_DIR / "deploy/policy/default.yaml"], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not self.endpoints_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the suite does not come up, see " + self.log.name)
            time.sleep(0.02)
        return json.loads(self.endpoints_file.read_text())["grpc"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0, "the suite does not stop cleanly"


def feed(server, report, patience):
    command = [BINARY_DIR / "bin/redress-feed", "--server", server, "--demo", SOURCE_DIR / "deploy/demo/complaints.jsonl",
               "--report", report, "--patience", str(patience)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def list_all(server):
    listed = subprocess.run([BINARY_DIR / "bin/redressctl", "--server", server, "--json", "list", "--limit", "100000"],
                            check=True, capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in listed.stdout.splitlines() if line]


def check(report, complaints, lines):
    known = report["taken"] + report["duplicates"] + len(report["rejected"])
    assert known == lines, f"{known} of {lines} lines are accounted for"
    codes = [complaint["tracking_code"] for complaint in complaints]
    assert len(codes) == len(set(codes)), "a complaint is listed twice"
    expected = sum(1 for line in open(SOURCE_DIR / "deploy/demo/complaints.jsonl", encoding="utf-8")
                   if opens_a_complaint(json.loads(line)))
    assert len(codes) == expected, f"{len(codes)} complaints, expected {expected}"
    for complaint in complaints:
        assert len(complaint["category"]) == 3, f"{complaint['tracking_code']} is not assessed"
        assert complaint.get("owner") or complaint.get("queue_reason"), f"{complaint['tracking_code']} waits without reason"


SEEN = set()


def opens_a_complaint(line):
    first = line["id"] not in SEEN
    SEEN.add(line["id"])
    return first and not line.get("auto_submitted") and not line.get("reply_to")


def run(data_dir):
    rng = random.Random(int(os.environ.get("REDRESS_KILL_SEED", "1")))
    suite = Suite(data_dir)
    for _ in range(ROUNDS):
        feeding = feed(suite.start(), data_dir / "partial.json", 5)
        time.sleep(rng.uniform(0.0, 2.5))
        suite.kill()
        feeding.kill()
        feeding.wait()
    report = data_dir / "report.json"
    server = suite.start()
    last = feed(server, report, 60)
    assert last.wait(timeout=300) == 0, "the last feed failed"
    lines = sum(1 for _ in open(SOURCE_DIR / "deploy/demo/complaints.jsonl", encoding="utf-8"))
    check(json.loads(report.read_text()), list_all(server), lines)
    suite.stop()


def main():
    failures = 0
    with tempfile.TemporaryDirectory(prefix="redress-kill-") as folder:
        try:
            run(pathlib.Path(folder))
        except Exception as problem:  # the outcome of the test, whatever went wrong
            failures = 1
            print(f"kill_test: {problem}")
            print((pathlib.Path(folder) / "redress.log").read_text()[-3000:])
    results = BINARY_DIR / "results"
    results.mkdir(exist_ok=True)
    (results / "kill_test.json").write_text(json.dumps({"tests": 1, "failures": failures}))
    print(f"kill_test: {ROUNDS} kills, {'FAILED' if failures else 'passed'}")
    return failures


if __name__ == "__main__":
    sys.exit(main())
