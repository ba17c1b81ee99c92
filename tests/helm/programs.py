"""What the tests of helm/ and deploy/ share: flags, of which the program itself is asked, and the result."""

import json
import os
import pathlib
import re
import subprocess
import unittest

BINARY_DIR = pathlib.Path(os.environ["REDRESS_BINARY_DIR"])
SOURCE_DIR = pathlib.Path(os.environ["REDRESS_SOURCE_DIR"])
POLICY = SOURCE_DIR / "deploy/policy/default.yaml"
SERVICES = ("intake", "classifier", "router", "sla-timer", "analytics")
# Of the image and of every pod.
USER = 65532

TOKENS = "0123456789abcdef0123456789abcdef person p1 agent,supervisor,admin,operator\n"
KAFKA_CONFIG = 'kafka-property = ["security.protocol=SASL_SSL", "sasl.username=redress", "sasl.password=pass"]\n'


def flags_of(program):
    """Names of the flags in --help."""
    shown = subprocess.run([BINARY_DIR / "bin" / program, "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"--[a-z-]+", shown.stdout))


def value_of(flags, name):
    """The value of --name=value; None when it is not given."""
    found = [flag.split("=", 1)[1] for flag in flags if flag.startswith(f"--{name}=")]
    assert len(found) < 2, f"--{name} is given twice"
    return found[0] if found else None


def check_flags(test, program, flags, files):
    """The program knows each flag and accepts the whole.

    `files` are contents by path in the container: each file that a flag names must be among them.
    """
    known = flags_of(program)
    command = [BINARY_DIR / "bin" / program]
    for flag in flags:
        name, _, value = flag.partition("=")
        test.assertIn(name, known, program)
        if name in ("--id-secret-file", "--token-file", "--policy", "--config"):
            test.assertIn(value, files, f"{program}: {name} names a file that is not mounted")
            real = test.folder / value.lstrip("/")
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_text(files[value], encoding="utf-8")
            flag = f"{name}={real}"
        command.append(flag)
    checked = subprocess.run([*command, "--check-config"], capture_output=True, text=True, check=False)
    test.assertEqual(checked.returncode, 0, f"{program}: {checked.stdout}{checked.stderr}")


def run(name):
    """Runs the tests of the main module and leaves the counts where tools/test looks; the exit code."""
    result = unittest.main(exit=False, verbosity=1).result
    failures = len(result.failures) + len(result.errors)
    # A class or module that is skipped as a whole was not run, but is named.
    counts = {"tests": max(result.testsRun, failures + len(result.skipped)), "failures": failures,
              "skipped": len(result.skipped)}
    (BINARY_DIR / "results").mkdir(exist_ok=True)
    (BINARY_DIR / "results" / f"{name}.json").write_text(json.dumps(counts), encoding="utf-8")
    for test, reason in result.skipped:
        print(f"SKIPPED {name} {test}: {reason}")
    return 1 if failures else 0
