"""All scenarios that need no clock of their own, in every variant, against processes on a real broker."""

import sys

import kafka_scenario_test
import kafka_scenarios

if __name__ == "__main__":
    files = sorted((kafka_scenarios.FOLDER / "scenarios").glob("*.yaml"))
    sys.exit(kafka_scenario_test.run("kafka_all_scenarios_test", files))
