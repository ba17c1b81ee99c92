"""The kill test with a hundred kills: the long one."""

import sys

import kill_test
import suite


def hundred_kills(folder):
    kill_test.kills(folder, 100)


if __name__ == "__main__":
    sys.exit(suite.run("kill_hundred_test", hundred_kills))
