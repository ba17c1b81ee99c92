"""When every clock of a complaint is due, computed anew: from the policy as people write it and the complaint's history.

Shares nothing with the services but the words of docs/formats/policy.md, so that a wrong due time has to be made twice
to go unseen. Covers what the default policy asks for: net targets, calendars, levels, pauses, cycles.
"""

import bisect
import dataclasses
import datetime
import re
import zoneinfo

import yaml
from google.protobuf import json_format

SECONDS = {"m": 60, "h": 3600}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PAUSES = {"waiting_complainant": "ON_COMPLAINANT", "waiting_third_party": "ON_THIRD_PARTY",
          "waiting_regulator": "ON_REGULATOR", "waiting_supplier": "ON_SUPPLIER"}
# Events that a life is read from.
TELLING = {"ComplaintEscalated", "ComplaintDeescalated", "WaitingStarted", "WaitingEnded", "MessageAdded",
           "ComplaintResolved", "ComplaintReopened"}
OPEN_STAGES = ("STAGE_ASSESSED", "STAGE_INVESTIGATING")


def duration_s(text):
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([hm])", text))


class Calendar:
    """Working time in seconds since 1970, as sorted spans; `None` as a calendar is round the clock."""

    def __init__(self, rules, first, days):
        zone = zoneinfo.ZoneInfo(rules["time_zone"])
        weekly = {day: entry["windows"] for entry in rules["week"] for day in entry["days"]}
        closed = set()
        for holiday in rules.get("holidays", ()):
            day = holiday["first"]
            while day <= holiday.get("last", holiday["first"]):
                closed.add(day)
                day += datetime.timedelta(days=1)
        extra = {entry["date"]: entry.get("windows") or next(weekly[day] for day in DAYS if day in weekly)
                 for entry in rules.get("extra_working_days", ())}
        self.day_s = duration_s(rules["working_day"])
        self.spans = []
        for number in range(days):
            day = first + datetime.timedelta(days=number)
            windows = extra.get(day) or ([] if day in closed else weekly.get(DAYS[day.weekday()], []))
            for window in windows:
                ends = [datetime.datetime.combine(day, datetime.time.fromisoformat(end), zone).timestamp()
                        for end in window.split("-")]
                self.spans.append(tuple(ends))

    def add(self, start, net):
        """The earliest instant at which `net` seconds of working time have passed since `start`."""
        at = bisect.bisect_left([close for _, close in self.spans], start)
        for opens, closes in self.spans[at:]:
            begin = max(opens, start)
            if closes > begin and closes - begin >= net:
                return begin + net
            net -= max(0.0, closes - begin)
        raise AssertionError("the calendar of the oracle ends too early")

    def between(self, begin, end):
        return sum(max(0.0, min(closes, end) - max(opens, begin)) for opens, closes in self.spans)


@dataclasses.dataclass
class Life:
    """What the history says of levels, cycles, waiting and answers; instants in seconds since 1970."""
    received: float
    # The first level counts from receipt.
    level_entered: float
    cycle_began: float = 0.0
    cycle: int = 1
    # (party, from, to or None)
    waits: list = dataclasses.field(default_factory=list)
    outbound: list = dataclasses.field(default_factory=list)
    resolved: float = None


def seconds(timestamp):
    return timestamp.seconds + timestamp.nanos / 1e9


def read_life(complaint, entries):
    life = Life(seconds(complaint.received_at), seconds(complaint.received_at))
    for entry in entries:
        if entry.type_name not in TELLING:
            continue
        at, kind = seconds(entry.occurred_at), entry.type_name
        payload = json_format.MessageToDict(entry.payload)
        if kind in ("ComplaintEscalated", "ComplaintDeescalated"):
            life.level_entered = at
        elif kind == "WaitingStarted":
            life.waits.append([payload["waiting"]["on"], int(payload["waiting"]["since_us"]) / 1e6, None])
        elif kind == "WaitingEnded":
            end_waits(life, payload["on"], at)
        elif kind == "MessageAdded" and payload["message"]["direction"] == "OUTBOUND":
            life.outbound.append(at)
        elif kind == "MessageAdded":
            end_waits(life, "ON_COMPLAINANT", at)
        elif kind == "ComplaintResolved":
            life.outbound.append(at)
            life.resolved = at
            end_waits(life, None, at)
        elif kind == "ComplaintReopened":
            life.cycle, life.cycle_began, life.resolved = int(payload["cycle"]), at, None
    return life


def end_waits(life, party, at):
    for wait in life.waits:
        if wait[2] is None and party in (None, wait[0]):
            wait[2] = at


class Oracle:
    """Holds the clocks that services show against the policy."""

    def __init__(self, policy_file, today):
        policy = yaml.safe_load(policy_file.read_text(encoding="utf-8"))
        self._rules = policy["sla"]["rules"]
        self._default_region = policy["sla"]["default_region"]
        first = today - datetime.timedelta(days=2)
        calendars = {rules["code"]: Calendar(rules, first, 90) for rules in policy["calendars"]}
        self._calendars = {region["code"]: calendars[region["calendar"]] for region in policy["sla"]["regions"]}
        self._scenarios = {f"{department['code']}/{kind['code']}": kind.get("scenario", "").lower()
                           for department in policy["taxonomy"]["departments"] for kind in department["types"]}

    def _holds(self, when, complaint):
        path = "/".join(level.code for level in complaint.category)
        said = {
            "safety": lambda wanted: complaint.safety == wanted,
            "amount_at_least": lambda sums: any(
                text.split()[1] == complaint.amount.currency
                and complaint.amount.amount_minor >= 100 * int(text.split()[0]) for text in sums),
            "urgency_at_least": lambda bound: complaint.urgency >= bound,
            "band_at_most": lambda bound: 0 < complaint.priority.band <= bound,
            "product_lines": lambda codes: complaint.product_line in codes,
            "categories": lambda codes: any((path + "/").startswith(code + "/") for code in codes),
            "scenarios": lambda codes: self._scenarios.get("/".join(path.split("/")[:2])) in codes,
            "levels": lambda levels: complaint.level in levels,
            "any_of": lambda some: any(self._holds(one, complaint) for one in some),
        }
        return all(said[name](value) for name, value in when.items())

    def _promises(self, complaint):
        """By kind: (rule, clock) that the policy asks for now."""
        promises = {}
        for rule in self._rules:
            for clock in rule["clocks"]:
                if "reset_on_progress" in clock.get("resets_on", ()):
                    continue  # not measured in this release
                if clock["kind"] not in promises and self._holds(rule.get("when", {}), complaint):
                    promises[clock["kind"]] = (rule["name"], clock)
        return promises

    def problems(self, complaint, entries, clocks, kinds):
        """What is wrong with `clocks`, in words; `kinds` names the numbers of clock kinds."""
        life = read_life(complaint, entries)
        shown = {}
        for clock in clocks:
            shown.setdefault(kinds[clock.kind].lower(), []).append(clock)
        promises = self._promises(complaint)
        found = []
        for kind, (rule, promise) in promises.items():
            if life.cycle > 1 and kind == "first_response_clock":
                continue  # promised once
            mine = [clock for clock in shown.get(kind, ()) if clock.level in (0, complaint.level)]
            if len(mine) != 1:
                # A complaint that was resolved at once after a change of level keeps the clocks that it had.
                if len(mine) > 1 or life.resolved is None:
                    found.append(f"{len(mine)} clocks {kind}, the policy promises one")
                continue
            found += self._compare(kind, rule, promise, mine[0], complaint, life)
        for kind in shown:
            if kind not in promises and not (life.cycle > 1 and kind == "first_response_clock"):
                found.append(f"a clock {kind} that the policy does not promise")
        return found

    def _compare(self, kind, rule, promise, clock, complaint, life):
        found = []
        calendar = None if promise["calendar"] == "24x7" else self._calendars[complaint.region or self._default_region]
        days = re.fullmatch(r"(\d+) working days?", promise["target"])
        target = int(days[1]) * calendar.day_s if days else duration_s(promise["target"])
        start = life.level_entered if promise["starts_on"] == "level_entered" else life.received
        start = max(start, life.cycle_began)
        state, end = self._state(promise, life, start)
        if clock.rule != rule:
            found.append(f"{kind} by rule {clock.rule}, not {rule}")
        if abs(seconds(clock.counts_from) - start) > 0.001:
            found.append(f"{kind} counts from {seconds(clock.counts_from)}, not {start}")
        if state != clock.state:
            found.append(f"{kind} is in state {clock.state}, not {state}")
        if state in (1, 3):
            due = self._due(promise, calendar, start, target, life, end)
            if abs(seconds(clock.due_at) - due) > 0.002:
                found.append(f"{kind} due at {seconds(clock.due_at)}, not {due}")
        elif state == 2 and clock.HasField("due_at"):
            found.append(f"{kind} stands still and has a due time")
        return found

    def _state(self, promise, life, start):
        """As `ClockView.State`, and when it ended."""
        told = [at for at in life.outbound if at >= start]
        for stop in promise["stops_on"]:
            if stop in ("first_response_given", "outbound_reply") and told:
                return 3, told[0] if stop == "first_response_given" else told[-1]
            if stop == "resolved" and life.resolved is not None:
                return 3, life.resolved
        if life.resolved is not None and "resolved" in promise.get("cancels_on", ()):
            return 4, life.resolved
        paused = {PAUSES[word] for word in promise.get("pauses_on", ())}
        return (2 if any(party in paused and to is None for party, _, to in life.waits) else 1), None

    def _due(self, promise, calendar, start, target, life, end):
        paused = {PAUSES[word] for word in promise.get("pauses_on", ())}
        spans = sorted((max(begin, start), to if end is None else min(to, end))
                       for party, begin, to in life.waits if party in paused and to is not None)
        due = start + target if calendar is None else calendar.add(start, target)
        reached = start
        lost = 0.0
        for begin, to in spans:
            begin = max(begin, reached)
            if to <= begin:
                continue
            lost += to - begin if calendar is None else calendar.between(begin, to)
            reached = to
        return due + lost if calendar is None else calendar.add(start, target + lost)
