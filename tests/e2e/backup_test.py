"""A backup is taken under load and restored; a projection is rebuilt while the suite serves.

A backup that was cut short is refused and can be taken again; a suite on the restored folder holds every complaint that was
answered before the backup began, and takes the rest once more without a duplicate.
"""

import json
import subprocess
import sys
import time

import suite


def ctl(server, *words, code=0):
    done = subprocess.run([suite.BINARY_DIR / "bin/redressctl", "--server", server, "--json", *words],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}, {done.stdout}{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")], done.stderr


def ids(server):
    return {complaint["id"] for complaint in suite.list_all(server)}


def backup_and_rebuild(folder):
    flags = ["--policy", suite.POLICY, "--backup-dir", folder / "backups"]
    running = suite.Process("redress", folder, *flags)
    server = running.start()
    report = folder / "report.json"
    feeding = suite.feed(server, report, 60)
    while len(ids(server)) < 30:
        time.sleep(0.05)

    # Killed in the middle of one: what is left is no backup, and the name is free.
    cut = subprocess.Popen([suite.BINARY_DIR / "bin/redressctl", "--server", server, "backup", "nightly"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.01)
    running.kill()
    cut.wait()
    feeding.kill()
    feeding.wait()
    partial = folder / "backups/nightly.partial"
    if partial.exists():
        ctl(server, "restore", "--from", partial, "--to", folder / "half", code=1)
    name = "again" if (folder / "backups/nightly").exists() else "nightly"

    server = running.start()
    feeding = suite.feed(server, report, 60)
    before = ids(server)
    ctl(server, "backup", name)
    ctl(server, "backup", name, code=1)
    ctl(server, "backup", "../elsewhere", code=1)
    assert feeding.wait(timeout=300) == 0, running.log_tail()
    running.stop()

    backup = folder / "backups" / name
    (folder / "restored").mkdir()
    ctl(server, "restore", "--from", backup, "--to", folder / "restored/data")
    ctl(server, "restore", "--from", backup, "--to", folder / "restored/data", code=1)
    restored = suite.Process("redress", folder / "restored", *flags)
    server = restored.start()
    assert before <= ids(server), "complaints from before the backup are missing"
    assert suite.feed(server, report, 60).wait(timeout=300) == 0, restored.log_tail()
    suite.check_demo(json.loads(report.read_text()), suite.list_all(server))
    assert "rebuild" not in restored.log_tail()
    check_rebuild(restored, server, folder)


def projections(server):
    status, _ = ctl(server, "stats")
    return {module["projection"] for line in status for module in line.get("modules", [])}


def check_rebuild(running, server, folder):
    """Every module is rebuilt and replaced under load; nobody who repeats what was UNAVAILABLE notices."""
    complaints = ids(server)
    for module in suite.SERVICES:
        report = folder / "again.json"
        feeding = suite.feed(server, report, 60)
        messages, _ = ctl(server, "rebuild", module)
        assert messages[-1]["done"], messages
        assert messages[-1]["projection"].endswith("-2"), messages
        assert feeding.wait(timeout=300) == 0, running.log_tail()
        again = json.loads(report.read_text())
        assert again["taken"] == 0 and not again["rejected"], f"{module}: {again['taken']} taken once more"
        assert ids(server) == complaints, module
    ctl(server, "rebuild", "mailer", code=1)
    found = projections(server)
    assert len(found) > 0 and all(name.endswith("-2") for name in found), f"projections in force: {sorted(found)}"
    running.stop()
    server = running.start()
    assert ids(server) == complaints
    assert projections(server) == found
    running.stop()


if __name__ == "__main__":
    sys.exit(suite.run("backup_test", backup_and_rebuild))
