"""SIGKILL of the whole suite at random moments under load: nothing lost, nothing twice.

Feeds the demo complaints while the suite is killed and started again, then feeds them once more. Rounds:
REDRESS_KILL_ROUNDS (default 10), seed: REDRESS_KILL_SEED.
"""

import json
import os
import pathlib
import random
import sys
import tempfile
import time

import suite

ROUNDS = int(os.environ.get("REDRESS_KILL_ROUNDS", "10"))


def run(folder):
    rng = random.Random(int(os.environ.get("REDRESS_KILL_SEED", "1")))
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    for _ in range(ROUNDS):
        feeding = suite.feed(process.start(), folder / "partial.json", 5)
        time.sleep(rng.uniform(0.0, 2.5))
        process.kill()
        feeding.kill()
        feeding.wait()
    server = process.start()
    report = folder / "report.json"
    last = suite.feed(server, report, 60)
    assert last.wait(timeout=300) == 0, "the last feed failed:\n" + process.log_tail()
    suite.check_demo(json.loads(report.read_text()), suite.list_all(server))
    process.stop()


def main():
    failures = 0
    with tempfile.TemporaryDirectory(prefix="redress-kill-") as folder:
        try:
            run(pathlib.Path(folder))
        except Exception as problem:  # the outcome of the test, whatever went wrong
            failures = 1
            print(f"kill_test: {problem}")
    suite.write_result("kill_test", failures)
    print(f"kill_test: {ROUNDS} kills, {'FAILED' if failures else 'passed'}")
    return failures


if __name__ == "__main__":
    sys.exit(main())
