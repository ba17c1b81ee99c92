"""Two instances of each service as processes of their own on one real broker: started, killed, held, looked at.

Each instance keeps its address over restarts, so that clients may know them all. Skipped, by name, where no broker can
be had.
"""

import asyncio
import concurrent.futures
import signal
import time

import grpc_client
import kafka_cluster
import suite

SESSION_TIMEOUT_S = 6.0


class Instance(suite.Process):
    """One process of a service at a fixed address."""

    def __init__(self, service, number, folder, port, *flags):
        self.service, self.number = service, number
        self.name = f"{service}-{number}"
        self.address = f"127.0.0.1:{port}"
        super().__init__("redress-" + service, folder / self.name, *flags, listen=self.address)

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def ended(self):
        return self.process is not None and self.process.poll() is not None

    def log_lines(self, words):
        return [line for line in self.log_file.read_text().splitlines() if words in line]


class Pairs:
    """All instances and their broker."""

    def __init__(self, folder, policy=suite.POLICY):
        self.broker = kafka_cluster.Cluster(folder)
        self.broker.start()
        self.secret = suite.id_secret(folder)
        ports = iter(suite.free_ports(2 * len(suite.SERVICES)))
        self.instances = {}
        for service in suite.SERVICES:
            for number in (1, 2):
                flags = suite.on_kafka(self.broker.addresses, self.secret)
                if service == "intake":
                    flags += ["--create-topics", "--policy", policy]
                instance = Instance(service, number, folder, next(ports), *flags)
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
        return suite.check_projections(
            [(instance.service, instance.data_dir) for instance in self.instances.values()],
            *suite.kafka_log(self.broker.addresses, self.secret), timeout=timeout)


def run(folder, story):
    """Awaits `story(folder, pairs)` beside all instances; then each stops cleanly. Returns them."""
    pairs = Pairs(folder)
    pairs.start()
    asyncio.run(story(folder, pairs))
    pairs.stop()
    return pairs


async def until_ready(client, schema, patience_s=60.0):
    """Until the instance that `client` calls says that it serves."""
    request = schema.message("grpc.health.v1.HealthCheckRequest")()
    deadline = time.monotonic() + patience_s
    while (await client.send("Health/Check", request)).status != grpc_client.SERVING:
        assert time.monotonic() < deadline, f"not ready within {patience_s:.0f} s"
        await asyncio.sleep(0.05)
