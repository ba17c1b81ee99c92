"""A hundred thousand complaints in the storm of kafka_storm_test."""

import sys

import kafka_storm_test
import suite


def full_storm(folder):
    kafka_storm_test.storm(folder, 100_000)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_storm_full_test", full_storm))
