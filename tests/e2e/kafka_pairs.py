"""Two instances of each service as processes of their own on one real broker: started, killed, held, looked at.

Each instance keeps its address over restarts, so that clients may know them all. Skipped, by name, where no broker can
be had.
"""

import asyncio
import concurrent.futures
import secrets
import signal
import socket
import subprocess
import time

import kafka_processes_test
import suite

SESSION_TIMEOUT_S = 6.0


def free_ports(count):
    """Ports below the range from which the system takes those of outgoing connections."""
    ports = []
    while len(ports) < count:
        port = 12000 + secrets.randbelow(8000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


class Instance(suite.Process):
    """One process of a service at a fixed address."""

    def __init__(self, service, number, folder, port, *flags):
        super().__init__("redress-" + service, folder, *flags)
        self.service, self.number = service, number
        self.name = f"{service}-{number}"
        self.address = f"127.0.0.1:{port}"
        self.command[self.command.index("--listen") + 1] = self.address

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def ended(self):
        return self.process is not None and self.process.poll() is not None

    def log_lines(self, words):
        return [line for line in self.log_file.read_text().splitlines() if words in line]


class Broker:
    """The broker of deploy/kafka."""

    def __init__(self, folder):
        self.folder = folder / "broker"
        self.address = kafka_processes_test.start_broker(folder)

    def kill(self):
        subprocess.run([kafka_processes_test.BROKER / "stop", "--dir", self.folder, "--now"], check=True,
                       capture_output=True)

    def start(self):
        subprocess.run([kafka_processes_test.BROKER / "start", "--dir", self.folder], check=True, capture_output=True,
                       timeout=300)

    def pause(self, seconds):
        pid = (self.folder / "pid").read_text().strip()
        subprocess.run(["kill", "-STOP", pid], check=True)
        time.sleep(seconds)
        subprocess.run(["kill", "-CONT", pid], check=True)


class Pairs:
    """All instances and their broker."""

    def __init__(self, folder, policy=suite.POLICY):
        self.folder = folder
        self.broker = Broker(folder)
        self.secret = folder / "secret"
        self.secret.write_bytes(secrets.token_bytes(32))
        ports = iter(free_ports(2 * len(suite.SERVICES)))
        self.instances = {}
        for service in suite.SERVICES:
            for number in (1, 2):
                flags = ["--log", "kafka", "--kafka", self.broker.address, "--id-secret-file", self.secret]
                if service == "intake":
                    flags += ["--create-topics", "--policy", policy]
                instance = Instance(service, number, folder / f"{service}-{number}", next(ports), *flags)
                self.instances[instance.name] = instance

    def of(self, service):
        return [instance for instance in self.instances.values() if instance.service == service]

    def addresses(self, service):
        return [instance.address for instance in self.of(service)]

    def start(self):
        # Intake makes the topics, so one of it comes first.
        self.instances["intake-1"].start()
        others = [instance for name, instance in self.instances.items() if name != "intake-1"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda instance: instance.start(), others))

    def stop(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda instance: instance.stop(), self.instances.values()))

    def check_projections(self, timeout=600):
        """What the stopped processes left behind against a fold of the log from zero; returns what was compared."""
        command = [suite.BINARY_DIR / "bin/redress-check-projections", "--kafka", self.broker.address,
                   "--id-secret-file", self.secret]
        command += [f"{instance.service}={self.folder / name / 'data'}" for name, instance in self.instances.items()]
        checked = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        return checked.stdout.strip()


async def until_ready(client, schema, patience_s=60.0):
    """Until the instance that `client` calls says that it serves."""
    request = schema.message("grpc.health.v1.HealthCheckRequest")()
    deadline = time.monotonic() + patience_s
    while (await client.send("Health/Check", request)).status != 1:
        assert time.monotonic() < deadline, f"not ready within {patience_s:.0f} s"
        await asyncio.sleep(0.05)
