"""SIGKILL of the whole suite at random moments under load: nothing lost, nothing twice.

Feeds the demo complaints while the suite is killed and started again, then feeds them once more; at the end every
projection must equal a fold of the log from zero. Rounds: REDRESS_KILL_ROUNDS (default 10; kill_hundred_test: 100),
seed: REDRESS_KILL_SEED.
"""

import json
import os
import random
import sys
import time

import suite

ROUNDS = int(os.environ.get("REDRESS_KILL_ROUNDS", "10"))


def kills(folder, rounds=ROUNDS):
    rng = random.Random(int(os.environ.get("REDRESS_KILL_SEED", "1")))
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    for _ in range(rounds):
        feeding = suite.feed(process.start(), folder / "partial.json", 5)
        time.sleep(rng.uniform(0.0, 2.5))
        process.kill()
        feeding.kill()
        feeding.wait()
    server = process.start()
    report = folder / "report.json"
    last = suite.feed(server, report, 60)
    assert last.wait(timeout=300) == 0, "the last feed failed:\n" + process.log_tail()
    suite.check_demo(json.loads(report.read_text()), suite.list_all(server))
    process.stop()
    print(suite.check_projections(suite.all_services(folder / "data"), "--log", folder / "data/log"))


if __name__ == "__main__":
    sys.exit(suite.run("kill_test", kills))
