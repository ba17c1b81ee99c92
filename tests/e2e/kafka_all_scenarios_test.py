"""All scenarios that need no clock of their own, in every variant, against processes on a real broker."""

import sys

import kafka_scenario_test
import kafka_scenarios
import suite


def all_scenarios(folder):
    kafka_scenario_test.play(folder, sorted((kafka_scenarios.FOLDER / "scenarios").glob("*.yaml")))


if __name__ == "__main__":
    sys.exit(suite.run("kafka_all_scenarios_test", all_scenarios))
