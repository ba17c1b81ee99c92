"""Five service processes on a real Kafka broker do what the all-in-one does, also when each of them is killed once.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import json
import secrets
import subprocess
import sys
import time

import suite

BROKER = suite.SOURCE_DIR / "deploy/kafka"
UNAVAILABLE = 3


def start_broker(folder):
    started = subprocess.run([BROKER / "start", "--dir", folder / "broker", "--port", "0"], capture_output=True,
                             text=True, timeout=300)
    if started.returncode == UNAVAILABLE:
        raise suite.Skipped(started.stdout + started.stderr)
    assert started.returncode == 0, "the broker does not start: " + started.stderr
    suite.at_end(subprocess.run, [BROKER / "stop", "--dir", folder / "broker"], capture_output=True, check=False)
    return started.stdout.split()[-1]


def five_processes(folder):
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


if __name__ == "__main__":
    sys.exit(suite.run("kafka_processes_test", five_processes))
