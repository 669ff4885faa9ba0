"""``archive case-file …`` and ``archive file``: case files and filing, for whoever has the machine."""

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

import click

from archive_service import classification, people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.people import SightTarget
from archive_service.people.queries import sign_in_record
from archive_service.records.queries import case_files as queries
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import retention as retention_queries
from archive_service.records.queries import reviewing as review_queries
from archive_service.records.queries.case_files import CaseFileFilter, CaseFileRow, case_file_called
from archive_service.records.queries.inbox import InboxPart, inbox
from archive_service.records.rules.case_files import FileFacts, FileState
from archive_service.records.rules.filing import DRAWING_FIELDS, FACT_NAMES, Place, is_drawing, read_facts
from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.four_properties import Verdict
from archive_service.records.rules.numbers import Dept
from archive_service.records.rules.review import NewFile, SendBackReason
from archive_service.records.service import case_files as file_service
from archive_service.records.service import filing as service
from archive_service.records.service import placing
from archive_service.records.service import retention as retention_service
from archive_service.records.service.checking import check_document, prove
from archive_service.records.service.granting import grant_sight, revoke_sight
from archive_service.records.service.reviewing import send_back, submit_for_review

P = ParamSpec("P")
R = TypeVar("R")
MOST: Final = 1000


def _with_archive(command: Callable[Concatenate[Archive, P], R]) -> Callable[P, R]:
    """Hand the command its Archive; what the service refuses ends it with code 1 and a sentence."""

    @wraps(command)
    @click.pass_obj
    def run(archive: Archive, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(archive, *args, **kwargs)
        except ArchiveError as error:
            missing = error.facts.get("fields")
            raise click.ClickException(f"{error} ({missing})" if missing else str(error)) from error

    return run


AS: Final = click.option(
    "--as", "name", default="", help="Sign-in name of who does it; by default the service."
)
JSON: Final = click.option("--json", "as_json", is_flag=True)


def _actor(archive: Archive, name: str) -> Actor:
    if not name:
        return service_actor("cli")
    now = archive.clock.now()
    with archive.reading() as session:
        record = sign_in_record(session, now, name=name)
        actor = people.actor_of(session, record.user_id, now, via="cli") if record else None
    if actor is None:
        raise click.ClickException(f"nobody active is called {name}")
    return actor


@click.group("case-file", help="Case files: open, list, close, open again.")
def case_file() -> None: ...


@case_file.command("open", help="Open a file of the class CODE; prints its number alone.")
@click.argument("code")
@click.option("--title", required=True)
@click.option("--unit", default="")
@click.option("--owner", default="")
@click.option("--fonds", default="", help="May be left out where there is one project only.")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--building", default="", help="Of drawings: 03, A; 00 for the whole compound.")
@AS
@_with_archive
def open_file(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    code: str,
    title: str,
    unit: str,
    owner: str,
    fonds: str,
    year: int | None,
    building: str,
    name: str,
) -> None:
    facts = FileFacts(title=title, unit=unit, owner=owner)
    with archive.unit_of_work(_actor(archive, name)) as work:
        row = file_service.open_case_file(work, code, facts, fonds=fonds, year=year, building=building)
    click.echo(row.file_no)


@case_file.command(
    "list", help="The newest files, of a class, in a state, or with the beginning of a number."
)
@click.option("--class", "code", default="")
@click.option("--state", type=click.Choice([s.value for s in FileState]), default=None)
@click.option("--text", default="")
@JSON
@_with_archive
def list_files(archive: Archive, code: str, state: str | None, text: str, as_json: bool) -> None:
    wanted = CaseFileFilter(code, FileState(state) if state else None, text)
    with archive.reading() as session:
        rows = queries.case_files(session, service_actor("cli"), wanted, limit=MOST)
    if as_json:
        told = [
            {
                "file_no": row.file_no,
                "class_code": row.class_code,
                "title": mask(row.title),
                "state": row.state.value,
                "opened_on": row.opened_on.isoformat(),
                "closed_on": row.closed_on and row.closed_on.isoformat(),
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row.file_no}  {row.state}  {mask(row.title)}")


@case_file.command("close", help="Close the file with the number FILE_NO.")
@click.argument("file_no")
@click.option("--reason", default="")
@AS
@_with_archive
def close_file(archive: Archive, file_no: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = _called(queries.case_file_called(work.session, actor, file_no))
        file_service.close_case_file(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"closed: {row.file_no}", err=True)


@case_file.command("reopen", help="Open the closed file with the number FILE_NO again.")
@click.argument("file_no")
@click.option("--reason", required=True)
@AS
@_with_archive
def reopen_file(archive: Archive, file_no: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = _called(queries.case_file_called(work.session, actor, file_no))
        file_service.reopen_case_file(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"open: {row.file_no}", err=True)


def _called(row: CaseFileRow | None) -> CaseFileRow:
    if row is None:
        raise NotFound()
    return row


_FACTS: Final = ", ".join(name for name in FACT_NAMES if name not in DRAWING_FIELDS)


@click.command(
    "file",
    help=f"File DOCUMENT (its id); prints its archival number. FACTS are NAME=VALUE: {_FACTS}; "
    f"of drawings {', '.join(DRAWING_FIELDS)}.",
)
@click.argument("document")
@click.argument("facts", nargs=-1)
@click.option("--fonds", default="", help="May be left out where there is one project only.")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option(
    "--case-file", "file_no", default="", help="Number of the file, for papers that stand in files."
)
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None, help="For all others.")
@AS
@_with_archive
def file_document(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    facts: tuple[str, ...],
    fonds: str,
    year: int | None,
    file_no: str,
    dept: str | None,
    name: str,
) -> None:
    document_id = parse_uuid(document)
    if document_id is None:
        raise NotFound()
    typed = dict(fact.partition("=")[::2] for fact in facts)
    if unknown := sorted(set(typed) - set(FACT_NAMES)):
        raise click.UsageError(f"no fact is called {', '.join(unknown)}")
    place = Place(fonds, year, file_no, Dept(dept) if dept else None)
    proof = prove(archive, actor := _actor(archive, name), document_id)
    with archive.unit_of_work(actor) as work:
        row = document_queries.document(work.session, actor, document_id)
        told = read_facts(typed, drawing=is_drawing(row.class_code))
        filed = service.file_document(work, document_id, told, place, revision=row.revision, proof=proof)
    click.echo(filed.archival_no)


@click.group("sight", help="Sight of papers granted to one person by name.")
def sight() -> None: ...


@sight.command(
    "grant", help="Let the person USER look at one document, case file or class; prints the grant's id."
)
@click.argument("user")
@click.option("--document", "document", default=None, help="Id of a document.")
@click.option("--case-file", "file_no", default=None, help="Number of a case file.")
@click.option("--class", "class_code", default=None, help="A class and what lies below it.")
@click.option("--sees", type=click.Choice(["view", "download"]), default="view", show_default=True)
@click.option("--up-to", type=click.Choice([level.value for level in Level]), default=None)
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), default=None, help="First day.")
@click.option("--to", "valid_to", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--reason", required=True)
@AS
@_with_archive
def grant_sight_to(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    user: str,
    document: str | None,
    file_no: str | None,
    class_code: str | None,
    sees: str,
    up_to: str | None,
    valid_from: datetime | None,
    valid_to: datetime,
    reason: str,
    name: str,
) -> None:
    if sum(one is not None for one in (document, file_no, class_code)) != 1:
        raise click.UsageError("name one of --document, --case-file, --class")
    with archive.unit_of_work(_actor(archive, name)) as work:
        person = sign_in_record(work.session, work.now, name=user)
        if person is None:
            raise NotFound()
        target = SightTarget(class_code=class_code)
        if document is not None:
            document_id = parse_uuid(document)
            if document_id is None:
                raise NotFound()
            target = SightTarget(document_id=document_id)
        elif file_no is not None:
            file = case_file_called(work.session, work.actor, file_no)
            if file is None:
                raise NotFound()
            target = SightTarget(case_file_id=file.id)
        granted = grant_sight(
            work,
            person.user_id,
            target,
            Sight[sees.upper()],
            valid_to.date(),
            reason,
            valid_from=valid_from.date() if valid_from else None,
            up_to=Level(up_to) if up_to else None,
        )
    click.echo(granted)


@sight.command("revoke", help="Take a grant back by its id.")
@click.argument("grant_id", type=click.IntRange(1, 2**31 - 1))
@click.option("--reason", required=True)
@AS
@_with_archive
def revoke_sight_grant(archive: Archive, grant_id: int, reason: str, name: str) -> None:
    with archive.unit_of_work(_actor(archive, name)) as work:
        revoke_sight(work, grant_id, reason)


@sight.command("list", help="What the person USER sees by name.")
@click.argument("user")
@JSON
@_with_archive
def list_sight_grants(archive: Archive, user: str, as_json: bool) -> None:
    now = archive.clock.now()
    with archive.reading() as session:
        person = sign_in_record(session, now, name=user)
        if person is None:
            raise NotFound()
        rows = people.sight_grants(session, now, user_id=person.user_id)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2, default=str))
        return
    for row in rows:
        thing = row.document_id or row.case_file_id or row.class_code
        state = "holds" if row.holds else "does not hold"
        click.echo(f"{row.id}\t{thing}\t{row.sight.name.lower()}\t{row.valid_from} – {row.valid_to}\t{state}")


@click.command(
    "check-document",
    help="Make the four-property check of DOCUMENT (its id); fails where something would stop its filing.",
)
@click.argument("document")
@JSON
@AS
@_with_archive
def check_document_now(archive: Archive, document: str, as_json: bool, name: str) -> None:
    document_id = parse_uuid(document)
    if document_id is None:
        raise NotFound()
    actor = _actor(archive, name)
    proof = prove(archive, actor, document_id)
    with archive.unit_of_work(actor) as work:
        row = check_document(work, document_id, proof)
    if as_json:
        lines = [
            {"code": line.code, "verdict": line.verdict.value, "figures": dict(line.figures)}
            for line in row.lines
        ]
        click.echo(json.dumps({"verdict": row.verdict.value, "lines": lines}, ensure_ascii=False, indent=2))
    else:
        for line in row.lines:
            click.echo(f"{line.verdict:<12} {line.code:<14} {WORDS[line.words] % dict(line.figures)}")
    if row.verdict is Verdict.FATAL:
        raise click.ClickException("something would stop its filing")


@click.command("move", help="Move filed DOCUMENT (its id) into CLASS; prints its new archival number.")
@click.argument("document")
@click.argument("class_code", metavar="CLASS")
@click.option("--reason", required=True)
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--case-file", "file_no", default="", help="Number of the file, where papers stand in files.")
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None)
@AS
@_with_archive
def move_document(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    class_code: str,
    reason: str,
    year: int | None,
    file_no: str,
    dept: str | None,
    name: str,
) -> None:
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = document_queries.document(work.session, actor, _document_id(document))
        place = Place("", year, file_no, Dept(dept) if dept else None)
        moved = placing.change_place(work, row.id, class_code, place, revision=row.revision, reason=reason)
    click.echo(moved.archival_no)


@click.command("withdraw", help="Cancel the filing of DOCUMENT (its id); its number stays empty for ever.")
@click.argument("document")
@click.option("--reason", required=True)
@AS
@_with_archive
def withdraw_document(archive: Archive, document: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = document_queries.document(work.session, actor, _document_id(document))
        placing.withdraw_filing(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"{row.archival_no} is empty", err=True)


def _document_id(text: str) -> uuid.UUID:
    document_id = parse_uuid(text)
    if document_id is None:
        raise NotFound()
    return document_id


@click.group("retention", help="Filed papers under older rules than their class's, and what becomes of them.")
def retention_group() -> None: ...


@retention_group.command(
    "older-rules", help="By class: how many papers, which rule, and what the newer one does."
)
@JSON
@_with_archive
def older_rules(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = retention_queries.older_rules(session, service_actor("cli"))
    if as_json:
        told = [
            {
                "class": row.class_code,
                "papers": row.papers,
                "rule": row.old.rule.code,
                "rule_version": row.old.number,
                "newer_rule": row.new.rule.code,
                "newer_version": row.new.number,
                "shift": row.shift.value,
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row.class_code}\t{row.papers}\t{row.old.rule.code} ({row.old.number}) → "
            f"{row.new.rule.code} ({row.new.number})\t{row.shift.value}"
        )


@retention_group.command("approve", help="Let the newer rule of CLASS count for the papers filed before it.")
@click.argument("class_code", metavar="CLASS")
@click.option("--reason", required=True)
@click.option("--document", "documents", multiple=True, help="Id of one of them; by default all.")
@click.option("--as", "name", required=True, help="Sign-in name of who approves it.")
@_with_archive
def approve_newer_rule(
    archive: Archive, class_code: str, reason: str, documents: tuple[str, ...], name: str
) -> None:
    chosen = [_document_id(one) for one in documents] or None
    with archive.unit_of_work(_actor(archive, name)) as work:
        rule = classification.rules_in_force(work.session, [class_code]).get(class_code)
        if rule is None:
            raise NotFound()
        row = retention_service.approve_rule(work, class_code, rule_id=rule.id, reason=reason, chosen=chosen)
    click.echo(f"{row.total} papers go over to {row.rule.rule.code}, in the background")


@click.group("review", help="Papers handed in for filing: list them, hand in, send back.")
def review_group() -> None: ...


@review_group.command("list", help="Those that wait, or with --sent-back those that were sent back to --as.")
@click.option("--sent-back", is_flag=True)
@AS
@JSON
@_with_archive
def list_reviews(archive: Archive, sent_back: bool, name: str, as_json: bool) -> None:
    part = InboxPart.RETURNED if sent_back else InboxPart.REVIEW
    with archive.reading() as session:
        rows = inbox(session, _actor(archive, name), part, limit=MOST)
        found = review_queries.open_reviews(session, [row.id for row in rows])
    for row in rows:
        review = found[row.id]
        told = {
            "document": str(row.id),
            "title": mask(row.title),
            "state": review.state.value,
            "reason": review.reason.value if review.reason else "",
            "comment": mask(review.comment),
        }
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\t".join(told.values()))


@review_group.command("submit", help="Hand DOCUMENT (its id) in. FACTS are NAME=VALUE, as for filing.")
@click.argument("document")
@click.argument("facts", nargs=-1)
@click.option("--fonds", default="")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--case-file", "file_no", default="", help="May be left to who files it.")
@click.option("--new-file", default="", help="Title of the case file to be opened for it.")
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None)
@AS
@_with_archive
def submit_review(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    facts: tuple[str, ...],
    fonds: str,
    year: int | None,
    file_no: str,
    new_file: str,
    dept: str | None,
    name: str,
) -> None:
    document_id = parse_uuid(document)
    if document_id is None:
        raise NotFound()
    typed = dict(fact.partition("=")[::2] for fact in facts)
    if unknown := sorted(set(typed) - set(FACT_NAMES)):
        raise click.UsageError(f"no fact is called {', '.join(unknown)}")
    place = Place(fonds, year, file_no, Dept(dept) if dept else None)
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_id)
        submit_for_review(
            work,
            document_id,
            read_facts(typed, drawing=is_drawing(row.class_code)),
            place,
            revision=row.revision,
            new_file=NewFile(new_file) if new_file else None,
        )
    click.echo(f"waits for review: {document_id}", err=True)


@review_group.command("return", help="Send DOCUMENT (its id) back to be put right.")
@click.argument("document")
@click.option("--reason", type=click.Choice([reason.value for reason in SendBackReason]), required=True)
@click.option("--comment", default="")
@AS
@_with_archive
def return_document(archive: Archive, document: str, reason: str, comment: str, name: str) -> None:
    document_id = parse_uuid(document)
    if document_id is None:
        raise NotFound()
    with archive.unit_of_work(actor := _actor(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_id)
        send_back(work, document_id, SendBackReason(reason), comment, revision=row.revision)
    click.echo(f"sent back: {document_id}", err=True)


commands: tuple[click.Command, ...] = (
    move_document,
    withdraw_document,
    retention_group,
    sight,
    case_file,
    file_document,
    check_document_now,
    review_group,
)
