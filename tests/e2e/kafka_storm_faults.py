"""What goes wrong in the storm, and when: drawn from a seed, printed, done.

Every instance is killed three times and held twice for longer than the session time-out; the broker is killed once and
held once. An instance that ends by itself is started again, as whoever runs it in earnest would do, and is counted.
"""

import random
import threading
import time

import kafka_pairs

KILLS, PAUSES = 3, 2
PAUSE_S = (kafka_pairs.SESSION_TIMEOUT_S + 1.0, kafka_pairs.SESSION_TIMEOUT_S + 3.0)


def draw(seed, names, seconds):
    """(second, target, what, length in s), in order; the faults of one target never overlap."""
    rng = random.Random(seed)
    schedule = []
    for name in names:
        whats = ["kill"] * KILLS + ["pause"] * PAUSES
        rng.shuffle(whats)
        slot = seconds / len(whats)
        for index, what in enumerate(whats):
            length = rng.uniform(*PAUSE_S) if what == "pause" else 0.0
            # What is left of the slot is for coming up again.
            at = index * slot + rng.uniform(0.0, max(1.0, slot - length - 5.0))
            schedule.append((at, name, what, length))
    kill_first = rng.random() < 0.5
    for half, what in enumerate(("kill", "pause") if kill_first else ("pause", "kill")):
        length = rng.uniform(1.0, 3.0) if what == "kill" else rng.uniform(*PAUSE_S)
        schedule.append(((0.15 + 0.5 * half + rng.uniform(0.0, 0.2)) * seconds, "broker", what, length))
    return sorted(schedule)


def describe(schedule):
    return "\n".join(f"  {at:6.1f} s  {target:13s} {what}" + (f" for {length:.1f} s" if length else "")
                     for at, target, what, length in schedule)


class Faults:
    """Does a schedule, each target on a thread of its own."""

    def __init__(self, pairs, schedule):
        self._pairs, self._schedule = pairs, schedule
        self.kills = self.pauses = 0
        # How long the broker served nobody because it was killed.
        self.broker_away_s = 0.0
        # (name, last words) of instances that ended by themselves.
        self.ended = []
        self._problems = []
        self._lock = threading.Lock()
        self._threads = []

    def start(self):
        self._began = time.monotonic()
        for target in {target for _, target, _, _ in self._schedule}:
            thread = threading.Thread(target=self._run, args=(target,))
            thread.start()
            self._threads.append(thread)

    def join(self):
        for thread in self._threads:
            thread.join()
        assert not self._problems, self._problems[0]

    def _run(self, target):
        try:
            for at, _, what, length in (fault for fault in self._schedule if fault[1] == target):
                self._until(at, target)
                self._do(target, what, length)
            self._until(0, target)
        except Exception as problem:  # told by join
            self._problems.append(problem)

    def _until(self, at, target):
        while True:
            if target != "broker" and self._pairs.instances[target].ended():
                self._note_end(self._pairs.instances[target])
                self._come_up(self._pairs.instances[target])
            left = self._began + at - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.2))

    def _do(self, target, what, length):
        with self._lock:
            self.kills += what == "kill"
            self.pauses += what == "pause"
        if target == "broker":
            if what == "pause":
                self._pairs.broker.hang_one(0)
                time.sleep(length)
                self._pairs.broker.wake_one(0)
            else:
                began = time.monotonic()
                self._pairs.broker.kill_one(0)
                time.sleep(length)
                self._pairs.broker.start_one(0)
                self.broker_away_s = time.monotonic() - began
            return
        instance = self._pairs.instances[target]
        if what == "pause":
            instance.pause(length)
        else:
            instance.kill()
            self._come_up(instance)

    def _note_end(self, instance):
        with self._lock:
            self.ended.append((instance.name, (instance.log_lines("cannot serve") or [instance.log_tail()])[-1]))

    def _come_up(self, instance):
        for _ in range(10):
            try:
                instance.start()
                return
            except AssertionError:
                # The broker may be down as well just now.
                self._note_end(instance)
                time.sleep(1.0)
        raise AssertionError(f"{instance.name} does not come up:\n{instance.log_tail()}")
