"""How long a unit goes without its service: from SIGKILL of an instance to the first event that its successor appends.

The aim is the session time-out and a second, and that the successor takes over with the projection it has: nothing is
restored. Complaints come in meanwhile, so that every unit always has work. Times are printed; a busy machine is given
some slack before the test fails.
"""

import asyncio
import itertools
import sys
import time

import grpc_client
import kafka_pairs
import suite
from kafka_storm_callers import Callers

SERVICES = ("classifier", "router", "sla-timer")
AIM_S = kafka_pairs.SESSION_TIMEOUT_S + 1.0
SLACK_S = 3.0
PER_SECOND = 25
# Units settle after a start: the group of the service has been through its rebalance.
SETTLE_S = 4.0


class Written:
    """The services' events as they come onto the log, with the partition and the writer's own time."""

    def __init__(self, client):
        self._stream = client.stream("LogService/Tail", topic="complaints", newest=True, follow=True)
        self.events = []
        self._task = asyncio.create_task(self._read())

    async def _read(self):
        async for told in self._stream:
            actor = told.header["actor"]["id"] if "actor" in told.header else ""
            self.events.append((actor, told.partition, int(told.header["recorded_at_us"]) / 1e6))

    def first_by(self, service, since):
        """Partition → seconds from `since` to the first event that the service decided after it."""
        first = {}
        for actor, partition, at in self.events:
            if actor == service and at > since:
                first[partition] = min(first.get(partition, at - since), at - since)
        return first

    def stop(self):
        self._task.cancel()


async def submit(callers, stopping):
    for number in itertools.count():
        if stopping.is_set():
            return
        request = callers.both.request("ComplaintService/SubmitComplaint", request_id=f"flow-{number}", region="gb",
                                       language="en", text=f"My parcel {number} has not arrived.")
        asyncio.create_task(callers.ask("ComplaintService/SubmitComplaint", request))
        await asyncio.sleep(1.0 / PER_SECOND)


async def status(client):
    told = await client.call("LogService/GetStatus")
    return told.started_at, told.modules[0]


def units(module):
    return {one.partition for one in module.partitions if one.owned and one.topic.endswith("complaints.v1")}


async def take_over(pairs, clients, written, service):
    """Kills the instance that has more units; returns (first event of the successor, last of its units), in s."""
    owned = {name: units((await status(clients[name]))[1]) for name in (f"{service}-1", f"{service}-2")}
    name = max(owned, key=lambda one: len(owned[one]))
    successor = next(one for one in owned if one != name)
    assert owned[name], f"no instance of {service} acts: {owned}"
    started_at, before = await status(clients[successor])
    killed = time.time()
    pairs.instances[name].kill()
    deadline = time.monotonic() + AIM_S + SLACK_S + 5.0
    # The router acts for all partitions or for none.
    wanted = owned[name]
    while not wanted <= set(written.first_by(service, killed)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        _, now = await status(clients[successor])
        folded = {(one.topic, one.partition): one.position for one in before.partitions}
        assert all(one.position >= folded[one.topic, one.partition] for one in now.partitions), "it folds anew"
        before = now
    first = {unit: after for unit, after in written.first_by(service, killed).items() if unit in wanted}
    assert first, f"nobody took over from {name}"
    again, after = await status(clients[successor])
    assert again == started_at and after.projection == before.projection, "the successor is not what it was"
    assert not pairs.instances[successor].log_lines("rebuilding"), "the successor rebuilt its projection"
    await asyncio.to_thread(pairs.instances[name].start)
    await asyncio.sleep(SETTLE_S)
    return min(first.values()), max(first.values()), len(wanted), len(first)


async def measure(folder, pairs):
    schema = grpc_client.Schema(folder)
    callers = Callers(schema, pairs.addresses("intake"))
    clients = {name: grpc_client.Client(schema, [instance.address]) for name, instance in pairs.instances.items()}
    written = Written(clients["intake-1"])
    stopping = asyncio.Event()
    flow = asyncio.create_task(submit(callers, stopping))
    await asyncio.sleep(SETTLE_S)
    late = []
    for service in SERVICES:
        first, last, lost, taken = await take_over(pairs, clients, written, service)
        print(f"{service}: first event of the successor {first:.2f} s after the kill, the last of {taken} of {lost} "
              f"units {last:.2f} s (aim {AIM_S:.1f} s); nothing restored", flush=True)
        if first > AIM_S + SLACK_S or taken < lost:
            late.append(service)
    stopping.set()
    await flow
    written.stop()
    for client in (callers, *clients.values()):
        await client.close()
    assert not late, f"taken over too late: {late}"


def takeover(folder):
    kafka_pairs.run(folder, measure)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_takeover_test", takeover))
