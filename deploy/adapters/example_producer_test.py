#!/usr/bin/python3
"""Tests of example_producer.py without a broker: what it builds is what docs/formats/inbound.md asks."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from google.protobuf import json_format

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import example_producer as producer  # noqa: E402

NOW_US = 1_764_061_200_000_000
SECRET = b"sixteen bytes or more"
LINE = {
    "account": "mail:care-uk", "channel": "mail", "id": "<second@example.com>", "thread": "<first@example.com>",
    "reply_to": "<first@example.com>", "subject": "Kettle leaks", "text": "The base leaks. 水壶漏水。",
    "language": "en", "region": "gb", "complainant": {"name": "Imogen Hartley", "mail": "imogen@example.com"},
    "order": "LM-20418873", "amount_minor": 4499, "currency": "GBP", "received_ago": "1d2h3m",
}


def build(**changes) -> producer.Record:
    line = {**LINE, **changes}
    return producer.build_record({k: v for k, v in line.items() if v is not None}, SECRET, NOW_US)


class BuildRecord(unittest.TestCase):
    def test_value_is_the_json_mapping_of_an_item(self):
        item = json.loads(build().value)
        received = str(NOW_US - (26 * 60 + 3) * 60 * 1_000_000)
        self.assertEqual(item["message"], {
            "accountId": "mail:care-uk", "channel": "MAIL", "kind": "MAIL_MESSAGE", "sentAtUs": received,
            "receivedAtUs": received, "language": "en", "region": "gb",
            "amount": {"amountMinor": "4499", "currency": "GBP"}})
        self.assertEqual(item["personal"], {
            "threadKey": "<first@example.com>", "sourceMessageKey": "<second@example.com>",
            "inReplyKeys": ["<first@example.com>"], "senderName": "Imogen Hartley",
            "senderContacts": [{"kind": "mail", "value": "imogen@example.com"}], "subject": "Kettle leaks",
            "body": "The base leaks. 水壶漏水。", "orderRefs": ["LM-20418873"]})

    def test_key_is_equal_for_a_thread_only(self):
        self.assertEqual(build().key, build(id="<third@example.com>", text="Still leaks").key)
        self.assertNotEqual(build().key, build(thread="<other@example.com>").key)
        self.assertNotEqual(build().key, build(account="mail:care-us").key)

    def test_message_without_thread_is_its_own_thread(self):
        record = build(thread=None)
        self.assertEqual(json.loads(record.value)["personal"]["threadKey"], "<second@example.com>")
        self.assertEqual(record.key, build(thread="<second@example.com>").key)

    def test_key_and_headers_hold_nothing_personal(self):
        record = build()
        clear = record.key + b"".join(data for _, data in record.headers)
        for personal in (b"example.com", b"Imogen", b"LM-20418873", b"Kettle"):
            self.assertNotIn(personal, clear)
        self.assertNotEqual(record.key, producer.build_record(LINE, b"another secret of the adapter", NOW_US).key)

    def test_same_message_again_has_the_same_identity(self):
        first, second = build(), producer.build_record(LINE, SECRET, NOW_US + 60_000_000)
        self.assertEqual(first.key, second.key)
        self.assertEqual(dict(first.headers)["ce_id"], dict(second.headers)["ce_id"])

    def test_headers_say_what_it_is(self):
        headers = dict(build().headers)
        self.assertEqual(headers["content-type"], b"application/json")
        self.assertEqual(headers["ce_type"], b"redress.event.v1.InboundMessage")
        self.assertEqual(headers["ce_specversion"], b"1.0")
        self.assertEqual(headers["ce_time"], b"2025-11-25T09:00:00Z")

    def test_parts_of_a_hash_do_not_run_together(self):
        self.assertNotEqual(producer.keyed_hash(SECRET, "ab", "c"), producer.keyed_hash(SECRET, "a", "bc"))

    def test_body_limit_counts_bytes(self):
        build(text="水" * 21_845)  # 65,535 bytes
        with self.assertRaisesRegex(producer.BadMessage, "text: 65538 bytes, limit 65536"):
            build(text="水" * 21_846)

    def test_bad_messages_are_refused_by_name(self):
        for changes, words in (
                ({"account": None}, "account: is required"),
                ({"id": ""}, "id: is required"),
                ({"text": None, "subject": None}, "text: is required"),
                ({"channel": "pigeon"}, "channel: 'PIGEON'"),
                ({"received_ago": "yesterday"}, "received_ago"),
                ({"received_ago": None, "received_at": "2099-01-01T00:00:00Z"}, "future"),
                ({"received_ago": None, "received_at": "2025-11-01T00:00:00"}, "time zone"),
                ({"currency": None}, "currency: is required"),
                ({"amount_minor": "44.99"}, "amount_minor: must be"),
                ({"complainant": "Imogen"}, "complainant: must be"),
                ({"text": "\ud800"}, "text: is not valid Unicode"),
                ({"text": 5}, "text: must be a text")):
            with self.subTest(changes=changes), self.assertRaisesRegex(producer.BadMessage, words):
                build(**changes)

    def test_one_bad_line_publishes_nothing_and_is_named(self):
        lines = [json.dumps(LINE), "", "{not json"]
        with self.assertRaisesRegex(producer.BadMessage, "line 3: not JSON"):
            producer.read_records(lines, SECRET, NOW_US)
        self.assertEqual(len(producer.read_records(lines[:2], SECRET, NOW_US)), 1)


class Contract(unittest.TestCase):
    """The JSON that is built, read by the contract itself: proto/ compiled here and now."""

    def test_protobuf_reads_what_is_built(self):
        root = os.path.dirname(os.path.dirname(HERE))
        with tempfile.TemporaryDirectory() as out:
            files = [f"redress/event/v1/{name}.proto" for name in ("options", "shared", "inbound")]
            subprocess.run(["protoc", f"-I{root}/proto", f"--python_out={out}", *files,
                            "redress/personal/v1/personal.proto"], check=True, cwd=out)
            sys.path.insert(0, out)
            try:
                from redress.personal.v1 import personal_pb2
            finally:
                sys.path.remove(out)
        line = {**LINE, "auto_submitted": True, "product_line": "kettles", "tracking_code": "x"}
        record = producer.build_record(line, SECRET, NOW_US)
        item = json_format.Parse(record.value, personal_pb2.InboundItem())
        self.assertEqual(item.message.account_id, LINE["account"])
        self.assertEqual(item.message.received_at_us, NOW_US - producer.ago_us("1d2h3m"))
        self.assertEqual(item.message.amount.amount_minor, 4499)
        self.assertTrue(item.message.auto_submitted)
        self.assertEqual(item.personal.body, LINE["text"])
        self.assertEqual(list(item.personal.in_reply_keys), [LINE["reply_to"]])
        for channel in producer.KIND_BY_CHANNEL:
            value = producer.build_record({**line, "channel": channel}, SECRET, NOW_US).value
            json_format.Parse(value, personal_pb2.InboundItem())  # raises on a name that the contract has not


class CommandLine(unittest.TestCase):
    def run_it(self, *arguments):
        return subprocess.run([sys.executable, os.path.join(HERE, "example_producer.py"), *arguments],
                              capture_output=True, text=True, timeout=60, check=False)

    def test_one_message_from_arguments(self):
        done = self.run_it("--dry-run", "--account", "sms:cn", "--channel", "sms", "--id", "7",
                           "--text", "包裹没到")
        self.assertEqual(done.returncode, 0, done.stderr)
        value = json.loads(done.stdout)["value"]
        self.assertEqual(value["message"]["kind"], "SMS_MESSAGE")
        self.assertEqual(value["personal"]["body"], "包裹没到")

    def test_bad_input_exits_2_and_says_why(self):
        done = self.run_it("--dry-run", "--account", "sms:cn", "--id", "7")
        self.assertEqual(done.returncode, 2)
        self.assertIn("text: is required", done.stderr)


def main() -> int:
    result = unittest.main(exit=False, verbosity=1).result
    failures = len(result.failures) + len(result.errors)
    if build_dir := os.environ.get("REDRESS_BINARY_DIR"):
        os.makedirs(os.path.join(build_dir, "results"), exist_ok=True)
        with open(os.path.join(build_dir, "results", "example_producer_test.json"), "w", encoding="utf-8") as file:
            json.dump({"tests": result.testsRun, "failures": failures}, file)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
