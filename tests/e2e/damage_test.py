"""Damaged files, a read-only folder and connections that do nothing: what was answered is there, or the start is refused.

Every damaged byte has one of two ends. Either the suite refuses to start, with one line that names the part, and starts
again once the projection is removed; or it serves, and then every complaint that was answered is there with its state.
"""

import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import time

import refusal_test
import suite

IDLE_CONNECTIONS = 10000
# What a process needs besides.
DESCRIPTORS_BESIDES = 1000


def states(server):
    keys = ("id", "stage", "level", "owner", "team", "category_path")
    return {complaint["id"]: {key: complaint.get(key) for key in keys} for complaint in suite.list_all(server)}


def settled(server):
    """All complaints, once no automatic step is left: nothing has changed for longer than flushes lie apart."""
    before = None
    for _ in range(60):
        found = states(server)
        if found == before and all(complaint["stage"] != "STAGE_RECEIVED" for complaint in found.values()):
            return found
        before = found
        time.sleep(1)
    raise AssertionError("the complaints do not settle")


def grown(folder):
    """A folder with complaints in table files and in write-ahead logs, killed, and what they were."""
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    refusal_test.submit_some(process.start(), 25, "first")
    process.kill()
    # Opening after a kill writes what was in memory to table files.
    server = process.start()
    refusal_test.submit_some(server, 15, "second")
    found = settled(server)
    process.kill()
    return found


def flip(path, rng):
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def tear(path, rng):
    os.truncate(path, rng.randrange(path.stat().st_size))


def files(folder, suffix):
    found = [path for path in folder.rglob("*" + suffix) if path.stat().st_size > 200]
    assert found, f"no {suffix} below {folder}"
    return found


def damaged(folder, found, part, suffix, harm, rng):
    """Starts on a copy that was harmed; answers how it ended."""
    shutil.rmtree(folder / "copy", ignore_errors=True)
    shutil.copytree(folder / "whole/data", folder / "copy/data")
    harmed = rng.choice(files(folder / "copy/data" / part, suffix))
    harm(harmed, rng)
    process = suite.Process("redress", folder / "copy", "--policy", suite.POLICY)
    process.log_file.unlink(missing_ok=True)
    try:
        server = process.start()
        answer = settled(server)
        process.stop()
    except (AssertionError, subprocess.CalledProcessError):
        # It may also end later, when the damaged block is read.
        if process.process.poll() is None:
            process.process.wait(timeout=60)
        errors = [json.loads(line) for line in process.log_file.read_text().splitlines() if line.startswith("{")]
        last = [line for line in errors if line["level"] == "error" and line["service"] == "process"]
        assert len(last) == 1, process.log_tail()
        assert part in last[0]["error"] or "the log in" in last[0]["error"], last[0]
        if part == "log":
            return "refused"
        # What the runbook says: remove the projection, it is rebuilt.
        shutil.rmtree(folder / "copy/data" / part)
        server = process.start()
        answer = settled(server)
        process.stop()
        assert answer == found, "after a rebuild the complaints are other ones"
        return "refused, rebuilt"
    missing = found.keys() - answer.keys()
    assert not missing, f"{harmed.name} was harmed and {len(missing)} complaints are gone without a word"
    assert answer == found, f"{harmed.name} was harmed and complaints changed without a word"
    return "served"


def bytes_and_ends(folder):
    found = grown(folder / "whole")
    rng = random.Random(20260301)
    ends = {}
    for part, suffix, harm in (("intake", ".sst", flip), ("router", ".log", flip), ("router", ".sst", flip),
                               ("intake", ".log", tear), ("sla-timer", ".sst", tear), ("log", ".sst", flip),
                               ("log", ".log", flip)):
        ends[f"{part} {suffix} {harm.__name__}"] = damaged(folder, found, part, suffix, harm, rng)
    print("damage_test:", ends)
    # A torn last file is what a crash leaves and heals by itself, in a projection.
    assert ends["intake .log tear"] == "served", ends


def read_only_folder(folder):
    if os.geteuid() == 0:
        # Root writes everywhere; a folder on a read-only file system is the same to it as to others.
        mount = folder / "mount"
        mount.mkdir(parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", mount], capture_output=True, check=False)
        if done.returncode != 0:
            raise suite.Skipped("nothing can be mounted here")
        try:
            refusal_test.refused(folder, refusal_test.CANNOT_SERVE, "", flags=("--data-dir", mount / "data"))
        finally:
            subprocess.run(["umount", mount], check=True)
        return
    refusal_test.grown(folder, 1)
    os.chmod(folder / "data/log", 0o500)
    refusal_test.refused(folder, refusal_test.CANNOT_SERVE, "log")


def idle_connections(folder):
    """They cost memory, but neither calls nor the process."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    connections = min(IDLE_CONNECTIONS, hard - DESCRIPTORS_BESIDES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    server = process.start()
    host, port = server.rsplit(":", 1)
    idle = []
    for _ in range(connections):
        idle.append(socket.create_connection((host, int(port)), timeout=10))
    started = time.monotonic()
    refusal_test.submit_some(server, 5, "beside")
    took = time.monotonic() - started
    assert took < 60, f"five complaints took {took:.0f} s beside idle connections"
    for connection in idle:
        connection.close()
    assert len(settled(server)) == 5
    process.stop()
    print(f"damage_test: {connections} idle connections, five complaints in {took:.1f} s")


if __name__ == "__main__":
    sys.exit(suite.run("damage_test", bytes_and_ends, read_only_folder, idle_connections))
