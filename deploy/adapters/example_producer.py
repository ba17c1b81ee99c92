#!/usr/bin/python3
"""An example channel adapter: publishes messages on Redress' inbound topic with a stock Kafka client.

It reads messages from a file of JSON lines, or makes one from its arguments, builds records as
docs/formats/inbound.md asks (JSON mapping of redress.personal.v1.InboundItem), publishes them and waits until the
broker has each of them. Publishing the same message again is safe: intake knows it by (account, message key).

A line of the file:
  {"account": "mail:care-uk", "channel": "mail", "id": "<m2@example.com>", "thread": "<m1@example.com>",
   "reply_to": "<m1@example.com>", "subject": "...", "text": "...", "language": "en", "region": "gb",
   "complainant": {"name": "...", "mail": "...", "phone": "..."}, "order": "...",
   "product_line": "...", "amount_minor": 4499, "currency": "GBP", "received_ago": "2h10m",
   "auto_submitted": false}
Required: account, channel, id, and text or subject. `thread` is `id` by default. Unknown fields are ignored.
`received_ago` counts back from now; the time may also be given as `received_at`, RFC 3339.

Exit code: 0 all published, 1 some were not accepted, 2 bad arguments or input (nothing was published).
"""

import argparse
import datetime
import hashlib
import hmac
import json
import re
import sys
from typing import NamedTuple

TOPIC = "redress.inbound.v1"
SOURCE = "/adapters/example-producer"

# Limits of docs/formats/inbound.md. Intake checks them too; an adapter that checks first can tell its operator.
BODY_LIMIT = 64 * 1024
RECORD_LIMIT = 1024 * 1024
KEY_LIMIT = 1024
ACCOUNT_LIMIT = 256

KIND_BY_CHANNEL = {
    "MAIL": "MAIL_MESSAGE", "PHONE": "CALL", "CHAT": "CHAT_MESSAGE", "WEB_FORM": "FORM", "SOCIAL": "SOCIAL_POST",
    "APP": "FORM", "SHOP": "VISIT", "SMS": "SMS_MESSAGE", "LETTER": "LETTER_MESSAGE",
}
AGO_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class BadMessage(ValueError):
    """The message cannot be published as it is; the text names the field and the limit."""


class Record(NamedTuple):
    """What goes on the topic."""
    key: bytes
    value: bytes
    headers: list  # of (name, bytes)


def ago_us(text: str) -> int:
    """ "3d4h20m" in microseconds."""
    parts = re.findall(r"(\d+)([dhms])", text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise BadMessage(f"received_ago: {text!r} is not like 3d4h20m")
    return sum(int(n) * AGO_UNITS[u] for n, u in parts) * 1_000_000


def keyed_hash(secret: bytes, *parts: str) -> bytes:
    """Stands for the parts without telling them: 16 bytes, the same on all instances that share the secret."""
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode()
        mac.update(len(data).to_bytes(4, "big") + data)  # lengths: ("ab", "c") is not ("a", "bc")
    return mac.digest()[:16]


def _text(line: dict, field: str, limit: int, required: bool = False) -> str:
    value = line.get(field, "")
    if not isinstance(value, str):
        raise BadMessage(f"{field}: must be a text")
    if required and not value:
        raise BadMessage(f"{field}: is required")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise BadMessage(f"{field}: is not valid Unicode") from error
    if size > limit:
        raise BadMessage(f"{field}: {size} bytes, limit {limit}")
    return value


def _received_us(line: dict, now_us: int) -> int:
    if "received_at" in line:
        try:
            at = datetime.datetime.fromisoformat(str(line["received_at"]).replace("Z", "+00:00"))
        except ValueError as error:
            raise BadMessage(f"received_at: {line['received_at']!r} is not an RFC 3339 time") from error
        if at.tzinfo is None:
            raise BadMessage("received_at: has no time zone")
        at_us = int(at.timestamp() * 1_000_000)
    else:
        at_us = now_us - ago_us(line["received_ago"]) if line.get("received_ago") else now_us
    if at_us > now_us:
        raise BadMessage("received_at: lies in the future")
    return at_us


def build_item(line: dict, now_us: int) -> dict:
    """The JSON mapping of one InboundItem. Raises BadMessage."""
    account = _text(line, "account", ACCOUNT_LIMIT, required=True)
    message_key = _text(line, "id", KEY_LIMIT, required=True)
    thread_key = _text(line, "thread", KEY_LIMIT) or message_key
    subject = _text(line, "subject", KEY_LIMIT)
    body = _text(line, "text", BODY_LIMIT)
    if not subject and not body:
        raise BadMessage("text: is required, or a subject")
    channel = _text(line, "channel", 32, required=True).upper()
    if channel not in KIND_BY_CHANNEL:
        raise BadMessage(f"channel: {channel!r} is none of {', '.join(KIND_BY_CHANNEL)}")

    received_us = _received_us(line, now_us)
    message = {
        "accountId": account, "channel": channel, "kind": KIND_BY_CHANNEL[channel],
        "sentAtUs": str(received_us), "receivedAtUs": str(received_us),  # 64-bit integers are strings in JSON
    }
    for field, name in (("language", "language"), ("region", "region"), ("product_line", "productLine"),
                        ("tracking_code", "trackingCode")):
        if value := _text(line, field, ACCOUNT_LIMIT):
            message[name] = value
    if line.get("auto_submitted"):
        message["autoSubmitted"] = True
    if "amount_minor" in line:
        amount, currency = line["amount_minor"], _text(line, "currency", 3, required=True)
        if not isinstance(amount, int) or isinstance(amount, bool) or abs(amount) >= 2**63:
            raise BadMessage("amount_minor: must be a whole number of minor units")
        message["amount"] = {"amountMinor": str(amount), "currency": currency}

    personal = {"threadKey": thread_key, "sourceMessageKey": message_key}
    if reply_to := _text(line, "reply_to", KEY_LIMIT):
        personal["inReplyKeys"] = [reply_to]
    complainant = line.get("complainant") or {}
    if not isinstance(complainant, dict):
        raise BadMessage("complainant: must be an object")
    if name := _text(complainant, "name", KEY_LIMIT):
        personal["senderName"] = name
    contacts = [{"kind": kind, "value": value} for kind in ("mail", "phone")
                if (value := _text(complainant, kind, KEY_LIMIT))]
    if contacts:
        personal["senderContacts"] = contacts
    if subject:
        personal["subject"] = subject
    if body:
        personal["body"] = body
    if order := _text(line, "order", KEY_LIMIT):
        personal["orderRefs"] = [order]
    return {"message": message, "personal": personal}


def build_record(line: dict, secret: bytes, now_us: int) -> Record:
    """The record of one message: a key that is equal for its thread, headers, value. Raises BadMessage."""
    item = build_item(line, now_us)
    account, personal = item["message"]["accountId"], item["personal"]
    value = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
    published = datetime.datetime.fromtimestamp(now_us // 1_000_000, datetime.timezone.utc)
    record = Record(
        key=keyed_hash(secret, account, personal["threadKey"]),
        value=value,
        headers=[
            ("content-type", b"application/json"),
            ("ce_specversion", b"1.0"),
            ("ce_id", keyed_hash(secret, account, personal["sourceMessageKey"]).hex().encode()),
            ("ce_source", SOURCE.encode()),
            ("ce_type", b"redress.event.v1.InboundMessage"),
            ("ce_time", published.strftime("%Y-%m-%dT%H:%M:%SZ").encode()),
        ])
    size = len(record.key) + len(value) + sum(len(name) + len(data) for name, data in record.headers)
    if size > RECORD_LIMIT:
        raise BadMessage(f"record: {size} bytes, limit {RECORD_LIMIT}")
    return record


def read_records(lines, secret: bytes, now_us: int) -> list:
    """All records of a file of JSON lines, or BadMessage naming the first bad line: then none is published."""
    records = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if not isinstance(line, dict):
                raise BadMessage("is not a JSON object")
            records.append(build_record(line, secret, now_us))
        except json.JSONDecodeError as error:
            raise BadMessage(f"line {number}: not JSON: {error}") from error
        except BadMessage as error:
            raise BadMessage(f"line {number}: {error}") from error
    return records


def publish(records: list, bootstrap: str, topic: str, timeout_s: float) -> int:
    """Publishes in order and waits for the broker's word on each; returns how many were not accepted."""
    from confluent_kafka import Producer  # here, so that building records needs no client

    producer = Producer({
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,  # order and no copies while it retries; implies acks=all
        "message.timeout.ms": int(timeout_s * 1000),
        "linger.ms": 5,
    })
    failed = 0
    settled = 0

    def on_delivery(error, message):
        nonlocal failed, settled
        settled += 1
        if error is not None:
            failed += 1
            print(f"not accepted: {error}", file=sys.stderr)

    for record in records:
        while True:
            try:
                producer.produce(topic, key=record.key, value=record.value, headers=record.headers,
                                 on_delivery=on_delivery)
                break
            except BufferError:  # the client's queue is full: let it drain
                producer.poll(0.1)
        producer.poll(0)
    producer.flush(timeout_s + 5)
    return failed + (len(records) - settled)


def parse_arguments(arguments: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Publishes messages on Redress' inbound topic.",
                                     epilog="Give --file, or --account, --id and --text for one message.")
    parser.add_argument("--bootstrap", default="localhost:9092", help="broker address (default %(default)s)")
    parser.add_argument("--topic", default=TOPIC, help="default %(default)s")
    parser.add_argument("--key-secret-file", metavar="FILE",
                        help="secret of the record keys, the same for all instances of this adapter. Without it "
                             "a constant is used: for trying out only, the keys could then be guessed")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS",
                        help="how long a message may take to be accepted (default %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="print the records instead of publishing them")
    parser.add_argument("--file", help="JSON lines, see the head of this program; - reads standard input")
    for name in ("account", "id", "thread", "reply-to", "subject", "text", "language", "region", "tracking-code"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--channel", default="mail", help="default %(default)s")
    parser.add_argument("--name", help="of the complainant")
    parser.add_argument("--mail", help="of the complainant")
    parser.add_argument("--phone", help="of the complainant")
    return parser.parse_args(arguments)


def lines_of(options: argparse.Namespace) -> list:
    if options.file == "-":
        return sys.stdin.read().splitlines()
    if options.file:
        with open(options.file, encoding="utf-8") as file:
            return file.read().split("\n")
    names = ("account", "channel", "id", "thread", "reply_to", "subject", "text", "language", "region",
             "tracking_code")
    line = {name: getattr(options, name) for name in names if getattr(options, name)}
    line["complainant"] = {name: getattr(options, name) for name in ("name", "mail", "phone")
                           if getattr(options, name)}
    return [json.dumps(line)]


def main(arguments: list) -> int:
    options = parse_arguments(arguments)
    try:
        secret = b"example-producer"
        if options.key_secret_file:
            with open(options.key_secret_file, "rb") as file:
                secret = file.read().strip()
            if len(secret) < 16:
                raise BadMessage(f"{options.key_secret_file}: a secret has at least 16 bytes")
        now_us = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1_000_000)
        records = read_records(lines_of(options), secret, now_us)
    except (BadMessage, OSError, UnicodeDecodeError) as error:
        print(f"example_producer: {error}", file=sys.stderr)
        return 2
    if options.dry_run:
        for record in records:
            headers = {name: data.decode() for name, data in record.headers}
            print(json.dumps({"key": record.key.hex(), "headers": headers, "value": json.loads(record.value)},
                             ensure_ascii=False))
        return 0
    missing = publish(records, options.bootstrap, options.topic, options.timeout)
    print(f"{len(records) - missing} published, {missing} not accepted")
    return 0 if missing == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
