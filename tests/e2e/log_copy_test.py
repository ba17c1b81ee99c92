"""A log moves from one machine's folder to Kafka, interrupted on the way; the suite goes on where it was.

Nothing is lost, projections are not rebuilt, and the folder cannot be used again by mistake. Skipped, by name, where no
broker can be had (no Maven Central, no Java).
"""

import json
import subprocess
import sys
import time

import kafka_cluster
import suite


def copy(folder, address):
    return subprocess.Popen([suite.BINARY_DIR / "bin/redressctl", "--json", "log", "copy", "--from", folder / "data/log",
                             "--kafka", address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def versions(server):
    return {complaint["tracking_code"]: int(complaint["version"]) for complaint in suite.list_all(server)}


def move(folder):
    before = suite.Process("redress", folder, "--policy", suite.POLICY)
    server = before.start()
    report = folder / "report.json"
    assert suite.feed(server, report, 60).wait(timeout=300) == 0, before.log_tail()
    complaints = versions(server)
    before.stop()

    address = kafka_cluster.Cluster(folder).start()
    # Killed somewhere in the middle, then taken up again.
    killed = copy(folder, address)
    time.sleep(0.4)
    killed.kill()
    killed.communicate()
    moved = copy(folder, address)
    out, err = moved.communicate(timeout=120)
    assert moved.returncode == 0, out + err
    counts = json.loads(out.splitlines()[-1])
    assert counts["total"] == counts["present"] + counts["copied"], counts

    refused = suite.Process("redress", folder, "--policy", suite.POLICY)
    try:
        refused.start()
    except Exception:  # it ends by itself
        pass
    else:
        refused.stop()
        raise AssertionError("a sealed log was opened")
    assert "sealed" in refused.log_tail(), refused.log_tail()

    after = suite.Process("redress", folder, *suite.on_kafka(address, folder / "data/log/secret"), "--policy",
                          suite.POLICY)
    after.log_file.unlink(missing_ok=True)
    server = after.start()
    found = versions(server)
    assert found.keys() == complaints.keys(), "other complaints than before"
    assert all(found[name] >= version for name, version in complaints.items()), "a complaint went back in time"
    again = suite.feed(server, report, 60)
    assert again.wait(timeout=300) == 0, after.log_tail()
    taken = json.loads(report.read_text())
    assert taken["taken"] == 0, f"{taken['taken']} of the same lines were taken once more"
    assert "rebuild" not in after.log_file.read_text(), "a projection was rebuilt"
    after.stop()


if __name__ == "__main__":
    sys.exit(suite.run("log_copy_test", move))
