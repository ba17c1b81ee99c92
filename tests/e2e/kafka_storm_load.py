"""The load of the storm: complaints by gRPC, by InboundService and by a stock Kafka producer, and what people do with them.

Every life is drawn from (seed, number), so the same seed asks the same. What the callers were told is kept in `Filed`;
kafka_storm_check compares it with what the services show.
"""

import asyncio
import collections
import dataclasses
import random
import threading
import time

import confluent_kafka

from kafka_storm_callers import Changed

INBOUND_TOPIC = "redress.inbound.v1"
DOORS = ("grpc", "publish", "kafka")
SHARES = (6, 2, 2)
# Of a hundred complaints so many are handled by people.
HANDLED_PERCENT = 40
TEXTS = (
    ("gb", "en", "My parcel has not arrived, it is two weeks late and nobody answers."),
    ("gb", "en", "I was charged twice for one order, please refund the second payment."),
    ("us", "en", "The laptop won't turn on, it was dead on arrival. I am very disappointed."),
    ("eu", "en", "The power bank caught fire on my desk. This is dangerous, somebody could be injured!"),
    ("us", "en", "Your agent was rude and hung up on me. I want to speak to your manager."),
    ("gb", "en", "The app keeps crashing after the update and I cannot log in."),
    ("cn", "zh", "快递两周还没到，客服没有人回复。"),
    ("cn", "zh", "手机用了几天就坏了，屏幕黑屏，质量太差，要求退款。"),
    ("cn", "zh", "充电宝起火冒烟，非常危险，我要曝光你们！"),
    ("cn", "zh", "同一笔订单重复扣款两次，请尽快处理。"),
    ("eu", "en", "The invoice was never issued although I asked for it three times."),
    ("us", "en", "No signal at home since Monday, roaming was billed although I never left."),
)
AGENTS = ("a101", "a102", "a103", "a104")
NOTE_TEXTS = ("Called back, no answer.", "Asked the depot.", "Sent the form again.", "Photos are in the file.")


@dataclasses.dataclass
class Filed:
    """One complaint as its callers know it."""
    number: int
    door: str
    text: str
    region: str
    language: str
    # Client's request id, or the message key at the source.
    key: str
    account: str = ""
    amount_minor: int = 0
    complaint: str = ""
    tracking_code: str = ""
    token: str = ""
    # Request ids that were answered, the submission among them when it came by gRPC.
    told: list = dataclasses.field(default_factory=list)
    # Further messages of the thread, by their keys at the source.
    replies: list = dataclasses.field(default_factory=list)
    stage: str = "STAGE_ASSESSED"
    cycle: int = 1
    outbound: int = 0
    waiting: bool = False


class Publisher:
    """A stock Kafka client: idempotent, waits for the broker's word on each record."""

    def __init__(self, bootstrap):
        self._producer = confluent_kafka.Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "message.timeout.ms": 20000, "linger.ms": 5,
            "socket.nagle.disable": True, "log_level": 2})
        self._stopping = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while not self._stopping:
            self._producer.poll(0.1)

    def stop(self):
        self._stopping = True
        self._thread.join()

    async def publish(self, key, value):
        """True when the broker has it; False: unknown, to be published again."""
        loop = asyncio.get_running_loop()
        settled = loop.create_future()

        def on_delivery(error, _):
            loop.call_soon_threadsafe(lambda: settled.done() or settled.set_result(error is None))

        headers = [("content-type", b"application/protobuf"), ("ce_specversion", b"1.0"),
                   ("ce_type", b"redress.event.v1.InboundMessage")]
        self._producer.produce(INBOUND_TOPIC, key=key, value=value, headers=headers, on_delivery=on_delivery)
        return await settled


class Load:
    """`count` lives, at most `at_once` of them at a time, begun evenly over `seconds`."""

    def __init__(self, callers, publisher, seed, count, seconds, at_once=96):
        self.callers, self.publisher, self.seed = callers, publisher, seed
        self.count, self.seconds = count, seconds
        self.filed = []
        self.published_again = 0
        self.asked = collections.Counter()
        self._room = asyncio.Semaphore(at_once)

    def _message(self, name, **fields):
        return self.callers.schema.message(name)(**fields)

    async def run(self):
        started = time.monotonic()
        lives = []
        for number in range(self.count):
            await self._room.acquire()
            await asyncio.sleep(max(0.0, started + self.seconds * number / self.count - time.monotonic()))
            lives.append(asyncio.create_task(self._live(number)))
            failed = next((life for life in lives[-200:] if life.done() and life.exception()), None)
            if failed:
                raise failed.exception()
        await asyncio.gather(*lives)
        return time.monotonic() - started

    async def _live(self, number):
        try:
            rng = random.Random(f"{self.seed}/{number}")
            filed = self._draw(rng, number)
            self.filed.append(filed)
            if filed.door == "grpc":
                await self._submit(rng, filed)
            else:
                await self._come_in(rng, filed)
            if rng.randrange(100) < HANDLED_PERCENT:
                await self._handle(rng, filed)
        finally:
            self._room.release()

    def _draw(self, rng, number):
        region, language, text = rng.choice(TEXTS)
        filed = Filed(number, rng.choices(DOORS, SHARES)[0], f"{text} ({number})", region, language,
                      key=f"storm-{self.seed}-{number}")
        if rng.random() < 0.1:
            filed.amount_minor = rng.choice((1999, 250_000, 9_000_000))
        filed.account = "mail:storm"
        return filed

    async def _submit(self, rng, filed):
        request = self.callers.both.request(
            "ComplaintService/SubmitComplaint", request_id=filed.key, text=filed.text, region=filed.region,
            language=filed.language, account=filed.account)
        if filed.amount_minor:
            request.amount.amount_minor, request.amount.currency = filed.amount_minor, "GBP"
        copies = 2 if rng.random() < 0.1 else 1
        answers = await asyncio.gather(*(self.callers.command("ComplaintService/SubmitComplaint", request, at)
                                         for at in ([None] if copies == 1 else [0, 1])))
        self.asked["submit"] += 1
        for told, answer in answers:
            assert answer is not None, f"a submission was refused: {told.refused}"
            assert told.event == answers[0][0].event, "one request id became two events"
            filed.complaint, filed.tracking_code, filed.token = (answer.complaint_id, answer.tracking_code,
                                                                 answer.consistency_token)
        filed.told.append(answers[0][0])

    def _item(self, filed, key, text):
        item = self._message("personal.v1.InboundItem")
        item.message.account_id, item.message.channel = filed.account, 1
        item.message.region, item.message.language = filed.region, filed.language
        if filed.amount_minor:
            item.message.amount.amount_minor, item.message.amount.currency = filed.amount_minor, "GBP"
        item.personal.thread_key, item.personal.source_message_key, item.personal.body = filed.key, key, text
        return item

    async def _publish(self, door, item):
        if door == "kafka":
            while not await self.publisher.publish(item.personal.thread_key.encode(), item.SerializeToString()):
                self.published_again += 1
            return
        request = self.callers.both.request("InboundService/Publish", items=[{"item": item}])
        while True:
            answer = await self.callers.ask("InboundService/Publish", request)
            outcome = answer.outcomes[0]
            if outcome.HasField("position"):
                return
            assert outcome.failure.code in (8, 14), f"an item was refused: {outcome.failure}"
            self.published_again += 1
            await asyncio.sleep(0.2)

    async def _come_in(self, rng, filed):
        item = self._item(filed, filed.key, filed.text)
        await self._publish(filed.door, item)
        # Published again by a caller who does not remember, perhaps through the other door.
        if rng.random() < 0.1:
            await self._publish(rng.choice(("kafka", "publish")), item)
        self.asked["publish"] += 1
        taken = await self._taken(filed, filed.key)
        filed.complaint, filed.tracking_code, filed.token = (taken.complaint_id, taken.tracking_code,
                                                             taken.consistency_token)
        if rng.random() < 0.1:
            reply = filed.key + "-reply"
            await self._publish(filed.door, self._item(filed, reply, "Is there any news?"))
            answer = await self._taken(filed, reply)
            assert answer.complaint_id == filed.complaint, "a reply went to another complaint"
            filed.replies.append(reply)
            filed.token = answer.consistency_token

    async def _taken(self, filed, key):
        """Polls as an adapter does."""
        request = self.callers.both.request("ComplaintService/LookupSource")
        request.channel_item.account, request.channel_item.source_message_key = filed.account, key
        pause, begun = 0.05, time.monotonic()
        while True:
            answer = await self.callers.ask("ComplaintService/LookupSource", request)
            if answer.state == 2:
                return answer
            assert answer.state == 1, f"{key} was screened: {answer.screened_reason} {answer.screened_detail}"
            assert time.monotonic() - begun < 180, f"{key} ({filed.door}) is not taken in"
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)

    # What people do.

    async def _handle(self, rng, filed):
        steps = (self._note, self._note_twice, self._assign, self._wait, self._tell, self._correct, self._escalate,
                 self._crowd, self._investigate, self._finish, self._close_early)
        for step in rng.sample(steps, rng.randint(1, 5)):
            await step(rng, filed)

    async def _do(self, filed, method, name="", at=None, fresh=False, **fields):
        """One command until it is answered. `fresh`: needs an etag."""
        name = name or method
        method = "ComplaintService/" + method
        request = self.callers.both.request(method, complaint=filed.complaint, consistency_token=filed.token,
                                            request_id=f"{filed.key}-{len(filed.told)}-{name}", **fields)
        self.asked[name] += 1
        while True:
            if fresh:
                request.etag = (await self._look(filed)).etag
            try:
                told, answer = await self.callers.command(method, request, at)
            except Changed:
                continue
            filed.told.append(told)
            if answer is not None:
                filed.token = answer.consistency_token
            return told, answer

    async def _look(self, filed):
        request = self.callers.both.request("ComplaintService/GetComplaint", complaint=filed.complaint,
                                            consistency_token=filed.token, view=1)
        return await self.callers.ask("ComplaintService/GetComplaint", request)

    async def _note(self, rng, filed):
        await self._do(filed, "AddNote", text=rng.choice(NOTE_TEXTS))

    async def _note_twice(self, rng, filed):
        """The same request id at both instances at once: one event."""
        request = self.callers.both.request("ComplaintService/AddNote", complaint=filed.complaint,
                                            request_id=f"{filed.key}-{len(filed.told)}-twice",
                                            text=rng.choice(NOTE_TEXTS))
        self.asked["AddNote"] += 1
        (first, _), (second, _) = await asyncio.gather(
            *(self.callers.command("ComplaintService/AddNote", request, at) for at in (0, 1)))
        assert first.event == second.event, "one request id became two events"
        filed.told.append(first)

    async def _assign(self, rng, filed):
        await self._do(filed, "AssignComplaint", agent=rng.choice(AGENTS))

    async def _wait(self, rng, filed):
        on = rng.choice((1, 1, 2, 4))
        told, _ = await self._do(filed, "StartWaiting", waiting={"on": on, "reason": "details"})
        if told.event and rng.random() < 0.8:
            await asyncio.sleep(rng.uniform(0.0, 2.0))
            await self._do(filed, "EndWaiting", on=on)

    async def _tell(self, rng, filed):
        told, _ = await self._do(filed, "AddMessage", direction=2, channel=1, body="We are looking into it.")
        filed.outbound += bool(told.event)

    async def _correct(self, rng, filed):
        await self._do(filed, "CorrectAssessment", reason="seen by a person",
                       corrections=[{"field": "complexity", "value": str(rng.randint(1, 5))}])

    async def _escalate(self, rng, filed):
        await self._do(filed, "EscalateComplaint", reason="asked", reason_text="By hand.")

    async def _crowd(self, rng, filed):
        """Several people at once: whoever loses decides again; nobody is lost."""
        base = len(filed.told)

        async def one(number, method, **fields):
            request = self.callers.both.request("ComplaintService/" + method, complaint=filed.complaint,
                                                request_id=f"{filed.key}-{base}-crowd-{number}", **fields)
            self.asked[method] += 1
            told, _ = await self.callers.command("ComplaintService/" + method, request, number % 2)
            return told
        filed.told += await asyncio.gather(
            one(0, "AddNote", text="One of several."), one(1, "AssignComplaint", agent=rng.choice(AGENTS)),
            one(2, "AddNote", text="Another of several."), one(3, "AssignComplaint", agent=rng.choice(AGENTS)))

    async def _investigate(self, rng, filed):
        told, _ = await self._do(filed, "StartInvestigation", note="Taken up.")
        if told.event:
            filed.stage = "STAGE_INVESTIGATING"

    async def _close_early(self, rng, filed):
        told, _ = await self._do(filed, "CloseComplaint", name="early", fresh=True, reason="done")
        if told.event:
            filed.stage = "STAGE_CLOSED"

    async def _finish(self, rng, filed):
        told, _ = await self._do(filed, "ResolveComplaint", fresh=True, outcome=rng.randint(1, 4), channel=1,
                                 final_response="We have put it right.", reasons="As found.")
        if not told.event:
            return
        filed.stage = "STAGE_RESOLVED"
        if rng.random() < 0.6:
            told, _ = await self._do(filed, "CloseComplaint", fresh=True, reason="accepted")
            if told.event:
                filed.stage = "STAGE_CLOSED"
        if rng.random() < 0.3:
            told, _ = await self._do(filed, "ReopenComplaint", cause=5)
            if told.event:
                filed.stage, filed.cycle = "STAGE_INVESTIGATING", filed.cycle + 1
