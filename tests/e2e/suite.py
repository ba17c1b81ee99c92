"""What the end-to-end tests share: the suite as one process or as five on Kafka, the demo feed, and what must hold."""

import contextlib
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINARY_DIR = pathlib.Path(os.environ["REDRESS_BINARY_DIR"])
SOURCE_DIR = pathlib.Path(os.environ["REDRESS_SOURCE_DIR"])
DEMO = SOURCE_DIR / "deploy/demo/complaints.jsonl"
POLICY = SOURCE_DIR / "deploy/policy/default.yaml"
SERVICES = ("intake", "classifier", "router", "sla-timer", "analytics")


def until(what, condition, within_s=60, every_s=0.1):
    """Seconds that it took until `condition()` held."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() < begun + within_s, f"not within {within_s} s: {what}"
        time.sleep(every_s)
    return time.monotonic() - begun


def free_ports(count):
    """Ports below the range from which the system takes those of outgoing connections."""
    ports = []
    while len(ports) < count:
        port = 12000 + secrets.randbelow(8000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


def id_secret(folder):
    """The file of a new secret that complaint ids are made with."""
    secret = folder / "secret"
    secret.write_bytes(secrets.token_bytes(32))
    return secret


def kafka_log(address, secret):
    """Flags that say where a log on Kafka is."""
    return ["--kafka", address, "--id-secret-file", secret]


def on_kafka(address, secret):
    """Flags of a process whose log is there."""
    return ["--log", "kafka", *kafka_log(address, secret)]


def end(process):
    process.kill()
    process.wait()


class Process:
    """One program of the suite on a data folder; its ports are free ones, unless it is told where to listen."""

    def __init__(self, program, data_dir, *flags, listen="127.0.0.1:0"):
        data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir = data_dir / "data"
        self.endpoints_file = data_dir / "endpoints.json"
        self.log_file = data_dir / "redress.log"
        self.command = [BINARY_DIR / "bin" / program, "--data-dir", self.data_dir, "--listen", listen,
                        "--metrics", "127.0.0.1:0", "--endpoints-file", self.endpoints_file, *flags]
        self.process = None

    def start(self):
        """Returns the gRPC address once it is bound."""
        self.endpoints_file.unlink(missing_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        at_end(end, self.process)
        deadline = time.monotonic() + 60
        while not self.endpoints_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{self.command[0].name} does not come up:\n{self.log_tail()}")
            time.sleep(0.02)
        return json.loads(self.endpoints_file.read_text())["grpc"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0, f"{self.command[0].name} does not stop cleanly:\n{self.log_tail()}"

    def log_tail(self):
        return self.log_file.read_text()[-3000:] if self.log_file.exists() else "(not started)"

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")


@contextlib.contextmanager
def telling(processes):
    """What goes wrong is told with the last words of the processes."""
    try:
        yield
    except Exception as problem:
        raise AssertionError("\n".join([repr(problem), *(process.log_tail() for process in processes)])) from problem


def all_services(*data_dirs):
    """What processes of the whole suite keep in these data folders: (service, data folder) pairs."""
    return [(service, data_dir) for data_dir in data_dirs for service in SERVICES]


def check_projections(projections, *log, timeout=600):
    """What stopped processes left behind against a fold of the log from zero; returns what was compared.

    `projections`: (service, data folder) pairs; `log`: flags that say where the log is.
    """
    command = [BINARY_DIR / "bin/redress-check-projections", *log]
    command += [f"{service}={data_dir}" for service, data_dir in projections]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return checked.stdout.strip()


def feed(server, report, patience):
    """Starts feeding the demo complaints."""
    command = [BINARY_DIR / "bin/redress-feed", "--server", server, "--demo", DEMO, "--report", report, "--patience",
               str(patience)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def list_all(server):
    listed = subprocess.run([BINARY_DIR / "bin/redressctl", "--server", server, "--json", "list", "--limit", "100000"],
                            check=True, capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in listed.stdout.splitlines() if line]


def demo_lines():
    with open(DEMO, encoding="utf-8") as demo:
        return [json.loads(line) for line in demo]


def expected_complaints():
    """Lines that open a complaint: neither delivered again, nor written by a machine, nor a reply."""
    seen = set()
    count = 0
    for line in demo_lines():
        opens = line["id"] not in seen and not line.get("auto_submitted") and not line.get("reply_to")
        seen.add(line["id"])
        count += opens
    return count


def check_demo(report, complaints):
    """Every line is accounted for; every complaint is there once, assessed, and owned or queued with a reason."""
    known = report["taken"] + report["duplicates"] + len(report["rejected"])
    assert known == len(demo_lines()), f"{known} of {len(demo_lines())} lines are accounted for"
    codes = [complaint["tracking_code"] for complaint in complaints]
    assert len(codes) == len(set(codes)), "a complaint is listed twice"
    assert len(codes) == expected_complaints(), f"{len(codes)} complaints, expected {expected_complaints()}"
    for complaint in complaints:
        code = complaint["tracking_code"]
        assert len(complaint["category"]) == 3, f"{code} is not assessed"
        assert complaint.get("owner") or complaint.get("queue_reason"), f"{code} waits without a reason"


class Skipped(Exception):
    """What the case needs cannot be had here."""


# What a case leaves running ends with it, whatever its outcome.
_clean_ups = contextlib.ExitStack()


def at_end(do, *arguments, **options):
    _clean_ups.callback(do, *arguments, **options)


def run(name, *cases):
    """Runs each case in a folder of its own; arguments of the program choose among them. Answers the exit code."""
    failures = skipped = 0
    for case in cases:
        if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory(prefix=f"redress-{name.replace('_', '-')}-") as folder, _clean_ups:
            try:
                case(pathlib.Path(folder))
                outcome = "passed"
            except Skipped as reason:
                skipped += 1
                outcome = f"skipped: {reason}"
            except Exception as problem:  # the outcome of the test, whatever went wrong
                failures += 1
                outcome = f"FAILED: {problem!r}"
        print(f"{name}: {case.__name__}: {outcome}", flush=True)
    results = BINARY_DIR / "results"
    results.mkdir(exist_ok=True)
    (results / f"{name}.json").write_text(
        json.dumps({"tests": 1, "failures": failures, "skipped": 0 if failures else min(skipped, 1)}))
    return int(failures > 0)
