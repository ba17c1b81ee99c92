"""One scenario, of at most twelve steps, in every variant against processes on a real broker.

All of them: kafka_all_scenarios_test.
"""

import pathlib
import sys
import tempfile

import kafka_processes_test
import kafka_scenarios
import suite


def run(name, scenarios):
    failures, skipped = 0, 0
    with tempfile.TemporaryDirectory(prefix="redress-scenarios-") as folder:
        try:
            for number, variant in enumerate(kafka_scenarios.VARIANTS):
                played = kafka_scenarios.run_variant(pathlib.Path(folder) / str(number), variant, scenarios)
                assert played, "no scenario was played"
        except kafka_processes_test.NoBroker as reason:
            skipped = 1
            print(f"{name}: skipped: {reason}")
        except Exception as problem:  # the outcome of the test, whatever went wrong
            failures = 1
            print(f"{name}: {problem}")
    suite.write_result(name, failures, skipped)
    print(f"{name}: {'FAILED' if failures else 'skipped' if skipped else 'passed'}")
    return failures


if __name__ == "__main__":
    sys.exit(run("kafka_scenario_test", [kafka_scenarios.FOLDER / "scenarios/01-submit-to-assigned.yaml"]))
