"""``archive checklist …``: lists, what is missing, what is settled, for whoever has the machine."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import click
from sqlalchemy.orm import Session

from archive_service import premises, records
from archive_service.bootstrap import Archive
from archive_service.checklists.queries import items as item_queries
from archive_service.checklists.queries import lists as list_queries
from archive_service.checklists.queries import missing as missing_queries
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.queries import tasks as task_queries
from archive_service.checklists.queries.missing import MissingFilter
from archive_service.checklists.queries.tasks import TaskFilter
from archive_service.checklists.service import going_on, opening, settling
from archive_service.kernel.actor import service_actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import NotFound
from archive_service.kernel.masking import mask
from archive_service.people.cli.asking import person, with_archive

MOST_LINES: Final = 1000
DAY: Final = click.DateTime(["%Y-%m-%d"])

as_json = click.option("--json", "as_json", is_flag=True)
as_whom = click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who does it.")


@click.group(help="Checklists: what must be on file of a case, and what is missing.")
def checklist() -> None: ...


def _tell(told: object, lines: list[str], as_json: bool) -> None:
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


@checklist.command(help="The lists in force, or the items of one of them by its CODE.")
@click.argument("code", required=False)
@as_json
@with_archive
def lists(archive: Archive, code: str | None, as_json: bool) -> None:
    with archive.reading() as session:
        rows, entries = list_queries.lists(session), list_queries.entries(session)
    shown = [row for row in rows if code in (None, row.code)]
    if not shown:
        raise NotFound()
    told = [
        {
            "code": row.code,
            "version": row.version,
            "name_zh": row.name_zh,
            "event_zh": row.event_zh,
            "facts": {fact.code: fact.name_zh for fact in row.facts},
            "stages": [stage.code for stage in row.stages],
            "items": [
                {"code": e.code, "name_zh": e.name_zh, "mandatory": e.mandatory.value, "class": e.class_code}
                for e in entries[row.id]
            ],
        }
        for row in shown
    ]
    lines = [f"{row.code:<8} {row.name_zh}  ({len(entries[row.id])}; {row.event_zh})" for row in shown]
    if code:
        lines += [f"  {e.code:<12} {e.mandatory.value:<12} {e.name_zh}" for e in entries[shown[0].id]]
    _tell(told, lines, as_json)


@checklist.command("open", help="Open the list CODE for a unit, a case file or a named case; prints its id.")
@click.argument("code")
@click.option("--unit", default="", help="Any spelling of the unit's name.")
@click.option("--file", "file_no", default="", help="The case file's number.")
@click.option("--name", "case_name", default="", help="The case's name.")
@click.option("--on", "event_on", type=DAY, help="Day of the event; by default today.")
@as_whom
@with_archive
def open_list(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    code: str,
    unit: str,
    file_no: str,
    case_name: str,
    event_on: datetime | None,
    name: str,
) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        file = records.case_file_called(work.session, work.actor, file_no) if file_no else None
        if file_no and file is None:
            raise NotFound()
        row = opening.open_list(
            work,
            code,
            unit_id=_unit(work.session, unit),
            case_file_id=file.id if file else None,
            case_name=case_name,
            event_on=event_on.date() if event_on else None,
        )
    click.echo(str(row.id))


def _unit(session: Session, typed: str) -> int | None:
    if not typed:
        return None
    meant = premises.unit_meant(session, typed).unit
    if meant is None:
        raise click.ClickException(f"No unit is called “{typed}”, or several are.")
    return meant.id


@checklist.command(help="One opened list with its items.")
@click.argument("opened_id", type=int)
@as_json
@with_archive
def show(archive: Archive, opened_id: int, as_json: bool) -> None:
    actor = service_actor("cli")
    with archive.reading() as session:
        row = queries.opened_list(session, actor, opened_id)
        full = queries.completeness(session, actor, [row.id])[row.id]
        shown = item_queries.items(session, actor, row.id)
    told = {
        "id": row.id,
        "checklist": row.checklist.code,
        "stage": row.stage,
        "state": row.state.value,
        "needed": full.needed,
        "settled": full.settled,
        "missing": full.missing,
        "items": [
            {"id": item.id, "code": item.entry.code, "state": item.state.value, "seen": item.seen}
            for item in shown
        ],
    }
    lines = [
        f"{row.checklist.code} {row.checklist.name_zh}  {full.settled}/{full.needed}  {row.stage}".strip()
    ]
    lines += [f"  {i.id:>6} {i.entry.code:<12} {i.state.value:<15} {i.entry.name_zh}" for i in shown]
    _tell(told, lines, as_json)


@checklist.command(help="What is missing on open lists, longest first.")
@click.option("--unit", default="", help="Any spelling of the unit's name.")
@click.option("--class", "class_code", default="", help="The class and what lies below it.")
@click.option("--steward", default="", metavar="NAME", help="Sign-in name of the person in charge.")
@as_json
@with_archive
def missing(archive: Archive, unit: str, class_code: str, steward: str, as_json: bool) -> None:
    actor = service_actor("cli")
    with archive.reading() as session:
        wanted = MissingFilter(
            unit_id=_unit(session, unit),
            steward_id=person(archive, steward).user_id if steward else None,
            class_code=class_code[:12],
        )
        total = missing_queries.missing_count(session, actor, wanted)
        rows = missing_queries.missing(session, actor, wanted, limit=MOST_LINES)
        names = premises.unit_names(session, {row.unit_id for row in rows if row.unit_id})
    told = {
        "total": total,
        "missing": [
            {
                "item": row.item_id,
                "list": row.opened_id,
                "code": row.entry.code,
                "name_zh": row.entry.name_zh,
                "unit": names.get(row.unit_id or 0, ""),
                "case": mask(row.case_name),
                "since": row.needed_since.isoformat(),
                "promised_for": row.promised_for.isoformat() if row.promised_for else None,
            }
            for row in rows
        ],
    }
    lines = [
        f"{row.item_id:>6} {row.needed_since} {row.entry.code:<12} "
        f"{names.get(row.unit_id or 0, '') or mask(row.case_name)}  {row.entry.name_zh}"
        for row in rows
    ]
    _tell(told, [*lines, f"{total} missing"], as_json)


@checklist.command(help="Let the filed paper with this archival number stand for ITEM.")
@click.argument("item_id", type=int)
@click.argument("archival_no")
@as_whom
@with_archive
def link(archive: Archive, item_id: int, archival_no: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = settling.link_paper(work, item_id, archival_no=archival_no)
    click.echo(f"{row.entry.code} {row.state.value}")


@checklist.command(help="Say that ITEM does not apply, and why.")
@click.argument("item_id", type=int)
@click.option("--reason", required=True)
@as_whom
@with_archive
def waive(archive: Archive, item_id: int, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = settling.set_aside(work, item_id, reason=reason)
    click.echo(f"{row.entry.code} {row.state.value}")


@checklist.command(help="Note that ITEM is promised for DAY.")
@click.argument("item_id", type=int)
@click.argument("day", type=DAY)
@click.option("--reason", default="")
@as_whom
@with_archive
def promise(archive: Archive, item_id: int, day: datetime, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = settling.promise(work, item_id, day=day.date(), reason=reason)
    click.echo(f"{row.entry.code} {row.state.value}")


@checklist.command("take-back", help="Take the latest word on ITEM back, and say why.")
@click.argument("item_id", type=int)
@click.option("--reason", required=True)
@as_whom
@with_archive
def take_back(archive: Archive, item_id: int, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        _, shown = item_queries.item(work.session, work.actor, item_id)
        if not shown.live:
            raise NotFound()
        row = settling.take_back(work, shown.live[0].id, reason=reason)
    click.echo(f"{row.entry.code} {row.state.value}")


@checklist.command(help="Let the case of an opened list go to STAGE.")
@click.argument("opened_id", type=int)
@click.argument("stage")
@as_whom
@with_archive
def stage(archive: Archive, opened_id: int, stage: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        seen = queries.opened_list(work.session, work.actor, opened_id).stage
        row = going_on.enter_stage(work, opened_id, stage, seen=seen)
    click.echo(row.stage)


@checklist.command(help="Say facts of a case: agent=yes deposit=no …")
@click.argument("opened_id", type=int)
@click.argument("facts", nargs=-1, required=True)
@as_whom
@with_archive
def facts(archive: Archive, opened_id: int, facts: tuple[str, ...], name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = going_on.tell_facts(work, opened_id, _facts(facts))
        full = queries.completeness(work.session, work.actor, [row.id])[row.id]
    click.echo(f"{full.settled}/{full.needed}, {full.undecided} undecided")


def _facts(told: tuple[str, ...]) -> Mapping[str, bool]:
    facts = {}
    for one in told:
        fact, _, holds = one.partition("=")
        if holds not in ("yes", "no"):
            raise click.ClickException(f"“{one}”: write it like {fact or 'agent'}=yes or =no.")
        facts[fact] = holds == "yes"
    return facts


@checklist.command(help="Open tasks to get missing papers, due first.")
@click.option("--escalated", is_flag=True, help="Only those with the manager.")
@as_json
@with_archive
def tasks(archive: Archive, escalated: bool, as_json: bool) -> None:
    actor, today = service_actor("cli"), business_day(archive.clock.now())
    with archive.reading() as session:
        wanted = TaskFilter(escalated=escalated)
        rows = task_queries.tasks(session, actor, today, wanted, limit=MOST_LINES)
    told = [
        {
            "id": row.id,
            "item": row.item_id,
            "code": row.entry.code,
            "name_zh": row.entry.name_zh,
            "due_on": row.due_on.isoformat(),
            "escalated": row.escalated,
        }
        for row in rows
    ]
    lines = [
        f"{row.id:>6} {row.due_on} {row.entry.code:<12} {row.entry.name_zh}{'  !' if row.escalated else ''}"
        for row in rows
    ]
    _tell(told, [*lines, f"{len(rows)} open"], as_json)


commands: Final[list[click.Command]] = [checklist]
