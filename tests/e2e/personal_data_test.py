"""Personal data stays in the sealed parts of events: after a run with planted names, addresses and words of complaints
nothing of them is in the process's log (at its most talkative), in the metrics, in record keys, headers or payloads.
"""

import json
import subprocess
import sys
import time
import urllib.request

import suite

# Nothing else in the system spells like these.
PLANTED = {
    "name": "Zebulon Quackenbush",
    "mail": "zebulon.q@private.example",
    "phone": "+44 7700 900371",
    "word": "xylographically",
    "subject": "Wimbledonish",
    "chinese": "欧阳翡翠儿",
    "field": "Passport-Zq4471",
    "key": "row-of-zebulon-9",
}


def plant(server, folder):
    ctl = [suite.BINARY_DIR / "bin/redressctl", "--server", server]

    def submit(*arguments):
        return subprocess.run([*ctl, "submit", *arguments], capture_output=True, text=True, timeout=60, check=False)

    done = submit("--request-id", "p-1", "--name", PLANTED["name"], "--mail", PLANTED["mail"], "--phone",
                  PLANTED["phone"], "--subject", PLANTED["subject"], "--text",
                  f"My parcel was {PLANTED['word']} damaged, call {PLANTED['phone']}. 我叫{PLANTED['chinese']}。")
    assert done.returncode == 0, done.stderr
    # Calls that are refused tell their caller why; the log must not repeat it.
    submit("--request-id", "p-2", "--text", PLANTED["word"] * 6000)
    submit("--request-id", "p-1", "--text", f"Another {PLANTED['word']} body under the same key")
    subprocess.run([*ctl, "get", PLANTED["mail"]], capture_output=True, check=False, timeout=60)
    rows = folder / "rows.jsonl"
    rows.write_text(json.dumps({"id": PLANTED["key"], "text": f"{PLANTED['name']} waits for a refund",
                                "passport": PLANTED["field"]}) + "\n")
    fed = subprocess.run([suite.BINARY_DIR / "bin/redress-feed", "--server", server, "--data", rows, "--report",
                          folder / "report.json", "--patience", "60"], capture_output=True, text=True, timeout=200,
                         check=False)
    assert fed.returncode == 0, fed.stderr
    assert json.loads((folder / "report.json").read_text())["taken"] == 1


def tail(server, topic, *flags):
    done = subprocess.run([suite.BINARY_DIR / "bin/redressctl", "--server", server, "--json", "tail", "--topic", topic,
                           "--oldest", *flags], capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def found_in(text):
    return [f"{kind} ({words})" for kind, words in PLANTED.items() if words in text]


def check(process, server):
    problems = []

    def look(where, text):
        problems.extend(f"{what} stands in {where}" for what in found_in(text))

    address = json.loads(process.endpoints_file.read_text())["metrics"]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        look("the metrics", answer.read().decode())
    look("the log lines", process.log_file.read_text())
    records = [record for topic in ("complaints", "directory", "inbound", "deadletter") for record in tail(server, topic)]
    assert len(records) > 8, "there is hardly anything on the log"
    look("events without their sealed parts", json.dumps(records, ensure_ascii=False))
    for record in records:
        look("a record key", bytes.fromhex(record.get("key", "")).decode("utf-8", "replace"))
    sealed = json.dumps(tail(server, "complaints", "--personal"), ensure_ascii=False)
    missing = set(PLANTED) - {what.split(" ")[0] for what in found_in(sealed)} - {"key"}
    assert not missing, f"the test looks for what was never there: {missing}"
    assert not problems, "\n".join(sorted(set(problems)))


def personal_data(folder):
    process = suite.Process("redress", folder, "--policy", suite.POLICY, "--log-level", "debug")
    server = process.start()
    for _ in range(100):
        if subprocess.run([suite.BINARY_DIR / "bin/redressctl", "--server", server, "submit", "--request-id", "ready",
                           "--text", "Late again"], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.1)
    plant(server, folder)
    check(process, server)
    process.stop()


if __name__ == "__main__":
    sys.exit(suite.run("personal_data_test", personal_data))
