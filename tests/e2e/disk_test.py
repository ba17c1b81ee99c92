"""A full disk under a running suite: callers get a typed error, nothing that was answered is lost, it is seen in the
metrics and the log, and it heals by itself when there is space again. A disk whose syncs take a second only makes
answers slow.

Two ways in which a disk is full: a file-size limit on the process (EFBIG, set and lifted while it runs), and a small
file system without space (ENOSPC; skipped, by name, where none can be mounted).
"""

import concurrent.futures
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request

import suite

# What redressctl ends with when the suite is unreachable or too busy, and repeating is safe.
NOT_NOW = 3


def submit(server, request_id):
    """The exit code and what was said; 0: the complaint is on the log."""
    done = subprocess.run(
        [suite.BINARY_DIR / "bin/redressctl", "--server", server, "--timeout", "5", "--json", "submit", "--request-id",
         request_id, "--text", f"Nobody answers about my order, attempt {request_id}"],
        capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def metrics(process):
    address = json.loads(process.endpoints_file.read_text())["metrics"]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return answer.read().decode()


def failed_appends(process):
    return sum(float(line.split()[-1]) for line in metrics(process).splitlines()
               if line.startswith("redress_appends_total") and 'outcome="appended"' not in line)


class Suite(suite.Process):
    """The suite whose log lines go through a pipe, so that no full disk of its own swallows them."""

    def start(self):
        self.kept, lines = self.log_file, self.log_file.with_suffix(".pipe")
        lines.unlink(missing_ok=True)
        os.mkfifo(lines)
        with open(self.kept, "ab") as log:
            # Ends with the process, which alone writes to the pipe.
            subprocess.Popen(["cat", lines], stdout=log)
        self.log_file = lines
        try:
            return super().start()
        finally:
            self.log_file = self.kept

    def log_tail(self):
        return self.kept.read_text()[-3000:]


class Callers:
    """Submits complaints and remembers what each was told."""

    def __init__(self, server):
        self.server = server
        self.answered, self.open = set(), []

    def try_some(self, name, count):
        """How many were answered; the others got an error that says that they may repeat."""
        before = len(self.answered)
        for number in range(count):
            request_id = f"{name}-{number}"
            code, said = submit(self.server, request_id)
            if code == 0:
                self.answered.add(request_id)
                continue
            assert code == NOT_NOW, f"exit code {code} on a full disk: {said}"
            assert any(word in said for word in ("RESOURCE_EXHAUSTED", "UNAVAILABLE", "OVERLOADED", "OUTCOME_UNKNOWN",
                                                 "NOT_CAUGHT_UP", "DEADLINE")), f"not a typed error: {said}"
            self.open.append(request_id)
        return len(self.answered) - before

    def repeat_all(self):
        """Each that was not answered gets its answer with the same request id."""
        for request_id in self.open:
            suite.until(f"an answer for {request_id}", lambda id=request_id: submit(self.server, id)[0] == 0)
            self.answered.add(request_id)
        self.open = []


def check_nothing_lost(server, callers):
    """Each request has one complaint, and all are worked on to the end."""
    def settled():
        complaints = suite.list_all(server)
        assert len(complaints) <= len(callers.answered), "more complaints than requests"
        return len(complaints) == len(callers.answered) and all(
            complaint.get("category") and (complaint.get("owner") or complaint.get("queue_reason"))
            for complaint in complaints)
    suite.until("every complaint is there, assessed, and owned or queued", settled)


def run(process, fill, free):
    try:
        story(process, fill, free)
    except Exception as problem:
        ended = process.process.poll() if process.process is not None else None
        raise AssertionError(f"{problem!r}; exit code of the suite: {ended}\n{process.log_tail()}") from problem
    finally:
        if process.process is not None and process.process.poll() is None:
            process.kill()


def story(process, fill, free):
    callers = Callers(process.start())
    suite.until("the first complaint is answered", lambda: submit(callers.server, "first")[0] == 0)
    callers.answered.add("first")
    assert callers.try_some("before", 5) == 5, "the suite does not work while there is space"
    fill()
    suite.until("an append is refused", lambda: callers.try_some(f"during-{time.monotonic_ns()}", 1) == 0)
    callers.try_some("full", 5)
    assert callers.open, "nothing was refused on a full disk"
    suite.until("the metric shows it", lambda: failed_appends(process) > 0)
    assert "cannot append to the log" in process.log_file.read_text(), "the log does not say it"
    free()
    callers.repeat_all()
    assert callers.try_some("after", 5) == 5, "it does not heal"
    check_nothing_lost(callers.server, callers)
    process.stop()
    callers.server = process.start()
    suite.until("it serves again", lambda: submit(callers.server, "first")[0] == 0)
    check_nothing_lost(callers.server, callers)
    process.stop()


def file_size_limit(folder):
    process = Suite("redress", folder, "--policy", suite.POLICY)

    def limit(bytes_or_infinity):
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (bytes_or_infinity, resource.RLIM_INFINITY))

    # Small enough that the next write of any size is too much.
    run(process, lambda: limit(4096), lambda: limit(resource.RLIM_INFINITY))


def no_space(folder):
    mount = folder / "small"
    mount.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", mount], capture_output=True, text=True,
                             check=False)
    if mounted.returncode != 0:
        raise suite.Skipped(f"no small file system can be mounted: {mounted.stderr.strip()}")
    process = Suite("redress", mount, "--policy", suite.POLICY)
    # Outside, so that the process can say what is wrong.
    process.log_file = folder / "redress.log"
    ballast = mount / "ballast"

    def fill():
        with open(ballast, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 65536) > 0:
                    pass
            except OSError:
                pass

    try:
        run(process, fill, ballast.unlink)
    finally:
        subprocess.run(["umount", mount], check=False)


def slow_syncs(folder):
    """Who comes while a sync is under way shares the next one; nothing times out, nothing answered is lost."""
    process = suite.Process("redress", folder, "--policy", suite.POLICY)
    slow = folder / "slow"
    os.environ.update(LD_PRELOAD=str(suite.BINARY_DIR / "bin/libslow_fsync.so"), REDRESS_SLOW_WHILE=str(slow))
    try:
        server = process.start()
    finally:
        del os.environ["LD_PRELOAD"], os.environ["REDRESS_SLOW_WHILE"]
    callers = Callers(server)
    suite.until("the first complaint is answered", lambda: submit(server, "first")[0] == 0)
    callers.answered.add("first")
    slow.touch()
    started = time.monotonic()
    names = [f"slow-{number}" for number in range(24)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        codes = dict(zip(names, pool.map(lambda name: submit(server, name)[0], names)))
    took = time.monotonic() - started
    callers.answered.update(name for name, code in codes.items() if code == 0)
    callers.open = [name for name, code in codes.items() if code != 0]
    assert len(callers.answered) > 1, f"nobody was answered: {codes}"
    callers.repeat_all()
    assert took < len(names), f"{len(names)} complaints took {took:.0f} s: they do not share syncs"
    all_appends = sum(float(line.split()[-1]) for line in metrics(process).splitlines()
               if line.startswith("redress_append_seconds_count"))
    quick = sum(float(line.split()[-1]) for line in metrics(process).splitlines()
                if line.startswith("redress_append_seconds_bucket") and 'le="0.5"' in line)
    assert all_appends > quick, "the metric does not show slow appends"
    check_nothing_lost(server, callers)
    process.kill()
    check_nothing_lost(process.start(), callers)
    process.stop()


if __name__ == "__main__":
    sys.exit(suite.run("disk_test", file_size_limit, no_space, slow_syncs))
