"""Five service processes on a real Kafka broker do what the all-in-one does, also when each of them is killed once.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import json
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

import suite

BROKER = suite.SOURCE_DIR / "deploy/kafka"
UNAVAILABLE = 3


class NoBroker(Exception):
    pass


def start_broker(folder):
    started = subprocess.run([BROKER / "start", "--dir", folder / "broker", "--port", "0"], capture_output=True,
                             text=True, timeout=300)
    if started.returncode == UNAVAILABLE:
        raise NoBroker(started.stdout + started.stderr)
    assert started.returncode == 0, "the broker does not start: " + started.stderr
    return started.stdout.split()[-1]


def run(folder):
    address = start_broker(folder)
    secret = folder / "secret"
    secret.write_bytes(secrets.token_bytes(32))
    processes = {}
    for name in suite.SERVICES:
        flags = ["--log", "kafka", "--kafka", address, "--id-secret-file", secret]
        if name == "intake":
            flags += ["--create-topics", "--policy", suite.POLICY]
        processes[name] = suite.Process("redress-" + name, folder / name, *flags)
    # Intake makes the topics, so it comes first.
    server = processes["intake"].start()
    for name in suite.SERVICES[1:]:
        processes[name].start()
    report = folder / "report.json"
    feeding = suite.feed(server, report, 60)
    for name in suite.SERVICES[1:]:
        time.sleep(0.5)
        processes[name].kill()
        processes[name].start()
    assert feeding.wait(timeout=300) == 0, "the feed failed:\n" + processes["intake"].log_tail()
    suite.check_demo(json.loads(report.read_text()), suite.list_all(server))
    for process in processes.values():
        process.stop()


def main():
    failures, skipped = 0, 0
    with tempfile.TemporaryDirectory(prefix="redress-kafka-") as name:
        folder = pathlib.Path(name)
        try:
            run(folder)
        except NoBroker as reason:
            skipped = 1
            print(f"kafka_processes_test: skipped: {reason}")
        except Exception as problem:  # the outcome of the test, whatever went wrong
            failures = 1
            print(f"kafka_processes_test: {problem}")
        subprocess.run([BROKER / "stop", "--dir", folder / "broker"], capture_output=True, check=False)
    suite.write_result("kafka_processes_test", failures, skipped)
    print(f"kafka_processes_test: {'FAILED' if failures else 'skipped' if skipped else 'passed'}")
    return failures


if __name__ == "__main__":
    sys.exit(main())
