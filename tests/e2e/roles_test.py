"""Who may call what: every method of every service, asked by a caller of each role, by one without roles, by one with
an unknown token and by one without any. What is not allowed here is denied: a new method needs a line.
"""

import subprocess
import sys

import suite

HANDLERS = {"agent", "supervisor"}
READERS = {"agent", "supervisor", "reader", "admin"}

ALLOWED = {
    "ComplaintService/SubmitComplaint": HANDLERS | {"adapter", "complainant", "api_client", "importer"},
    "ComplaintService/AddMessage": HANDLERS | {"adapter", "api_client", "importer"},
    "ComplaintService/AddNote": HANDLERS,
    "ComplaintService/SetFields": HANDLERS | {"importer"},
    "ComplaintService/StartInvestigation": HANDLERS,
    "ComplaintService/ResolveComplaint": HANDLERS | {"importer"},
    "ComplaintService/CloseComplaint": HANDLERS | {"importer"},
    "ComplaintService/ReopenComplaint": HANDLERS,
    "ComplaintService/WithdrawComplaint": HANDLERS | {"importer"},
    "ComplaintService/CorrectAssessment": HANDLERS,
    "ComplaintService/EscalateComplaint": HANDLERS,
    "ComplaintService/DeescalateComplaint": {"supervisor"},
    "ComplaintService/DeclineEscalation": {"supervisor"},
    "ComplaintService/StartWaiting": HANDLERS,
    "ComplaintService/EndWaiting": HANDLERS,
    "ComplaintService/AssignComplaint": {"supervisor"},
    "ComplaintService/TakeComplaint": HANDLERS,
    "ComplaintService/TransferComplaint": HANDLERS,
    "ComplaintService/ReleaseComplaint": HANDLERS,
    "ComplaintService/GetComplaint": READERS,
    "ComplaintService/ListComplaints": READERS,
    "ComplaintService/GetHistory": READERS,
    "ComplaintService/WatchComplaints": READERS,
    "ComplaintService/LookupSource": HANDLERS | {"reader", "adapter", "api_client", "importer"},
    "InboundService/Publish": {"adapter"},
    "DirectoryService/DefineTeam": {"admin"},
    "DirectoryService/EnrollAgent": {"admin"},
    "DirectoryService/MoveAgent": {"admin"},
    "DirectoryService/SetSkills": {"admin"},
    "DirectoryService/SetCapacity": {"admin", "supervisor"},
    # Of oneself; of others it needs supervisor.
    "DirectoryService/SetPresence": HANDLERS | {"admin"},
    "DirectoryService/DepartAgent": {"admin"},
    "DirectoryService/ApplyRoster": {"admin"},
    "DirectoryService/GetAgent": READERS,
    "DirectoryService/ListAgents": READERS,
    "DirectoryService/ListTeams": READERS,
    "DirectoryService/PublishPolicy": {"admin"},
    "DirectoryService/ActivatePolicy": {"admin"},
    "DirectoryService/GetPolicy": READERS,
    "LogService/Tail": {"operator"},
    "LogService/GetStatus": {"operator"},
    "LogService/Rebuild": {"operator"},
    "LogService/Backup": {"operator"},
    "ClassifierService/Classify": {"agent"},
    "ClassifierService/ExplainAssessment": {"agent"},
    "RoutingService/ListQueues": {"agent"},
    "RoutingService/ListQueue": {"agent"},
    "RoutingService/ListAgents": {"agent"},
    "RoutingService/ExplainRoute": {"agent"},
    "SlaService/ListClocks": {"agent"},
    "SlaService/ListDueSoon": {"agent"},
    "SlaService/ExplainClock": {"agent"},
    "AnalyticsService/GetMetrics": {"agent"},
    "AnalyticsService/GetSummary": {"agent"},
}

# A role that a caller holds by its kind needs no entry in the token file.
KINDS = {"complainant": "complainant", "api_client": "api_client", "importer": "importer"}
ROLES = ("agent", "supervisor", "admin", "reader", "operator", "adapter", "complainant", "api_client", "importer",
         "backdate", "personal")


def token(name):
    return f"token-of-{name}-" + "0" * 16


def probe(server, secret):
    """The code and reason of each method's answer."""
    done = subprocess.run([suite.BINARY_DIR / "bin/rpc_probe", server, secret], capture_output=True, text=True,
                          timeout=300, check=True)
    answers = {}
    for line in done.stdout.splitlines():
        method, code, *reason = line.split(" ")
        answers[method] = (code, reason[0] if reason else "")
    return answers


def check(server):
    problems = []
    answers = probe(server, "")
    unlisted = set(answers) ^ set(ALLOWED)
    assert not unlisted, f"methods of the suite and of this table differ: {sorted(unlisted)}"
    for who, answers in (("nobody", answers), ("a stranger", probe(server, "f" * 32))):
        problems += [f"{method}: {who} is answered {code}" for method, (code, _) in answers.items()
                     if code != "UNAUTHENTICATED"]
    for role in ROLES + ("nothing",):
        for method, (code, reason) in probe(server, token(role)).items():
            denied = code == "PERMISSION_DENIED"
            if denied == (role in ALLOWED[method]):
                problems.append(f"{method}: {role} is answered {code} {reason}")
            if not denied and code in ("UNIMPLEMENTED", "UNAUTHENTICATED", "INTERNAL", "UNKNOWN"):
                problems.append(f"{method}: {role} is answered {code} {reason}")
    assert not problems, "\n".join(problems)


def roles(folder):
    tokens = folder / "tokens"
    tokens.write_text("".join(f"{token(role)} {KINDS.get(role, 'person')} {role} {'-' if role in KINDS else role}\n"
                              for role in ROLES) + f"{token('nothing')} person nothing -\n")
    process = suite.Process("redress", folder, "--policy", suite.POLICY, "--token-file", tokens)
    check(process.start())
    process.stop()
    print(f"roles_test: {len(ALLOWED)} methods × {len(ROLES) + 3} callers")


if __name__ == "__main__":
    sys.exit(suite.run("roles_test", roles))
