"""end_to_end for two seconds with small numbers: are events per complaint and key-values per event within budget?

Counts only: nothing here depends on how fast the machine is.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

BINARY_DIR = pathlib.Path(os.environ["REDRESS_BINARY_DIR"])
SOURCE_DIR = pathlib.Path(os.environ["REDRESS_SOURCE_DIR"])
SERVICES = ("intake", "classifier", "router", "sla_timer", "analytics")
MOST_EVENTS = 4.2
MOST_KEY_VALUES = {"intake": 4}
MOST_KEY_VALUES_OTHERWISE = 2


def measure(folder):
    """The figures of one measurement by each mode."""
    figures = folder / "figures.json"
    command = [BINARY_DIR / "bin/end_to_end", "--source", SOURCE_DIR, "--work", folder, "--seconds", "2", "--rate",
               "150", "--json", figures]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert figures.exists(), f"not measured ({ran.returncode}): {ran.stderr}"
    return json.loads(figures.read_text()), ran


def over_budget(figures):
    """A sentence for each budget that is passed."""
    for mode in ("a/rate", "b/rate"):
        measured = figures[mode]
        assert measured["complaints"] > 200, f"{mode}: only {measured['complaints']} complaints were measured"
        events = measured["events_per_complaint"]
        if not 4 <= events <= MOST_EVENTS:
            yield f"{mode}: {events} events per complaint, 4 to {MOST_EVENTS} are right"
        for service in SERVICES:
            written = measured[f"key_values_per_event_{service}"]
            most = MOST_KEY_VALUES.get(service, MOST_KEY_VALUES_OTHERWISE)
            if not 0 < written <= most:
                yield f"{mode}: {service} writes {written} key-values per event, at most {most}"


def main():
    problems = []
    try:
        with tempfile.TemporaryDirectory(prefix="redress-perf-") as folder:
            figures, ran = measure(pathlib.Path(folder))
        problems = list(over_budget(figures))
        if (ran.returncode != 0) != bool(problems):
            problems.append(f"end_to_end ends with {ran.returncode}, and says: {ran.stderr}")
    except (AssertionError, KeyError, ValueError, subprocess.TimeoutExpired) as problem:
        problems.append(repr(problem))
    for problem in problems:
        print(f"end_to_end_smoke: {problem}")
    results = BINARY_DIR / "results"
    results.mkdir(exist_ok=True)
    (results / "end_to_end_smoke.json").write_text(
        json.dumps({"tests": 1, "failures": int(bool(problems)), "skipped": 0}))
    print(f"end_to_end_smoke: {'FAILED' if problems else 'passed'}")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
