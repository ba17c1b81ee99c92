"""One scenario, of at most twelve steps, in every variant against processes on a real broker.

All of them: kafka_all_scenarios_test.
"""

import sys

import kafka_scenarios
import suite


def play(folder, scenarios):
    for number, variant in enumerate(kafka_scenarios.VARIANTS):
        played = kafka_scenarios.run_variant(folder / str(number), variant, scenarios)
        assert played, "no scenario was played"


def one_scenario(folder):
    play(folder, [kafka_scenarios.FOLDER / "scenarios/01-submit-to-assigned.yaml"])


if __name__ == "__main__":
    sys.exit(suite.run("kafka_scenario_test", one_scenario))
