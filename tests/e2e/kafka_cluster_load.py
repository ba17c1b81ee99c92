"""Load on a suite whose brokers break, and the books of it: what was acknowledged, what was not, how long it
took.

Callers speak gRPC with the service config that the project ships (deploy/grpc/service_config.json), each command
under a request id of its own; a publisher puts messages on the inbound topic. What got no answer is repeated
later with the same request id; then each request must have exactly one effect, at every instance.
"""

import concurrent.futures
import itertools
import random
import sys
import threading
import time
from typing import NamedTuple

import grpc

import grpc_client
import suite

sys.path.insert(0, str(suite.SOURCE_DIR / "deploy/adapters"))
import example_producer  # noqa: E402

SUBMIT, ADD_NOTE, HISTORY, LOOKUP, STATUS = METHODS = (
    "ComplaintService/SubmitComplaint", "ComplaintService/AddNote", "ComplaintService/GetHistory",
    "ComplaintService/LookupSource", "LogService/GetStatus")
ACCOUNT = "mail:care-uk"
# Retries of gRPC come at most this much after the deadline that was asked.
SLACK_S = 1.0


class Outcome(NamedTuple):
    """How one call ended."""
    begun: float
    took: float
    code: str  # "OK" or a gRPC code
    text: str


class Instance:
    """One process of the suite, as callers see it."""

    def __init__(self, address, schema, retries=True):
        options = [("grpc.enable_retries", int(retries))]
        if retries:
            options.append(("grpc.service_config", grpc_client.SERVICE_CONFIG.read_text()))
        # Python's channels to one address share a connection, and with it the retry throttle, unless told apart.
        options.append(("grpc.use_local_subchannel_pool", 1))
        self.address, self.schema = address, schema
        self.channel = grpc.insecure_channel(address, options=options)
        self.methods = {method: schema.unary(self.channel, method) for method in METHODS}

    def request(self, method, **fields):
        return self.schema.request(method, **fields)

    def call(self, method, request, deadline):
        """(Outcome, answer or None)."""
        begun = time.monotonic()
        try:
            answer = self.methods[method](request, timeout=deadline)
            return Outcome(begun, time.monotonic() - begun, "OK", ""), answer
        except grpc.RpcError as error:
            return Outcome(begun, time.monotonic() - begun, error.code().name, error.details()), None

    def units(self, topic="redress.complaints.v1"):
        """By module: the partitions of the topic that this instance says it acts for; none when it is silent."""
        _, status = self.call(STATUS, self.request(STATUS), 5)
        if status is None:
            return {}
        return {module.name: {one.partition for one in module.partitions if one.owned and one.topic == topic}
                for module in status.modules}

    def lagging(self):
        """What each module has not folded yet, by partition; {"": …} when the instance is silent."""
        outcome, status = self.call(STATUS, self.request(STATUS), 5)
        if status is None:
            return {"": outcome}
        return {f"{module.name} {one.topic}/{one.partition}": one.end - one.position
                for module in status.modules for one in module.partitions if one.position < one.end}


class Load:
    """Callers and a publisher, from `start` to `finish`. The pace may be changed at any time."""

    def __init__(self, folder, addresses, callers, brokers=None, pause=0.3, deadline=30):
        self.schema = grpc_client.Schema(folder)
        self.instances = [Instance(address, self.schema) for address in addresses]
        self.brokers = brokers
        self.pause, self.deadline, self.active = pause, deadline, callers
        self.lock = threading.Lock()
        self.outcomes = []           # of all calls
        self.open = []               # (instance, method, request): no answer yet
        self.complaints = {}         # request id of the submission -> complaint id
        self.notes = {}              # complaint id -> request ids of acknowledged notes
        self.published = set()       # source message keys that brokers acknowledged
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(number,), daemon=True)
                        for number in range(callers)]
        if brokers:
            self.threads.append(threading.Thread(target=self._publish, daemon=True))

    def start(self):
        suite.at_end(self.stopping.set)
        for thread in self.threads:
            thread.start()

    def add_callers(self, count):
        """More of them, for a while: they end with `active`."""
        first = len(self.threads)
        more = [threading.Thread(target=self._call, args=(first + n,), daemon=True) for n in range(count)]
        self.threads += more
        self.active += count + 1
        for thread in more:
            thread.start()

    def since(self, begun):
        with self.lock:
            return [outcome for outcome in self.outcomes if outcome.begun >= begun]

    def over_since(self, moment):
        """Calls that ended then or later, also those that had begun before."""
        with self.lock:
            return [outcome for outcome in self.outcomes if outcome.begun + outcome.took >= moment]

    def acknowledged_since(self, begun):
        """How many calls that began then have been answered."""
        return sum(outcome.code == "OK" for outcome in self.since(begun))

    def _call(self, number):
        instance = self.instances[number % len(self.instances)]
        chance = random.Random(number)
        for turn in itertools.count():
            if self.stopping.wait(chance.uniform(0.5, 1.5) * self.pause) or number >= self.active:
                return
            name = f"{number}-{turn}"
            with self.lock:
                known = list(self.complaints.values())
            if turn % 2 and known:
                self.do(instance, ADD_NOTE, instance.request(
                    ADD_NOTE, complaint=chance.choice(known), request_id="note-" + name,
                    text=f"The caller rang again, {name}."))
            else:
                self.do(instance, SUBMIT, instance.request(
                    SUBMIT, request_id="submit-" + name, region="gb",
                    text=f"The parcel of order {number}{turn} never arrived"))

    def do(self, instance, method, request, deadline=None):
        outcome, answer = instance.call(method, request, deadline or self.deadline)
        with self.lock:
            self.outcomes.append(outcome)
            if answer is None:
                self.open.append((instance, method, request))
            elif method == SUBMIT:
                assert self.complaints.setdefault(request.request_id, answer.complaint_id) == answer.complaint_id
            else:
                self.notes.setdefault(request.complaint, set()).add(request.request_id)
        return outcome

    def _publish(self):
        """As an adapter does: what was not acknowledged is published again, by another client if one failed."""
        from confluent_kafka import KafkaException, Producer
        records = {}

        def acknowledged(key):
            def on_delivery(error, _):
                if error is None:
                    with self.lock:
                        self.published.add(key)
                    records.pop(key, None)
            return on_delivery

        def publish(producer, keys):
            for key in keys:
                record = records[key]
                producer.produce(example_producer.TOPIC, key=record.key, value=record.value, headers=record.headers,
                                 on_delivery=acknowledged(key))

        producer = None
        for number in itertools.count():
            if self.stopping.is_set() and not records:
                return
            try:
                if producer is None:
                    producer = Producer({"bootstrap.servers": self.brokers, "enable.idempotence": True,
                                         "linger.ms": 5, "message.timeout.ms": 120000, "socket.timeout.ms": 5000, "log_level": 0})
                    publish(producer, list(records))
                if not self.stopping.is_set():
                    key = f"<{number}@example.com>"
                    records[key] = example_producer.build_record(
                        {"account": ACCOUNT, "channel": "mail", "id": key, "region": "gb",
                         "text": f"Where is my refund for order {number}?"}, b"a secret of this test",
                        time.time_ns() // 1000)
                    publish(producer, [key])
                producer.poll(0.25)
            except KafkaException:
                producer = None  # its sequence no longer fits the broker's

    def finish(self, at=None, within_s=60):
        """Ends the load and repeats what got no answer, with the same request ids, until each has one: at the
        instance that was asked before, or at `at`."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=90)
            assert not thread.is_alive(), "a caller or the publisher does not end"
        deadline = time.monotonic() + within_s
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            while self.open:
                assert time.monotonic() < deadline, f"{len(self.open)} commands get no answer: {self.outcomes[-1]}"
                waiting, self.open = self.open, []
                list(pool.map(lambda one: self.do(at or one[0], *one[1:], 10), waiting))

    def check(self, instance, within_s=60):
        """Nothing lost, nothing twice at this instance: as many complaints as requests, each note once; and each
        of its modules has folded all of it."""
        expected = len(self.complaints) + len(self.published)
        deadline = time.monotonic() + within_s
        while True:
            complaints = suite.list_all(instance.address)
            settled = len(complaints) == expected and all(
                one.get("category") and (one.get("owner") or one.get("queue_reason")) for one in complaints)
            if settled:
                break
            assert time.monotonic() < deadline, (
                f"{len(complaints)} complaints, expected {expected}: {len(self.complaints)} submitted and "
                f"{len(self.published)} published; {sum(not one['category'] for one in complaints)} not assessed")
            time.sleep(0.3)
        while lag := instance.lagging():
            assert time.monotonic() < deadline, f"not folded to the end: {lag}"
            time.sleep(0.3)
        assert len(set(self.complaints.values())) == len(self.complaints), "two requests became one complaint"
        found = {one["id"] for one in complaints}
        assert found >= set(self.complaints.values()), "an acknowledged complaint is missing"
        for key in self.published:
            outcome, answer = instance.call(LOOKUP, instance.request(
                LOOKUP, channel_item={"account": ACCOUNT, "source_message_key": key}), 10)
            assert answer is not None and answer.complaint_id in found, f"{key} is missing: {outcome}, {answer}"
        for complaint, notes in self.notes.items():
            outcome, answer = instance.call(HISTORY, instance.request(HISTORY, complaint=complaint), 10)
            assert answer is not None, outcome
            there = sum(entry.type_name == "NoteAdded" for entry in answer.entries)
            assert there == len(notes), f"{there} notes of {complaint}, {len(notes)} were acknowledged"
