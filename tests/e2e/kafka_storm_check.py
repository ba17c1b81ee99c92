"""What the callers of the storm were told, held against what every service shows.

Each complaint is asked for at one instance of each service, in turns; what its callers were told at the other one.
That all instances hold the same is shown afterwards by the fold from zero (redress-check-projections).
"""

import asyncio
import collections
import datetime
import time

import grpc

import grpc_client
import sla_oracle
import suite

EFFECTIVE = 1
PATIENCE_S = 120.0
QUIET_S = 3.0
SERVICE_ACTOR = 1
TYPES = {
    "SubmitComplaint": "ComplaintReceived", "AddNote": "NoteAdded", "AssignComplaint": "ComplaintAssigned",
    "StartWaiting": "WaitingStarted", "EndWaiting": "WaitingEnded", "AddMessage": "MessageAdded",
    "CorrectAssessment": "AssessmentCorrected", "EscalateComplaint": "ComplaintEscalated",
    "StartInvestigation": "InvestigationStarted", "ResolveComplaint": "ComplaintResolved",
    "CloseComplaint": "ComplaintClosed", "ReopenComplaint": "ComplaintReopened",
}


class Check:
    """`filed` by the load of the storm; `pairs` is what served it."""

    def __init__(self, callers, pairs, filed):
        self.callers, self.filed = callers, filed
        self.schema = callers.schema
        self.clients = {name: grpc_client.Client(self.schema, [instance.address])
                        for name, instance in pairs.instances.items()}
        self.oracle = sla_oracle.Oracle(suite.POLICY, datetime.date.today())
        kind = self.schema.message("event.v1.ClockSpec").DESCRIPTOR.enum_types_by_name["Kind"]
        self.clock_kinds = {number: value.name for number, value in kind.values_by_number.items()}
        stages = self.schema.message("api.v1.Complaint").DESCRIPTOR.fields_by_name["stage"].enum_type
        self.stage_names = {number: value.name for number, value in stages.values_by_number.items()}
        self.problems = []
        self.counts = collections.Counter()

    async def close(self):
        for client in self.clients.values():
            await client.close()

    async def settled(self):
        """Until every instance has folded all that is on the log and nothing more comes; returns the seconds it took."""
        began = quiet_since = time.monotonic()
        before = None
        while True:
            ends, behind, parked = {}, [], []
            for name, client in self.clients.items():
                for module in (await client.call("LogService/GetStatus")).modules:
                    parked += [f"{name}: {module.work_parked} rows"] if module.work_parked else []
                    behind += [name] if not module.ready or any(one.lag_records for one in module.partitions) else []
                    if module.name == "classifier" and module.work_waiting:
                        behind.append(name)
                    ends.update({(one.topic, one.partition): one.end for one in module.partitions})
            if behind or ends != before:
                before, quiet_since = ends, time.monotonic()
            if time.monotonic() - quiet_since > QUIET_S:
                assert not parked, f"work is parked: {parked}"
                return time.monotonic() - began
            assert time.monotonic() - began < PATIENCE_S, f"not settled: {sorted(set(behind))}"
            await asyncio.sleep(0.5)

    async def standing(self):
        """What each instance says of itself, a line each: for the report of a failure."""
        lines = []
        for name, client in self.clients.items():
            try:
                module = (await client.call("LogService/GetStatus")).modules[0]
            except grpc.aio.AioRpcError as error:
                lines.append(f"{name}: {error.code().name} {error.details()}")
                continue
            owned = [f"{one.topic.split('.')[1]}/{one.partition}" for one in module.partitions if one.owned]
            lag = {f"{one.topic.split('.')[1]}/{one.partition}": one.lag_records for one in module.partitions
                   if one.lag_records}
            lines.append(f"{name}: {'ready' if module.ready else module.not_ready_reason}, waiting "
                         f"{module.work_waiting}, parked {module.work_parked}, behind {lag}, acts for {owned}")
        return "\n".join(lines)

    async def run(self, at_once=24):
        room = asyncio.Semaphore(at_once)

        async def one(filed):
            async with room:
                try:
                    await self._complaint(filed)
                except (grpc.aio.AioRpcError, AssertionError) as problem:
                    self._wrong(filed, repr(problem))
        await asyncio.gather(*(one(filed) for filed in self.filed))
        for number in (1, 2):
            await self._all_listed(number)
            await self._counted(number)
        return self.problems

    def _wrong(self, filed, text):
        self.problems.append(f"{filed.tracking_code or filed.key} ({filed.door}, number {filed.number}): {text}")

    async def _call(self, service, number, method, **fields):
        return await self.clients[f"{service}-{number}"].call(method, timeout=30.0, **fields)

    async def _complaint(self, filed):
        here = 1 + filed.number % 2
        shown = await self._call("intake", here, "ComplaintService/GetComplaint", complaint=filed.complaint)
        entries = []
        page = ""
        while True:
            told = await self._call("intake", here, "ComplaintService/GetHistory", complaint=filed.complaint,
                                    include_refused=True, include_void=True, page_size=1000, page_token=page)
            entries += told.entries
            page = told.next_page_token
            if not page:
                break
        effective = [entry for entry in entries if entry.verdict == EFFECTIVE]
        self.counts.update(f"verdict {entry.verdict}" for entry in entries)
        self._events(filed, effective)
        self._state(filed, shown)
        await self._other_views(filed, here, shown, effective)
        await self._told_again(filed, here)

    def _events(self, filed, effective):
        """Every acknowledged command is in the history exactly once, refused ones as refusals, and nothing else."""
        lived = collections.Counter(entry.event_id for entry in effective)
        by_id = {entry.event_id: entry for entry in effective}
        for event, times in lived.items():
            if times > 1:
                self._wrong(filed, f"event {event} counts {times} times")
        done = [told for told in filed.told if told.event]
        for told in done:
            entry = by_id.get(told.event)
            name = told.method.split("/")[1]
            if entry is None:
                self._wrong(filed, f"{name} {told.request.request_id} was answered, its event is not there")
            elif entry.type_name != TYPES[name] or entry.refused:
                self._wrong(filed, f"{name} {told.request.request_id} became {entry.type_name}")
        refused = sum(1 for told in filed.told if told.refused)
        shown = sum(1 for entry in effective if entry.refused)
        if refused != shown:
            self._wrong(filed, f"{refused} commands were refused, {shown} refusals are on record")
        asked_for = {told.event for told in done}
        for entry in effective:
            if not entry.refused and entry.actor.kind != SERVICE_ACTOR and entry.event_id not in asked_for:
                self._wrong(filed, f"{entry.type_name} {entry.event_id} that nobody was told of")
        kinds = collections.Counter(entry.type_name for entry in effective if not entry.refused)
        messages = sum(1 for told in done if told.method.endswith("/AddMessage")) + len(filed.replies)
        for kind, wanted in (("ComplaintReceived", 1), ("ComplaintAssessed", 1), ("MessageAdded", messages)):
            if kinds[kind] != wanted:
                self._wrong(filed, f"{kinds[kind]} {kind}, expected {wanted}")
        self.counts.update(done=len(done), refused=refused)

    def _state(self, filed, shown):
        stage = self.stage_names[shown.stage]
        if stage != filed.stage or shown.cycle != filed.cycle:
            self._wrong(filed, f"is {stage} in cycle {shown.cycle}, its callers know {filed.stage}, {filed.cycle}")
        if len(shown.category) != 3 or not shown.level:
            self._wrong(filed, "is not assessed")
        if stage in sla_oracle.OPEN_STAGES and not shown.owner and shown.queue_reason in ("", "not_assessed",
                                                                                         "not_routed"):
            self._wrong(filed, f"waits without a reason ({shown.queue_reason})")
        if filed.text not in [message.body for message in shown.messages]:
            self._wrong(filed, "its text is not there")
        notes = sum(1 for told in filed.told if told.event and told.method.endswith("/AddNote"))
        written = len([note for note in shown.notes if note.text != "Taken up."])
        if notes != written:
            self._wrong(filed, f"{notes} notes were acknowledged, {written} are there")
        self.counts["owned" if shown.owner else "queued" if stage in sla_oracle.OPEN_STAGES else "ended"] += 1

    async def _other_views(self, filed, here, shown, effective):
        assessed, route, clocks = await asyncio.gather(
            self._call("classifier", here, "ClassifierService/ExplainAssessment", complaint=filed.complaint),
            self._call("router", here, "RoutingService/ExplainRoute", complaint=filed.complaint),
            self._call("sla-timer", here, "SlaService/ListClocks", complaint=filed.complaint))
        if [level.code for level in assessed.category] != [level.code for level in shown.category]:
            self._wrong(filed, "classifier shows another category than intake")
        if self.stage_names[shown.stage] in sla_oracle.OPEN_STAGES:
            # Its team is the one that would be chosen now, which another may take over from.
            mine = (shown.owner, "" if shown.owner else shown.queue_reason)
            if (route.owner, route.queue_reason) != mine:
                self._wrong(filed, f"router shows {(route.owner, route.queue_reason)}, intake {mine}")
        ids = {clock.id: (clock.state, clock.due_at.ToNanoseconds()) for clock in clocks.clocks}
        if ids != {clock.id: (clock.state, clock.due_at.ToNanoseconds()) for clock in shown.clocks}:
            self._wrong(filed, "sla-timer shows other clocks than intake")
        for problem in self.oracle.problems(shown, effective, clocks.clocks, self.clock_kinds):
            self._wrong(filed, problem)
        self.counts["clocks"] += len(clocks.clocks)

    async def _told_again(self, filed, here):
        """Every request id has one outcome for ever, at any instance; the source id finds the complaint."""
        there = f"intake-{3 - here}"
        for told in filed.told:
            # Refusals are metered, so not all of them.
            if told.refused and filed.number % 8:
                continue
            name = told.request.request_id
            try:
                answer = await self._again(there, told)
            except grpc.aio.AioRpcError as error:
                reason = self.schema.reason(error)
                if error.code() != grpc.StatusCode.FAILED_PRECONDITION or told.event or reason != told.refused:
                    self._wrong(filed, f"{name} repeated: {error.code().name} {reason}, first it was "
                                       f"{told.event or told.refused}")
                continue
            if answer.event_id != told.event or not answer.replayed:
                self._wrong(filed, f"{name} repeated: another outcome than at first")
        if filed.door == "grpc":
            return
        for key in (filed.key, *filed.replies):
            found = await self.clients[there].call("ComplaintService/LookupSource", channel_item={
                "account": filed.account, "source_message_key": key})
            if found.state != 2 or found.complaint_id != filed.complaint:
                self._wrong(filed, f"its source id {key} finds {found.complaint_id or 'nothing'}")

    async def _again(self, there, told):
        while True:
            try:
                return await self.clients[there].send(told.method, told.request, 30.0)
            except grpc.aio.AioRpcError as error:
                if error.code() != grpc.StatusCode.RESOURCE_EXHAUSTED:
                    raise
            await asyncio.sleep(1.0)

    async def _all_listed(self, number):
        listed = collections.Counter()
        page = ""
        while True:
            answer = await self._call("intake", number, "ComplaintService/ListComplaints", page_size=500,
                                      page_token=page, order=2)
            listed.update(complaint.id for complaint in answer.complaints)
            page = answer.next_page_token
            if not page:
                break
        wanted = {filed.complaint for filed in self.filed}
        if len(wanted) != len(self.filed):
            self.problems.append("two complaints of the callers became one")
        if set(listed) != wanted or max(listed.values()) > 1:
            self.problems.append(f"intake-{number} lists {len(listed)} complaints ({sum(listed.values())} lines), "
                                 f"the callers know {len(wanted)}")

    async def _counted(self, number):
        names = self.schema.message("analytics.v1.MetricValue").DESCRIPTOR.fields_by_name["metric"].enum_type
        asked = {"METRIC_COMPLAINTS": len(self.filed),
                 "METRIC_OPEN": sum(filed.stage in sla_oracle.OPEN_STAGES for filed in self.filed),
                 "METRIC_RESOLVED": sum(filed.stage not in sla_oracle.OPEN_STAGES for filed in self.filed),
                 "METRIC_REOPENED": sum(filed.cycle > 1 for filed in self.filed)}
        answer = await self._call("analytics", number, "AnalyticsService/GetMetrics",
                                  metrics=[names.values_by_name[name].number for name in asked])
        values = [value.value for value in answer.rows[0].values]
        if values != list(asked.values()):
            self.problems.append(f"analytics-{number} counts {dict(zip(asked, values))}, the callers {asked}")
