"""A million open complaints in one process: memory per complaint, answers while they are there, and the next start.

They come on the inbound topic as fast as the suite deals with them; nobody has so many agents, so nearly all wait in
queues. REDRESS_COMPLAINTS: how many (default 1,000,000, which takes half an hour and 12 GiB of disk).
"""

import asyncio
import os
import random
import sys
import time

import grpc

import grpc_client
import suite

COMPLAINTS = int(os.environ.get("REDRESS_COMPLAINTS", "1000000"))
BATCH = 250
# Complaints published and not yet assessed, at most.
AHEAD = 10_000
ACCOUNT = "mail:everybody"
TEXTS = (("gb", "en", "My parcel has not arrived, it is two weeks late and nobody answers."),
         ("us", "en", "I was charged twice for one order, please refund the second payment."),
         ("cn", "zh", "快递两周还没到，客服没有人回复。"),
         ("cn", "zh", "同一笔订单重复扣款两次，请尽快处理。"))
# Memory: what a suite takes without complaints, and for each of them.
MIB_BEFORE = 1024
KIB_EACH = 4
ANSWER_WITHIN_S = 5
READY_WITHIN_S = 120


def batch_of(client, first, count):
    request = client.request("InboundService/Publish")
    for number in range(first, first + count):
        region, language, text = TEXTS[number % len(TEXTS)]
        item = request.items.add().item
        item.message.account_id, item.message.region, item.message.language = ACCOUNT, region, language
        item.message.channel = 1
        item.personal.thread_key = item.personal.source_message_key = f"m-{number}"
        item.personal.body = f"{text} ({number})"
    return request


async def work_of(client):
    """Records to fold and work that is not a queue or a clock, of all modules."""
    status = await client.call("LogService/GetStatus")
    lag = sum(partition.lag_records for module in status.modules for partition in module.partitions)
    waiting = {module.name: module.work_waiting for module in status.modules}
    return lag, waiting["intake"] + waiting["classifier"]


async def publish_all(client, process):
    began = told = time.monotonic()
    published = 0
    while published < COMPLAINTS:
        lag, waiting = await work_of(client)
        if waiting + lag > AHEAD:
            await asyncio.sleep(0.05)
            continue
        sizes = [min(BATCH, COMPLAINTS - published - done) for done in range(0, BATCH * 4, BATCH)]
        sends = []
        for size in sizes:
            if size > 0:
                sends.append(client.send("InboundService/Publish", batch_of(client, published, size), timeout=60))
                published += size
        for answer in await asyncio.gather(*sends):
            assert all(outcome.HasField("position") for outcome in answer.outcomes)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"{published} of {COMPLAINTS} published, {published / (told - began):.0f}/s, "
                  f"{process.resident_mib():.0f} MiB", flush=True)
    return began


async def rest(client):
    quiet = 0
    while quiet < 5:
        lag, waiting = await work_of(client)
        quiet = quiet + 1 if lag + waiting == 0 else 0
        await asyncio.sleep(0.2)


async def counted(client):
    answer = await client.call("AnalyticsService/GetMetrics", timeout=60, metrics=["METRIC_OPEN"])
    return int(answer.rows[0].values[0].value)


async def look_around(client, rng, calls=200):
    """Every complaint asked for is there, assessed, and owned or queued; answers how long calls take, by method."""
    took = {}

    async def timed(method, **fields):
        began = time.monotonic()
        answer = await client.call(method, timeout=30, **fields)
        took.setdefault(method.split("/")[1], []).append(time.monotonic() - began)
        return answer

    for _ in range(calls):
        key = f"m-{rng.randrange(COMPLAINTS)}"
        found = await timed("ComplaintService/LookupSource",
                            channel_item={"account": ACCOUNT, "source_message_key": key})
        assert found.complaint_id, f"{key} is lost"
        complaint = await timed("ComplaintService/GetComplaint", complaint=found.complaint_id)
        assert complaint.category and (complaint.owner or complaint.queue_reason), f"{key}: {complaint}"
        await timed("ComplaintService/AddNote", complaint=found.complaint_id, text="Called back.",
                    request_id=f"note-{key}-{rng.random()}")
        await timed("ComplaintService/ListComplaints", page_size=50)
    for method, times in sorted(took.items()):
        times.sort()
        print(f"  {method}: p50 {times[len(times) // 2] * 1000:.1f} ms, most {times[-1] * 1000:.0f} ms")
        assert times[-1] < ANSWER_WITHIN_S, f"{method} took {times[-1]:.1f} s"


async def until_ready(client):
    began = time.monotonic()
    while True:
        try:
            status = await client.call("LogService/GetStatus", timeout=5)
            if all(module.ready for module in status.modules):
                return time.monotonic() - began
        except grpc.aio.AioRpcError:
            pass
        assert time.monotonic() - began < READY_WITHIN_S, f"not ready within {READY_WITHIN_S} s"
        await asyncio.sleep(0.05)


async def story(folder):
    rng = random.Random(1)
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    schema = grpc_client.Schema(folder)
    client = grpc_client.Client(schema, [process.start()])
    await until_ready(client)
    began = await publish_all(client, process)
    await rest(client)
    took = time.monotonic() - began
    memory = process.resident_mib()
    print(f"{COMPLAINTS} complaints in {took:.0f} s ({COMPLAINTS / took:.0f}/s), {memory:.0f} MiB resident")
    assert await counted(client) == COMPLAINTS
    await look_around(client, rng)
    await client.close()
    process.kill()
    started = time.monotonic()
    client = grpc_client.Client(schema, [process.start()])
    serving = time.monotonic() - started
    ready = serving + await until_ready(client)
    again = process.resident_mib()
    print(f"after SIGKILL: serving in {serving:.1f} s, ready in {ready:.1f} s, {again:.0f} MiB resident")
    assert await counted(client) == COMPLAINTS
    await look_around(client, rng)
    await client.close()
    process.stop()
    for mib in (memory, again):
        assert mib < MIB_BEFORE + KIB_EACH * COMPLAINTS / 1024, f"{mib:.0f} MiB for {COMPLAINTS} complaints"


def million(folder):
    asyncio.run(story(folder))


if __name__ == "__main__":
    sys.exit(suite.run("million_test", million))
