"""The kill test with a hundred kills: the long one."""

import sys

import kill_test

if __name__ == "__main__":
    sys.exit(kill_test.main("kill_hundred_test", 100))
