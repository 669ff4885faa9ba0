"""The audit trail in words, for those who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import render_template, request
from flask_babel import gettext

from archive_service import audit, people
from archive_service.audit import AuditRow
from archive_service.history.web.words import ACTIONS
from archive_service.home.web.furnishing import blueprint
from archive_service.jobs import TITLES, JobName
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.ids import parse_uuid
from archive_service.records.web.words import DOORS
from archive_service.web import current_actor, current_archive, only_asked, whole_number

PAGE_SIZE: Final = 100
LARGEST_SEQ: Final = 2**62

SUBJECTS: Final[Mapping[str, str]] = {
    "document": N_("Document"),
    "case-file": N_("Case file"),
    "unit": N_("Unit"),
    "units": N_("Units"),
    "building": N_("Building"),
    "project": N_("Project"),
    "party": N_("Person or company"),
    "parties": N_("People and companies"),
    "checklist": N_("Checklist"),
    "checklists": N_("Checklists"),
    "supplement-task": N_("Supplement task"),
    "separator-sheet": N_("Separator sheet"),
    "rearrangement": N_("Rearranged scan"),
    "suggestion-model": N_("Learnt proposals"),
    "import": N_("Import"),
    "edit": N_("Edit of many"),
    "export": N_("Export"),
    "approval": N_("Request for approval"),
    "approval-chain": N_("Chain of approvals"),
    "approval-chains": N_("Chains of approvals"),
    "place": N_("Place"),
    "box": N_("Box"),
    "stock-take": N_("Stock-take"),
    "working-days": N_("Working calendar"),
    "working-year": N_("Year of the working calendar"),
    "hold": N_("Hold"),
    "loan": N_("Loan slip"),
    "loan-rule": N_("Row of the table of loans"),
    "loan-rules": N_("Table of loans"),
    "user": N_("Account"),
    "token": N_("Token"),
    "upload": N_("Upload"),
    "job": N_("Job"),
    "scheme": N_("File plan"),
    "class": N_("Class"),
    "index": N_("Search index"),
    "outbox": N_("Tasks"),
    "archive": N_("Archive"),
    "audit": N_("Audit trail"),
}


@dataclass(frozen=True, slots=True)
class Line:
    seq: int
    at: datetime
    who: str
    door: str
    what: str
    kind: str
    subject: str  # id or name behind the kind
    address: str  # where it can be looked at, or ""
    facts: str


@blueprint.get("/system/trail")
def trail() -> str:
    """``before``: the number of the row to go on from; ``subject``: only rows about one thing."""
    only_asked("before", "subject")
    current_actor().must(Permission.READ_AUDIT)
    before = whole_number(request.args.get("before", ""), LARGEST_SEQ)
    subject = request.args.get("subject", "")[:120] or None
    with current_archive().reading() as session:
        rows = audit.trail(session, subject=subject, before=before, limit=PAGE_SIZE)
        count = audit.event_count(session)
        names = people.display_names(session)
    return render_template(
        "home/trail.html",
        lines=[_line(row, names) for row in rows],
        count=count,
        subject=subject,
        before=before,
        further=rows[-1].seq if len(rows) == PAGE_SIZE else None,
    )


def _line(row: AuditRow, names: Mapping[int, str]) -> Line:
    who, _, door = row.actor.partition("/")
    kind, _, rest = row.subject.partition(":")
    words = ACTIONS.get(row.action)
    facts = {key: str(value) for key, value in row.facts.items()}
    try:
        what = str(gettext(words)) % facts if words else row.action
    except KeyError:  # a row of an older make may lack a fact that today's words name
        what = row.action
    _, _, user_id = who.partition(":")
    name = names.get(int(user_id), who) if user_id.isdigit() else str(gettext("The service"))
    if kind == "user" and rest.isdigit():
        rest = names.get(int(rest), rest)
    elif kind == "job" and rest in tuple(JobName):
        rest = str(gettext(TITLES[JobName(rest)]))
    return Line(
        seq=row.seq,
        at=row.at,
        who=name,
        door=str(gettext(DOORS[door])) if door in DOORS else door,
        what=what,
        kind=str(gettext(SUBJECTS[kind])) if kind in SUBJECTS else kind,
        subject=rest,
        address=f"/documents/{rest}" if kind == "document" and parse_uuid(rest) else "",
        facts=", ".join(f"{key}={value}" for key, value in sorted(facts.items())),
    )
