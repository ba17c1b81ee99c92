"""Real brokers for a test: one or several of deploy/kafka, each killed, hung and started again by itself."""

import json
import os
import pathlib
import signal
import subprocess

import suite

SCRIPTS = suite.SOURCE_DIR / "deploy/kafka"
UNAVAILABLE = 3
# Quick to start rather than quick for long.
JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"


class Cluster:
    """Brokers in a folder of their own; they end with the case."""

    def __init__(self, folder, brokers=1, settings=(), port=0):
        self.dir = pathlib.Path(folder) / "brokers"
        self.nodes = [self.dir] if brokers == 1 else [self.dir / str(node) for node in range(1, brokers + 1)]
        self.command = [SCRIPTS / "start", "--dir", self.dir, "--brokers", str(brokers), "--owner", str(os.getpid()),
                        "--port", str(port)]
        for setting in settings:
            self.command += ["--set", setting]
        self.addresses = None

    def start(self):
        """All of them; returns the bootstrap addresses."""
        suite.at_end(subprocess.run, [SCRIPTS / "stop", "--dir", self.dir, "--now"], capture_output=True,
                     check=False)
        self.addresses = self._run(self.command)
        return self.addresses

    def start_missing(self):
        """Those that do not run."""
        self._run([SCRIPTS / "start", "--dir", self.dir, "--owner", str(os.getpid())])

    def start_one(self, node):
        self._run([SCRIPTS / "start", "--dir", self.nodes[node], "--owner", str(os.getpid())])

    def stop_one(self, node):
        self._run([SCRIPTS / "stop", "--dir", self.nodes[node]])

    def kill_one(self, node):
        self._run([SCRIPTS / "stop", "--dir", self.nodes[node], "--now"])

    def hang_one(self, node):
        os.kill(int((self.nodes[node] / "pid").read_text()), signal.SIGSTOP)

    def wake_one(self, node):
        os.kill(int((self.nodes[node] / "pid").read_text()), signal.SIGCONT)

    def controller(self):
        """Number of the node that leads the metadata quorum, as the newest epoch known says."""
        states = []
        for node in self.nodes:
            try:
                states.append(json.loads((node / "data/__cluster_metadata-0/quorum-state").read_text()))
            except (FileNotFoundError, json.JSONDecodeError):
                pass  # not heard of an election yet, or about to write it anew
        newest = max(states, key=lambda state: state["leaderEpoch"])
        return newest["leaderId"] - 1

    def admin(self, addresses=None, **settings):
        from confluent_kafka.admin import AdminClient  # here, so that a machine without it can skip by name
        return AdminClient({"bootstrap.servers": addresses or self.addresses, "socket.timeout.ms": 10000,
                            "log_level": 2, **settings})

    def in_sync(self, replicas):
        """True when every broker says that each partition has a leader and that many replicas in sync. One that has
        just woken says so of the time before it hung, takes itself for the leader, and is to be told otherwise."""
        return all(partition.leader >= 0 and len(partition.isrs) >= replicas
                   for address in self.addresses.split(",")
                   for topic in self.admin(address).list_topics(timeout=10).topics.values()
                   for partition in topic.partitions.values())

    @staticmethod
    def _run(command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                              env={**os.environ, "KAFKA_JVM_OPTS": JVM_OPTIONS})
        if done.returncode == UNAVAILABLE:
            raise suite.Skipped(done.stdout + done.stderr)
        assert done.returncode == 0, f"{command[0].name}: {done.stdout}{done.stderr}"
        return done.stdout.strip()
