"""Callers of both intake instances that repeat a command until it is answered, and what they were told.

The first try goes wherever the channel sends it, with the retry policy of the shipped service config; every further
one to a single instance, in turns.
"""

import asyncio
import collections
import dataclasses
import time
import typing

import grpc

import grpc_client

TRY_TIMEOUT_S = 4.0
# No command may stay without an answer for longer, whatever happens to processes and broker.
PATIENCE_S = 180.0
SHOWN = 5
REPEATED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED,
            grpc.StatusCode.CANCELLED}


@dataclasses.dataclass
class Told:
    """What one request id was answered: the event that it became, or the reason of the refusal."""
    method: str
    request: typing.Any
    event: str = ""
    refused: str = ""


class Changed(Exception):
    """The etag was stale: nothing happened, look again and repeat."""


class Callers:
    """Thread-compatible: one asyncio loop."""

    def __init__(self, schema, addresses):
        self.schema = schema
        self.both = grpc_client.Client(schema, addresses)
        self.each = [grpc_client.Client(schema, [address]) for address in addresses]
        # Tries that ended without an answer, by code and reason; commands whose answer said that they had been done.
        self.repeats = collections.Counter()
        self.replayed = 0
        # (seconds, begun so many seconds after the first call, method, tries), the worst few.
        self.slowest = []
        self._began = time.monotonic()

    async def close(self):
        for client in (self.both, *self.each):
            await client.close()

    def _answered(self, started, method, tries):
        seconds = time.monotonic() - started
        if len(self.slowest) < SHOWN or seconds > self.slowest[-1][0]:
            self.slowest.append((seconds, started - self._began, method, tries))
            self.slowest = sorted(self.slowest, reverse=True)[:SHOWN]

    def unknown_outcomes(self):
        """Tries after which only a repetition could tell what had happened."""
        return sum(count for (code, reason), count in self.repeats.items()
                   if code == "DEADLINE_EXCEEDED" or (code == "UNAVAILABLE" and reason in ("", "OUTCOME_UNKNOWN")))

    async def ask(self, method, request, at=None):
        """The answer; an error that repeating does not change is raised. `at`: the instance to begin with."""
        started = time.monotonic()
        tries = 0
        while True:
            client = self.both if at is None and tries == 0 else self.each[((at or 0) + tries) % 2]
            tries += 1
            try:
                answer = await client.send(method, request, TRY_TIMEOUT_S)
                self._answered(started, method, tries)
                return answer
            except grpc.aio.AioRpcError as error:
                reason = self.schema.reason(error)
                conflict = error.code() == grpc.StatusCode.ABORTED and reason == "CONFLICT"
                if error.code() not in REPEATED and not conflict:
                    raise
                self.repeats[error.code().name, reason] += 1
                if time.monotonic() - started > PATIENCE_S:
                    raise AssertionError(f"{method} without an answer for {PATIENCE_S:.0f} s: {error}") from error
            await asyncio.sleep(min(0.1 * tries, 1.0))

    async def command(self, method, request, at=None):
        """What the command was told in the end. Raises Changed."""
        try:
            answer = await self.ask(method, request, at)
        except grpc.aio.AioRpcError as error:
            reason = self.schema.reason(error)
            if error.code() == grpc.StatusCode.FAILED_PRECONDITION:
                return Told(method, request, refused=reason), None
            if error.code() == grpc.StatusCode.ABORTED and reason == "CHANGED":
                raise Changed() from error
            raise
        self.replayed += answer.replayed
        return Told(method, request, event=answer.event_id), answer
