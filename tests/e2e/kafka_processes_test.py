"""Five service processes on a real Kafka broker do what the all-in-one does, also when each of them is killed once.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import json
import sys
import time

import kafka_cluster
import suite


def five_processes(folder):
    address = kafka_cluster.Cluster(folder).start()
    secret = suite.id_secret(folder)
    processes = {}
    for name in suite.SERVICES:
        flags = suite.on_kafka(address, secret)
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
