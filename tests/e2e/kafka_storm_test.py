"""A storm: complaints through every door while every instance is killed three times and held twice, the broker once each.

Afterwards every acknowledged command is in every view exactly once, refused ones have no effect, every complaint is
there once, assessed, owned or queued with a reason, its clocks as the SLA table says, and every projection equals a
fold of the log from zero. Complaints: REDRESS_STORM_COMPLAINTS (default 10000; kafka_storm_full_test: 100000), seed:
REDRESS_STORM_SEED.
"""

import asyncio
import os
import sys
import time

import grpc_client
import kafka_pairs
import kafka_storm_check
import kafka_storm_faults
import kafka_storm_load
import suite
from kafka_storm_callers import Callers

COUNT = int(os.environ.get("REDRESS_STORM_COMPLAINTS", "10000"))
SEED = int(os.environ.get("REDRESS_STORM_SEED", "1"))
# Below this the faults of one instance would not fit one after the other.
SHORTEST_S = 130.0
PER_SECOND = 200.0


async def present(callers):
    """Everybody is at work."""
    agents = await callers.ask("DirectoryService/ListAgents",
                               callers.both.request("DirectoryService/ListAgents", page_size=1000))
    for agent in agents.agents:
        await callers.ask("DirectoryService/SetPresence", callers.both.request(
            "DirectoryService/SetPresence", agent=agent.code, state=1, request_id="here"))


async def blow(folder, pairs, count, seed, seconds):
    schema = grpc_client.Schema(folder)
    callers = Callers(schema, pairs.addresses("intake"))
    publisher = kafka_storm_load.Publisher(pairs.broker.addresses)
    load = kafka_storm_load.Load(callers, publisher, seed, count, seconds)
    check = kafka_storm_check.Check(callers, pairs, load.filed)
    try:
        await present(callers)
        schedule = kafka_storm_faults.draw(seed, list(pairs.instances), seconds)
        print(f"seed {seed}, {count} complaints, {len(schedule)} faults:\n" + kafka_storm_faults.describe(schedule),
              flush=True)
        faults = kafka_storm_faults.Faults(pairs, schedule)
        faults.start()
        try:
            took = await load.run()
        finally:
            await asyncio.to_thread(faults.join)
        print(f"{count} complaints and {sum(load.asked.values()) - count} further commands answered in {took:.1f} s "
              f"({count / took:.0f} complaints/s); {faults.kills} kills, "
              f"{faults.pauses} holds, the broker was away for {faults.broker_away_s:.1f} s, {len(faults.ended)} "
              f"instances ended by themselves; tries repeated: "
              f"{sum(callers.repeats.values())}, outcome unknown at first: {callers.unknown_outcomes()}, answered as "
              f"done before: {callers.replayed}, published again: {load.published_again}", flush=True)
        print("tries without an answer: " + ", ".join(
            f"{code} {reason}: {times}" for (code, reason), times in callers.repeats.most_common()), flush=True)
        print("slowest answers: " + ", ".join(
            f"{method} {seconds:.1f} s in {tries} tries, asked at {at:.0f} s"
            for seconds, at, method, tries in callers.slowest), flush=True)
        for name, words in faults.ended:
            print(f"{name} ended by itself: {words}", flush=True)
        settled = await check.settled()
        began = time.monotonic()
        problems = await check.run()
        print(f"settled in {settled:.1f} s, compared in {time.monotonic() - began:.1f} s: {dict(check.counts)}",
              flush=True)
        assert not problems, f"{len(problems)} problems, the first:\n" + "\n".join(problems[:20])
    except AssertionError:
        print(await check.standing(), flush=True)
        raise
    finally:
        publisher.stop()
        for clients in (callers, check):
            await clients.close()


def storm(folder, count=COUNT, seed=SEED):
    pairs = kafka_pairs.run(
        folder, lambda folder, pairs: blow(folder, pairs, count, seed, max(SHORTEST_S, count / PER_SECOND)))
    began = time.monotonic()
    print(f"{pairs.check_projections(3600)} ({time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_storm_test", storm))
