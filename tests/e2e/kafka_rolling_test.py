"""Every instance of every service stopped and started again, one after the other, under load: no caller sees a failure.

The callers are stock gRPC channels with the shipped service config and the addresses of both instances; nothing else
repeats a call.
"""

import asyncio
import collections
import sys
import time

import grpc

import grpc_client
import kafka_pairs
import suite

WORKERS = 4
# What a caller gives one call, repetitions by the policy included.
DEADLINE_S = 20.0
PAUSE_S = 0.01
BETWEEN_S = 1.0
# What each worker asks of its service, again and again.
CALLS = {
    "classifier": ("ClassifierService/Classify", {"text": "My parcel has not arrived.", "region": "gb"}),
    "router": ("RoutingService/ListQueues", {}),
    "sla-timer": ("SlaService/ListDueSoon", {}),
    "analytics": ("AnalyticsService/GetMetrics", {"metrics": [1, 2]}),
}


class Callers:
    """Workers per service; counts what they see."""

    def __init__(self, schema, pairs):
        self.clients = {service: grpc_client.Client(schema, pairs.addresses(service)) for service in suite.SERVICES}
        self.schema = schema
        self.calls = collections.Counter()
        self.failures = collections.Counter()
        self.slowest_s = collections.Counter()
        self.stopping = False

    async def _call(self, service, method, **fields):
        began = time.monotonic()
        self.calls[service] += 1
        try:
            return await self.clients[service].call(method, DEADLINE_S, **fields)
        except grpc.aio.AioRpcError as error:
            self.failures[f"{method} {error.code().name} {self.schema.reason(error)} {error.details()}"] += 1
            return None
        finally:
            self.slowest_s[service] = max(self.slowest_s[service], time.monotonic() - began)

    async def ask(self, service):
        method, fields = CALLS[service]
        while not self.stopping:
            await self._call(service, method, **fields)
            await asyncio.sleep(PAUSE_S)

    async def write(self, worker):
        number = 0
        while not self.stopping:
            number += 1
            key = f"rolling-{worker}-{number}"
            filed = await self._call("intake", "ComplaintService/SubmitComplaint", request_id=key, region="gb",
                                     text=f"My parcel {key} has not arrived.")
            if filed is not None:
                await self._call("intake", "ComplaintService/AddNote", request_id="note", text="Called back.",
                                 complaint=filed.complaint_id, consistency_token=filed.consistency_token)
                await self._call("intake", "ComplaintService/GetComplaint", complaint=filed.tracking_code,
                                 consistency_token=filed.consistency_token)
            await asyncio.sleep(PAUSE_S)


async def roll(folder, pairs):
    schema = grpc_client.Schema(folder)
    callers = Callers(schema, pairs)
    workers = [asyncio.create_task(callers.write(worker)) for worker in range(WORKERS)]
    workers += [asyncio.create_task(callers.ask(service)) for service in CALLS for _ in range(WORKERS)]
    await asyncio.sleep(BETWEEN_S)
    for name, instance in pairs.instances.items():
        began = time.monotonic()
        await asyncio.to_thread(instance.stop)
        stopped = time.monotonic()
        await asyncio.to_thread(instance.start)
        probe = grpc_client.Client(schema, [instance.address])
        await kafka_pairs.until_ready(probe, schema)
        await probe.close()
        print(f"{name}: stopped in {stopped - began:.1f} s, ready again after {time.monotonic() - stopped:.1f} s; "
              f"failures so far: {sum(callers.failures.values())}", flush=True)
        await asyncio.sleep(BETWEEN_S)
    callers.stopping = True
    await asyncio.gather(*workers)
    for client in callers.clients.values():
        await client.close()
    print("calls: " + ", ".join(f"{service} {count} (slowest {callers.slowest_s[service]:.1f} s)"
                                for service, count in callers.calls.items()), flush=True)
    assert not callers.failures, f"calls failed: {dict(callers.failures)}"


def rolling(folder):
    kafka_pairs.run(folder, roll)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_rolling_test", rolling))
