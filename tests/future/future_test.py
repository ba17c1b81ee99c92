"""Releases of different age on one log: a type, a field and an aspect from the future.

This release meets what a later one wrote: it judges it alike, decides nothing on that complaint, gives nothing to
that agent and says UPGRADE. Then the later release takes over the same folder: it rebuilds, and all is well.
"""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import suite  # noqa: E402

FOLDER = suite.SOURCE_DIR / "tests/future"
POLICY = suite.SOURCE_DIR / "tests/scenarios/policy.yaml"


def call(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def play(folder, program, scenario):
    """Runs the program on the folder and plays the scenario against it; returns what the program logged."""
    process = suite.Process(program, folder, "--policy", POLICY)
    process.log_file.unlink(missing_ok=True)
    address = process.start()
    endpoints = folder / "scenario_endpoints.json"
    endpoints.write_text(json.dumps({name: address for name in suite.SERVICES}))
    try:
        call(suite.BINARY_DIR / "bin/redress-play-scenario", "--endpoints", endpoints, "--variables",
             folder / "variables.json", FOLDER / scenario)
    finally:
        process.stop()
    return process.log_file.read_text()


def check(folder):
    """By this release."""
    suite.check_projections(suite.all_services(folder / "data"), "--log", folder / "data/log")


def releases_of_different_age(folder):
    future = suite.BINARY_DIR / "bin/redress-future"
    play(folder, "redress", "1-before.yaml")
    variables = json.loads((folder / "variables.json").read_text())
    call(future, "append", folder / "data/log", variables["id"], variables["version"], "rita")
    assert "rebuilding" not in play(folder, "redress", "2-old.yaml"), "this release knows no more than before"
    check(folder)
    log = play(folder, "redress-future", "3-newer.yaml")
    rebuilt = {json.loads(line)["service"] for line in log.splitlines() if "rebuilding" in line}
    assert rebuilt == set(suite.SERVICES), f"only {sorted(rebuilt)} were rebuilt"
    call(future, "check", folder / "data/log", folder / "data")
    assert "rebuilding" not in play(folder, "redress-future", "4-again.yaml"), "rebuilt twice"


if __name__ == "__main__":
    sys.exit(suite.run("future_test", releases_of_different_age))
