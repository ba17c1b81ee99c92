#!/usr/bin/python3
"""Checks complaints.jsonl: that it is the set that README.md beside it says it is.

Prints one line per failed check; exit code 1 when there is one. With REDRESS_BINARY_DIR set it also writes
results/demo_check.json there, as tools/test counts it.
"""

import collections
import json
import os
import re
import statistics
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
DEPLOY = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(DEPLOY, "adapters"))
import example_producer  # noqa: E402

CHANNELS = {"mail", "chat", "phone", "web_form", "social", "app", "shop", "sms"}
REGIONS = {"cn", "gb", "us", "eu"}
REQUIRED = {"id", "via", "channel", "account", "language", "subject", "text", "complainant", "region",
            "received_ago"}
OPTIONAL = {"product_line", "amount_minor", "currency", "order", "thread", "reply_to", "auto_submitted", "expect"}
# Numbers that no subscriber has: 555-01xx, and Ofcom's drama range.
RESERVED_PHONE = re.compile(r"((\+1 )?\d{3}-)?555-01\d\d|(\+44 7700 |07700 )900\d{3}")
PHONE_LIKE = re.compile(r"(?<![\w-])(?:\+\d{1,2} |0)?\d{3,5}[- ]\d{3,4}(?:[- ]?\d{3,4})?(?![\w-])|1[3-9]\d{9}")
HOUR_US = 3_600_000_000


def load(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(text) for text in file]


def taxonomy(path):
    """Full paths of the policy's categories, and its product lines."""
    with open(path, encoding="utf-8") as file:
        tree = yaml.safe_load(file)["taxonomy"]
    paths = {f"{department['code']}/{kind['code']}/{cause['code']}"
             for department in tree["departments"] for kind in department["types"] for cause in kind["causes"]}
    return paths, {line["code"] for line in tree.get("product_lines", [])}


def age_us(line):
    return example_producer.ago_us(line["received_ago"])


def once(lines):
    """Without the re-deliveries."""
    return list({line["id"]: line for line in lines}.values())


def shingles(text):
    letters = re.sub(r"\W+", "", text.lower())
    return {letters[i:i + 6] for i in range(len(letters) - 5)}


def check_fields(lines, product_lines):
    for line in lines:
        name, fields = line.get("id", "?"), set(line)
        if missing := REQUIRED - fields:
            yield f"{name}: misses {sorted(missing)}"
            continue
        if unknown := fields - REQUIRED - OPTIONAL:
            yield f"{name}: unknown fields {sorted(unknown)}"
        for field, allowed in (("via", {"grpc", "inbound"}), ("channel", CHANNELS), ("region", REGIONS),
                               ("language", {"zh", "en"})):
            if line[field] not in allowed:
                yield f"{name}: {field} {line[field]!r}"
        if ("amount_minor" in line) != ("currency" in line):
            yield f"{name}: amount without currency, or the reverse"
        if line.get("product_line", next(iter(product_lines))) not in product_lines:
            yield f"{name}: product line {line['product_line']!r} is not in the policy"
        if not re.fullmatch(r"demo-\d{4}", name):
            yield f"{name}: not an id"


def check_numbers(lines):
    if len(lines) < 240:
        yield f"{len(lines)} lines, at least 240 wanted"
    share = sum(line["language"] == "zh" for line in lines) / len(lines)
    if not 0.38 <= share <= 0.43:
        yield f"{share:.1%} Chinese, two fifths wanted"
    for language in ("zh", "en"):
        median = statistics.median(len(line["text"]) for line in lines if line["language"] == language)
        if median < 200:
            yield f"{language}: median length {median}, at least 200 wanted"
    inbound = sum(line["via"] == "inbound" for line in lines) / len(lines)
    if not 0.4 <= inbound <= 0.6:
        yield f"{inbound:.1%} inbound, about half wanted"
    bounces = sum(bool(line.get("auto_submitted")) for line in lines)
    if bounces != 3:
        yield f"{bounces} auto-submitted, 3 wanted"


def check_times(lines):
    ages = [age_us(line) for line in lines]
    if max(ages) > 10 * 24 * HOUR_US:
        yield "something is older than ten days"
    recent = sum(age <= 12 * HOUR_US for age in ages) / len(ages)
    if not 0.3 <= recent <= 0.4:
        yield f"{recent:.1%} of the last 12 hours, about 35 % wanted"
    for target_hours in (24, 48, 72):  # levels 1-3: 80 % of the target is used
        late = sum(age > 0.8 * target_hours * HOUR_US for age in ages)
        if not 40 <= late < len(ages):
            yield f"{late} past 80 % of {target_hours} h"


def check_identity(lines):
    """Three re-deliveries, each word for word; replies follow what they answer."""
    copies = 0
    seen = {}
    for line in lines:
        name = line["id"]
        if name in seen:
            copies += 1
            if line != seen[name] or line["via"] != "inbound":
                yield f"{name}: a re-delivery is inbound and an exact copy"
        original = seen.get(line.get("reply_to"))
        seen[name] = line
        if line.get("auto_submitted") and line["via"] != "inbound":
            yield f"{name}: auto-submitted, but not inbound"
        if "reply_to" not in line:
            continue
        if original is None:
            yield f"{name}: answers {line['reply_to']}, which is not before it"
        elif {line["via"], original["via"]} != {"inbound"} or line["account"] != original["account"]:
            yield f"{name}: a reply comes in by the same account, inbound"
        elif age_us(line) >= age_us(original):
            yield f"{name}: older than what it answers"
    if copies != 3:
        yield f"{copies} re-deliveries, 3 wanted"
    replies = sum("reply_to" in line for line in once(lines))
    if replies < 10:
        yield f"{replies} replies, at least 10 wanted"


def check_individual(lines):
    """Every text is its own: no two share a third of their wording."""
    prints = [(line["id"], shingles(line["text"])) for line in once(lines)]
    for i, (name, words) in enumerate(prints):
        for other, others in prints[:i]:
            if len(words & others) * 3 > min(len(words), len(others)):
                yield f"{name}: much the same text as {other}"


def check_nobody_real(lines):
    for line in once(lines):
        who = line["complainant"]
        if not who.get("mail", "@example.com").endswith("@example.com"):
            yield f"{line['id']}: mail {who['mail']}"
        for mail in re.findall(r"[\w.+-]+@[\w.-]+\w", line["text"]):
            if not mail.endswith("@example.com"):
                yield f"{line['id']}: mail {mail} in the text"
        for phone in [who.get("phone", "555-0100")] + PHONE_LIKE.findall(line["text"]):
            if not RESERVED_PHONE.fullmatch(phone.strip()):
                yield f"{line['id']}: phone {phone}"


def check_categories(lines, paths):
    expected = [line for line in once(lines) if "expect" in line]
    if len(expected) < 150:
        yield f"{len(expected)} lines with an expected category, at least 150 wanted"
    for line in expected:
        if line["expect"].get("category") not in paths:
            yield f"{line['id']}: {line['expect'].get('category')!r} is not in the policy"
    covered = collections.Counter(line["expect"].get("category", "").split("/")[0] for line in expected)
    for department in {path.split("/")[0] for path in paths}:
        if not covered[department]:
            yield f"department {department} has no complaint"


def check_publishable(lines):
    """The example adapter takes every inbound line."""
    for line in lines:
        if line["via"] == "inbound":
            try:
                example_producer.build_record(line, b"any secret will do", 1_800_000_000_000_000)
            except example_producer.BadMessage as error:
                yield f"{line['id']}: {error}"


def main():
    lines = load(os.path.join(HERE, "complaints.jsonl"))
    paths, product_lines = taxonomy(os.path.join(DEPLOY, "policy", "default.yaml"))
    checks = [check_fields(lines, product_lines), check_numbers(lines), check_times(lines), check_identity(lines),
              check_individual(lines), check_nobody_real(lines), check_categories(lines, paths),
              check_publishable(lines)]
    failures = 0
    for check in checks:
        problems = list(check)
        failures += bool(problems)
        for problem in problems:
            print(f"{check.__name__}: {problem}", file=sys.stderr)
    if build_dir := os.environ.get("REDRESS_BINARY_DIR"):
        os.makedirs(os.path.join(build_dir, "results"), exist_ok=True)
        with open(os.path.join(build_dir, "results", "demo_check.json"), "w", encoding="utf-8") as file:
            json.dump({"tests": len(checks), "failures": failures}, file)
    print(f"{len(lines)} lines, {len(checks)} checks, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
