"""The network between one instance and the broker is cut, and comes back.

Two instances on one broker; one of them reaches it through a proxy only (a listener of its own is advertised to
it), which can hold back what one side or the other sends, as a cut line does: nothing is refused, nothing
arrives, and what was under way arrives when the line is mended. The cut-off instance answers UNAVAILABLE in
bounded time; the other takes its units over; what callers repeat there has its effect once, though the cut-off
one delivers the same requests late.

Skipped, by name, where no broker can be had (no Maven Central, no Java).
"""

import socket
import sys
import threading
import time

import kafka_cluster
import kafka_cluster_load
import suite
from kafka_cluster_load import ADD_NOTE, SUBMIT

# The session time-out of an instance at the broker.
SESSION_S = 6
TAKEN_OVER_WITHIN_S = 12
# So many requests are told to the cut-off instance.
REQUESTS = 12
PATIENCE_S = 3
CALLERS_DEADLINE_S = 8
BACK_WITHIN_S = 40
UNITS = set(range(16))
SHARED_MODULES = ("intake", "classifier", "sla-timer")


class Line:
    """A line from `port` to `target`. Bytes flow in a direction while its gate is open; none is lost."""

    def __init__(self, port, target):
        self.target = target
        self.gates = {"there": threading.Event(), "back": threading.Event()}
        self.mend()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        suite.at_end(self.listener.close)
        suite.at_end(self.mend)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *directions):
        for direction in directions:
            self.gates[direction].clear()

    def mend(self):
        for gate in self.gates.values():
            gate.set()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near):
        self.gates["there"].wait()
        far = socket.create_connection(("127.0.0.1", self.target))
        for source, sink, gate in ((near, far, "there"), (far, near, "back")):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(source, sink, self.gates[gate]), daemon=True).start()

    @staticmethod
    def _pump(source, sink, gate):
        try:
            while data := source.recv(1 << 16):
                gate.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side has gone; what it was sent until then has been passed on


def broker_with_two_ways(folder):
    """The broker's address, and the line that leads to it as well."""
    plain, second, controller, way = suite.free_ports(4)
    cluster = kafka_cluster.Cluster(folder, port=plain, settings=[
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners=PLAINTEXT://127.0.0.1:{plain},LINE://127.0.0.1:{second},CONTROLLER://127.0.0.1:{controller}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{plain},LINE://127.0.0.1:{way}",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,LINE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name=PLAINTEXT"])
    line = Line(way, second)
    return cluster.start(), f"127.0.0.1:{way}", line


def told_to_the_cut_off(instance, complaints):
    """Requests that both instances are told, one of them in vain: new complaints and notes."""
    requests = [(SUBMIT, instance.request(SUBMIT, request_id=f"cut-submit-{n}", region="gb",
                                          text=f"The parcel of order {n} never arrived")) for n in range(REQUESTS)]
    requests += [(ADD_NOTE, instance.request(ADD_NOTE, complaint=complaint, request_id=f"cut-note-{n}",
                                             text="The caller rang again."))
                 for n, complaint in enumerate(complaints[:REQUESTS])]
    return requests


def check_cut(line, load):
    off, on = load.instances
    acknowledged = list(load.complaints.values())
    # First only the answers are missing: appends happen, and nobody is told.
    line.cut("back")
    time.sleep(0.5)
    line.cut("there")
    begun = time.monotonic()
    # Only at the other instance from now on.
    load.stopping.set()
    plain = kafka_cluster_load.Instance(off.address, load.schema, retries=False)
    requests = told_to_the_cut_off(plain, acknowledged)
    told = []
    callers = [threading.Thread(target=lambda one=one: told.append(plain.call(*one, PATIENCE_S)[0]))
               for one in requests]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    codes = {outcome.code for outcome in told}
    assert codes == {"UNAVAILABLE"}, f"the cut-off instance answered {codes}: {told[:3]}"
    slowest = max(outcome.took for outcome in told)
    assert slowest < PATIENCE_S, f"the cut-off instance took {slowest:.1f} s"
    print(f"cut off: {len(told)} requests answered UNAVAILABLE within {slowest:.1f} s", flush=True)

    def taken_over():
        units = on.units()
        return all(units.get(module) == UNITS for module in SHARED_MODULES)
    suite.until("the other instance acts for all units", taken_over, TAKEN_OVER_WITHIN_S)
    print(f"taken over {time.monotonic() - begun:.1f} s after the cut", flush=True)
    for method, request in requests:
        outcome = load.do(on, method, request)
        assert outcome.code == "OK", f"repeated at the other instance: {outcome}"
    for thread in load.threads:
        thread.join(timeout=60)
    # What the callers of the cut-off instance were not told, they ask the other one.
    waiting, load.open = load.open, []
    for _, method, request in waiting:
        outcome = load.do(on, method, request)
        assert outcome.code == "OK", f"repeated at the other instance: {outcome}"
    load.check(on)
    return begun


def cut_off_and_back(folder):
    address, through_line, line = broker_with_two_ways(folder)
    secret = suite.id_secret(folder)
    processes = [suite.Process("redress", folder / name, *suite.on_kafka(way, secret), "--create-topics", "--policy",
                               suite.POLICY) for name, way in (("off", through_line), ("on", address))]
    with suite.telling(processes):
        load = kafka_cluster_load.Load(folder, [process.start() for process in processes], callers=4, brokers=address,
                                       deadline=CALLERS_DEADLINE_S)
        load.start()
        suite.until("commands are answered", lambda: load.acknowledged_since(0) >= 40)

        def shared():
            units = [instance.units() for instance in load.instances]
            return all(one.get(module) for one in units for module in SHARED_MODULES)
        suite.until("both instances act for some units", shared)
        begun = check_cut(line, load)
        line.mend()
        mended = time.monotonic()
        off = load.instances[0]
        suite.until("the instance that was cut off answers again", lambda: load.do(
            off, SUBMIT, off.request(SUBMIT, request_id="back", text="The parcel never arrived"), 5).code == "OK",
                    BACK_WITHIN_S)
        load.open = []  # the tries before
        print(f"cut for {mended - begun:.1f} s, answers again after {time.monotonic() - mended:.1f} s", flush=True)
        suite.until("both instances act for some units again", shared)
        for instance in load.instances:
            load.check(instance)
        for process in processes:
            process.stop()
    said = suite.check_projections(suite.all_services(*(process.data_dir for process in processes)),
                                   *suite.kafka_log(address, secret))
    words = said.split()
    duplicates = int(words[words.index("duplicate") - 1])
    # Otherwise nothing came late, and this test has shown nothing.
    assert duplicates >= REQUESTS, f"only {duplicates} duplicates: nothing came late"
    print(said, flush=True)


if __name__ == "__main__":
    sys.exit(suite.run("kafka_cut_test", cut_off_and_back))
