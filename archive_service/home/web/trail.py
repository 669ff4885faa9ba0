"""The audit trail in words, for those who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import render_template, request
from flask_babel import gettext

from archive_service import audit, people
from archive_service.audit import AuditRow
from archive_service.home.web.furnishing import blueprint
from archive_service.jobs import TITLES, JobName
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.ids import parse_uuid
from archive_service.records.web.words import DOORS, HISTORY
from archive_service.web import current_actor, current_archive, only_asked, whole_number

PAGE_SIZE: Final = 100
LARGEST_SEQ: Final = 2**62

ACTIONS: Final[Mapping[str, str]] = {
    **HISTORY,
    "file-plan.loaded": N_("loaded the file plan"),
    "file-plan.changed": N_("changed the file plan to version %(version)s"),
    "project.added": N_("made the project %(number)s"),
    "project.changed": N_("changed a project"),
    "building.added": N_("made the building %(name)s"),
    "unit.added": N_("entered a unit"),
    "unit.changed": N_("changed a unit"),
    "unit.closed": N_("closed a unit"),
    "unit.opened": N_("opened a unit again"),
    "unit.linked": N_("let a parking space or storage room go with a unit"),
    "unit.unlinked": N_("ended that a parking space or storage room goes with a unit"),
    "unit.transferred": N_("transferred a unit to other owners"),
    "units.imported": N_("brought in a table: %(added)s units added, %(changed)s changed"),
    "party.added": N_("entered an owner or tenant"),
    "party.changed": N_("changed what is known of an owner or tenant"),
    "party.unmasked": N_("looked at an owner or tenant in clear"),
    "occupancy.added": N_("entered who owns or uses a unit"),
    "occupancy.ended": N_("ended an entry of who owns or uses a unit"),
    "case-file.opened": N_("opened the file %(file_no)s"),
    "case-file.described": N_("changed what is written on a file"),
    "case-file.closed": N_("closed the file %(file_no)s"),
    "case-file.reopened": N_("opened the file %(file_no)s again"),
    "class.levels-raised": N_("raised %(count)s papers to the new level of their class"),
    "index.lost": N_("announced %(versions)s versions again that the search index had lost"),
    "index.stale": N_("announced %(versions)s versions again that the search index held as they once were"),
    "job.wanted": N_("asked for a job to run"),
    "job.finished": N_("finished a job: %(note)s"),
    "job.failed": N_("could not finish a job: %(note)s"),
    "message.sent-again": N_("had %(count)s tasks tried again"),
    "recovery-code.used": N_("signed in with a recovery code"),
    "recovery-codes.renewed": N_("made new recovery codes"),
    "role.granted": N_("granted the role %(role)s"),
    "role.revoked": N_("took back the role %(role)s"),
    "second-factor.dropped": N_("reset a second factor"),
    "second-factor.enrolled": N_("set up a second factor"),
    "sessions.ended": N_("ended sign-ins"),
    "token.created": N_("made an API token"),
    "token.revoked": N_("revoked an API token"),
    "upload.dropped": N_("dropped an upload"),
    "upload.duplicate": N_("uploaded bytes that were here already"),
    "upload.expired": N_("cleared away an upload that was left"),
    "upload.failed": N_("could not take an upload"),
    "upload.kept": N_("kept a copy of bytes that were here already"),
    "user.created": N_("made an account"),
    "user.disabled": N_("disabled an account"),
    "user.enabled": N_("enabled an account"),
    "user.password-changed": N_("changed a password"),
    "user.password-link-made": N_("made a link to choose a password"),
    "user.signed-in": N_("signed in"),
}
SUBJECTS: Final[Mapping[str, str]] = {
    "document": N_("Document"),
    "case-file": N_("Case file"),
    "user": N_("Account"),
    "token": N_("Token"),
    "upload": N_("Upload"),
    "job": N_("Job"),
    "scheme": N_("File plan"),
    "class": N_("Class"),
    "index": N_("Search index"),
    "outbox": N_("Tasks"),
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
