"""Two instances on Kafka go from this release to a later one and back, one after the other, under load.

The later release (tests/future) writes event types, a field and an aspect that this one does not know, and keeps
its rows in another layout. No acknowledged command is lost on the way; a complaint that holds an event of the
future takes commands at instances of the later release and gets UPGRADE at those of this one; when all are of
the later one again, so it does everywhere; and what each instance keeps equals a fold from zero.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import os
import subprocess
import sys
import time

import grpc_client
import kafka_cluster
import kafka_cluster_load
import suite
from kafka_cluster_load import ADD_NOTE, SUBMIT

UP_WITHIN_S = 60
FUTURE = suite.BINARY_DIR / "bin/redress-future"


class Instance:
    """A data folder and an address that stay, whichever release runs there."""

    def __init__(self, folder, schema, flags, port):
        self.folder, self.schema, self.flags, self.address = folder, schema, flags, f"127.0.0.1:{port}"
        self.process = None

    def run(self, program):
        """Stops what runs there and starts `program`; returns when all its modules are ready."""
        if self.process is not None:
            self.process.stop()
        self.process = suite.Process(program, self.folder, *self.flags, listen=self.address)
        self.process.start()
        suite.until(f"{program} is ready", lambda: grpc_client.is_ready(self.schema, self.address), UP_WITHIN_S)

    def log_tail(self):
        return self.process.log_tail()


def note(load, number, complaint, name):
    """What adding a note is answered at that instance, once it is up: OK or UPGRADE."""
    instance = load.plain[number]
    request = instance.request(ADD_NOTE, complaint=complaint, request_id=name, text="A note between two releases.")
    outcomes = []

    def answered():
        outcomes.append(instance.call(ADD_NOTE, request, 10)[0])
        return outcomes[-1].code != "UNAVAILABLE" or "newer release" in outcomes[-1].text
    suite.until(f"an answer to {name}", answered, UP_WITHIN_S)
    outcome = outcomes[-1]
    if outcome.code == "UNAVAILABLE":
        return "UPGRADE"
    return outcome.code if outcome.code == "OK" else str(outcome)


def expect(load, complaint, name, *answers):
    request = name.replace(" ", "-")
    found = [note(load, number, complaint, f"{request}-{number}") for number in range(len(answers))]
    assert found == list(answers), f"{name}: {found}, expected {list(answers)}"
    print(f"{name}: {' '.join(found)}", flush=True)


def under_load(load, what, do):
    """Commands are answered meanwhile and after."""
    begun = time.monotonic()
    do()
    suite.until(f"commands are answered after: {what}", lambda: load.acknowledged_since(begun) >= 10)
    outcomes = load.since(begun)
    failed = sum(outcome.code != "OK" for outcome in outcomes)
    print(f"{what}: {time.monotonic() - begun:.1f} s, {len(outcomes)} calls, {failed} of them to be repeated",
          flush=True)


def there_and_back(folder):
    os.environ["REDRESS_FUTURE_LAYOUT"] = "1"
    suite.at_end(os.environ.pop, "REDRESS_FUTURE_LAYOUT")
    secret = suite.id_secret(folder)
    address = kafka_cluster.Cluster(folder).start()
    flags = [*suite.on_kafka(address, secret), "--create-topics", "--policy", suite.POLICY]
    schema = grpc_client.Schema(folder)
    one, other = [Instance(folder / name, schema, flags, port)
                  for name, port in zip(("one", "other"), suite.free_ports(2))]
    one.run("redress")
    other.run("redress")
    with suite.telling([one, other]):
        load = kafka_cluster_load.Load(folder, [one.address, other.address], callers=4, brokers=address)
        load.plain = [kafka_cluster_load.Instance(instance.address, load.schema, retries=False)
                      for instance in (one, other)]
        load.start()
        suite.until("commands are answered", lambda: load.acknowledged_since(0) >= 20)
        story(folder, address, load, one, other)
    suite.check_projections(suite.all_services(other.folder / "data"), *suite.kafka_log(address, secret))
    check(FUTURE, "check", f"{address},{secret}", one.folder / "data")


def check(*command):
    checked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    # Without the log lines.
    said = [line for line in (checked.stdout + checked.stderr).splitlines() if not line.startswith("{")]
    assert checked.returncode == 0, "\n".join(said)


def story(folder, address, load, one, other):
    marked = load.plain[0].request(SUBMIT, request_id="marked", text="I was charged twice for one bill.")
    outcome, answer = load.instances[0].call(SUBMIT, marked, 30)
    assert answer is not None, outcome
    complaint = answer.complaint_id
    under_load(load, "one upgraded", lambda: one.run("redress-future"))
    # What the later release writes as soon as it runs somewhere.
    check(FUTURE, "append", f"{address},{folder / 'secret'}", complaint, "1", "nobody")
    expect(load, complaint, "one of two upgraded", "OK", "UPGRADE")
    under_load(load, "the other upgraded", lambda: other.run("redress-future"))
    expect(load, complaint, "both upgraded", "OK", "OK")
    under_load(load, "one downgraded", lambda: one.run("redress"))
    expect(load, complaint, "one of two downgraded", "UPGRADE", "OK")
    under_load(load, "the other downgraded", lambda: other.run("redress"))
    expect(load, complaint, "both downgraded", "UPGRADE", "UPGRADE")
    load.stopping.set()
    one.run("redress-future")
    expect(load, complaint, "upgraded again", "OK")
    # The notes of the later release are of a later schema version, so that theirs are the complaints that wait
    # for it.
    load.finish(load.instances[0])
    load.complaints["marked"] = complaint
    load.check(load.instances[0])
    one.process.stop()
    other.process.stop()
    print(f"{len(load.complaints)} submitted, {len(load.published)} published, "
          f"{sum(map(len, load.notes.values()))} notes", flush=True)


if __name__ == "__main__":
    sys.exit(suite.run("upgrade_test", there_and_back))
