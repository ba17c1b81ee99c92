"""The scenarios of tests/scenarios against the services as processes of their own on a real Kafka broker.

Each service runs in its own process, intake in two. In every variant the scenarios run one after the other on one
broker; then what the processes left behind is held against a fold of the log from zero. Skipped, by name, where no
broker can be had (no Maven Central, no Java).
"""

import concurrent.futures
import json
import os
import subprocess

import grpc_client
import kafka_cluster
import suite

FOLDER = suite.SOURCE_DIR / "tests/scenarios"
INSTANCES = {"intake": "intake", "intake-2": "intake", **{name: name for name in suite.SERVICES[1:]}}
NEEDS_A_CLOCK = 3
# Name, kind of log, restart after every step.
VARIANTS = {"plain": ("", False), "every record twice": ("twice", False),
            "readers start earlier": ("earlier", True), "restart after every step": ("", True)}


class Processes:
    """The services on a broker."""

    def __init__(self, folder, address, log):
        self.folder, self.address = folder, address
        self.secret = suite.id_secret(folder)
        self.schema = grpc_client.Schema(folder)
        self.endpoints = folder / "endpoints.json"
        os.environ["REDRESS_SCENARIO_LOG"] = log
        self.processes = {}
        for instance, service in INSTANCES.items():
            flags = ["--modules", service, *suite.on_kafka(address, self.secret)]
            if instance == "intake":
                flags += ["--create-topics", "--policy", FOLDER / "policy.yaml"]
            self.processes[instance] = suite.Process("redress-scenario-process", folder / instance, *flags)

    def start(self):
        # Intake makes the topics, so it comes first.
        addresses = {"intake": self.processes["intake"].start()}
        others = [name for name in INSTANCES if name != "intake"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            addresses.update(zip(others, pool.map(lambda name: self.processes[name].start(), others)))
        # Intake is ready when its policy is in force.
        for name, address in addresses.items():
            suite.until(f"{name} is ready", lambda address=address: grpc_client.is_ready(self.schema, address))
        self.endpoints.write_text(json.dumps(addresses))

    def stop(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda process: process.stop(), self.processes.values()))

    def play(self, scenario, restart):
        """False when the scenario needs a clock that can be moved."""
        command = [suite.BINARY_DIR / "bin/redress-play-scenario", "--endpoints", self.endpoints, scenario]
        if restart:
            command.insert(1, "--stop-between-steps")
        player = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True)
        for _ in player.stdout:
            self.stop()
            self.start()
            player.stdin.write("go\n")
            player.stdin.flush()
        player.stdin.close()
        problem = player.stderr.read()
        if player.wait() == NEEDS_A_CLOCK:
            return False
        assert player.returncode == 0, problem + self.processes["intake"].log_tail()
        return True

    def check(self, twice):
        return suite.check_projections(
            [(service, self.folder / instance / "data") for instance, service in INSTANCES.items()],
            *suite.kafka_log(self.address, self.secret), *(["--twice"] if twice else []))


def run_variant(folder, name, scenarios):
    """Returns the names of the scenarios that were played."""
    folder.mkdir(parents=True)
    log, restart = VARIANTS[name]
    cluster = kafka_cluster.Cluster(folder)
    address = cluster.start()
    try:
        processes = Processes(folder, address, log)
        processes.start()
        played = [scenario.stem for scenario in scenarios if processes.play(scenario, restart)]
        processes.stop()
        print(f"{name}: {', '.join(played)}; {processes.check(log == 'twice')}", flush=True)
        return played
    finally:
        cluster.stop_one(0)
