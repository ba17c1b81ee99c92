"""Three brokers, each record on all of them and acknowledged by two: what callers see when one is down, when two
are, and when they come back.

Two instances of the suite under a steady load of commands (gRPC, with the service config that the project ships)
and of inbound messages. One broker down, killed or hung: no error, only latency. Two down: UNAVAILABLE in
bounded time, memory bounded; recovery by itself. In the end nothing acknowledged is lost and nothing is there
twice.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import sys
import time

import kafka_cluster
import kafka_cluster_load
import suite

# A broker is missed after its session time-out (9 s by default); until then its partitions have no leader.
# Callers wait for 30 s, and no longer.
ANSWERED_WITHIN_S = 30
# What callers allow for in the outage; each call ends within it.
DEADLINE_IN_OUTAGE_S = 5
RECOVERS_WITHIN_S = 45
OUTAGE_S = 25
# Of one instance during the outage: what is in flight is bounded in number, and so is what waits for brokers.
GROWTH_IN_OUTAGE_MIB = 96


def instances(folder, addresses):
    """Two processes with all modules each, on one log."""
    flags = suite.on_kafka(addresses, suite.id_secret(folder))
    return [suite.Process("redress", folder / name, *flags, "--replication", "3", "--create-topics", "--policy",
                          suite.POLICY) for name in ("a", "b")]


def check_one_down(load, cluster, what, down, up, node):
    """Callers see no error, and every replica is in sync again at the end."""
    begun = time.monotonic()
    down(node)
    # Long enough that calls which began before are over as well.
    time.sleep(12)
    suite.until("commands are answered with one broker down",
                        lambda: load.acknowledged_since(time.monotonic() - 2) >= 5, ANSWERED_WITHIN_S)
    time.sleep(5)
    up(node)
    suite.until(f"all replicas are in sync again after: {what}", lambda: cluster.in_sync(3), 60, 0.5)
    outcomes = load.over_since(begun)
    failed = [outcome for outcome in outcomes if outcome.code != "OK"]
    slowest = max(outcome.took for outcome in outcomes)
    print(f"{what}: {len(outcomes)} calls, {len(failed)} failed, slowest {slowest:.1f} s", flush=True)
    assert not failed, f"{what}: callers saw {len(failed)} errors, such as {failed[0]}"


def check_two_down(load, cluster, processes):
    """Bounded answers and memory; then recovery without help."""
    cluster.kill_one(0)
    cluster.kill_one(1)
    load.deadline = DEADLINE_IN_OUTAGE_S
    load.add_callers(60)
    # Calls that began before have their old deadline; what they wait for is no part of this.
    time.sleep(8)
    begun = time.monotonic()
    before = [process.resident_mib() for process in processes]
    plain = [kafka_cluster_load.Instance(instance.address, load.schema, retries=False) for instance in load.instances]
    while time.monotonic() < begun + OUTAGE_S:
        for instance in plain:
            outcome = load.do(instance, kafka_cluster_load.SUBMIT, instance.request(
                kafka_cluster_load.SUBMIT, request_id=f"plain-{time.monotonic_ns()}",
                text="The invoice names a service I never ordered"), 2)
            assert outcome.code == "UNAVAILABLE" and outcome.took < 2, f"without retries: {outcome}"
    after = [process.resident_mib() for process in processes]
    # Without the calls that are still open: they are counted after the recovery.
    outcomes = load.since(begun)
    assert len(outcomes) > 100, f"only {len(outcomes)} calls in the outage"
    kinds = {code: sum(outcome.code == code for outcome in outcomes) for code in {one.code for one in outcomes}}
    slowest = max(outcome.took for outcome in outcomes)
    growth = [round(new - old) for old, new in zip(before, after)]
    print(f"two down: {len(outcomes)} calls: {kinds}, slowest {slowest:.1f} s; "
          f"memory {[round(one) for one in after]} MiB, grown by {growth}", flush=True)
    assert set(kinds) == {"UNAVAILABLE"}, f"callers saw {kinds}"
    assert slowest < DEADLINE_IN_OUTAGE_S + kafka_cluster_load.SLACK_S, f"a call took {slowest:.1f} s"
    assert max(growth) < GROWTH_IN_OUTAGE_MIB, f"an instance grew by {growth} MiB in {OUTAGE_S} s"
    load.active = len(load.instances) * 2
    load.deadline = 30

    begun = time.monotonic()
    cluster.start_missing()
    came_back = time.monotonic()
    took = suite.until("commands are answered again",
                               lambda: load.acknowledged_since(begun) >= 10, RECOVERS_WITHIN_S)
    print(f"recovery: {came_back - begun:.1f} s for the brokers, then {took:.1f} s", flush=True)


def brokers_go_and_come_back(folder):
    cluster = kafka_cluster.Cluster(folder, brokers=3)
    addresses = cluster.start()
    processes = instances(folder, addresses)
    with suite.telling(processes):
        load = kafka_cluster_load.Load(folder, [process.start() for process in processes], callers=4,
                                       brokers=addresses)
        load.start()
        suite.until("commands are answered", lambda: load.acknowledged_since(0) >= 20)
        check_one_down(load, cluster, "controller killed", cluster.kill_one, cluster.start_one, cluster.controller())
        hung = (cluster.controller() + 1) % 3
        check_one_down(load, cluster, "broker hung", cluster.hang_one, cluster.wake_one, hung)
        check_two_down(load, cluster, processes)
        load.finish()
        for instance in load.instances:
            load.check(instance)
        for process in processes:
            process.stop()
    print(suite.check_projections(suite.all_services(*(process.data_dir for process in processes)),
                                  *suite.kafka_log(addresses, folder / "secret")), flush=True)
    print(f"{len(load.complaints)} submitted, {len(load.published)} published, "
          f"{sum(map(len, load.notes.values()))} notes", flush=True)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_cluster_test", brokers_go_and_come_back))
