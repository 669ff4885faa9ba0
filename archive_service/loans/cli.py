"""``archive loans …``: slips and their steps, for whoever has the machine. Whose word a slip needs is said on its page."""

import json
from datetime import date, datetime
from typing import Final

import click
from sqlalchemy.orm import Session

from archive_service import premises, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import NotFound
from archive_service.kernel.masking import mask
from archive_service.loans.queries import remedies as remedy_queries
from archive_service.loans.queries import rulebook
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanItemRow, LoanRow
from archive_service.loans.queries.slips import LoanFilter
from archive_service.loans.rules import (
    UNDERTAKING_VERSION,
    Condition,
    ItemForm,
    LoanState,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.asking import Asked, Finding, Handed
from archive_service.loans.rules.remedies import Rebuilt, RemedyStep
from archive_service.loans.service import issuing, remedying, reminding, renewing, requesting, returning
from archive_service.loans.service.naming import items_called
from archive_service.people import display_names
from archive_service.people.cli.asking import person, with_archive

MOST_LINES: Final = 1000
DAY: Final = click.DateTime(["%Y-%m-%d"])

as_json = click.option("--json", "as_json", is_flag=True)
as_whom = click.option("--as", "name", required=True, metavar="NAME", help="Sign-in name of who does it.")
slip = click.argument("number", metavar="SLIP")
said = click.option("--comment", default="", metavar="TEXT")


@click.group(help="Slips of papers that are lent, and their steps. SLIP: JY-2026-0001.")
def loans() -> None: ...


def _called(session: Session, actor: Actor, number: str) -> LoanRow:
    row = queries.loan_called(session, actor, number)
    if row is None:
        raise NotFound()
    return row


def _told(row: LoanRow, names: dict[int, str], today: date) -> dict[str, object]:
    borrower = names.get(row.borrower_id or 0) or " ".join(
        part for part in (mask(row.organisation), row.person) if part
    )
    return {
        "number": row.number,
        "state": row.state.value,
        "borrower": borrower,
        "use": row.use.value,
        "items": row.items,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "overdue": row.is_overdue(today),
        "queued": row.queued,
    }


def _names(session: Session, rows: list[LoanRow]) -> dict[int, str]:
    return dict(display_names(session, {row.borrower_id for row in rows if row.borrower_id is not None}))


@loans.command("list", help="Slips, the latest first; with --overdue the longest overdue first.")
@click.option("--state", type=click.Choice([one.value for one in LoanState]))
@click.option("--overdue", is_flag=True)
@click.option("--queued", is_flag=True, help="Those that wait for what others have.")
@click.option("--first", type=DAY, help="Written on this day or later.")
@click.option("--last", type=DAY, help="Written on this day or before.")
@click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who looks.")
@as_json
@with_archive
def list_slips(
    archive: Archive,
    *,
    state: str | None,
    overdue: bool,
    queued: bool,
    first: datetime | None,
    last: datetime | None,
    name: str,
    as_json: bool,
) -> None:
    actor, today = person(archive, name), business_day(archive.clock.now())
    wanted = LoanFilter(
        states=(LoanState(state),) if state else (),
        overdue_on=today if overdue else None,
        queued=queued,
        first=first.date() if first else None,
        last=last.date() if last else None,
    )
    with archive.reading() as session:
        rows = queries.loans(session, actor, wanted, limit=MOST_LINES)
        names = _names(session, rows)
    told = [_told(row, names, today) for row in rows]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in told:
        late = " overdue" if one["overdue"] else ""
        click.echo(f"{one['number']}  {one['state']:<22} {one['due_on'] or '-':<10} {one['borrower']}{late}")


@loans.command(help="One slip: what stands on it, what is being made good.")
@slip
@click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who looks.")
@as_json
@with_archive
def show(archive: Archive, *, number: str, name: str, as_json: bool) -> None:
    actor, today = person(archive, name), business_day(archive.clock.now())
    with archive.reading() as session:
        row = _called(session, actor, number)
        lent = queries.items_of(session, actor, row.id)
        remedies = remedy_queries.remedies_of(session, row.id)
        changes = queries.changes_of(session, row.id)
        told = _told(row, _names(session, [row]), today)
    told |= {
        "case": row.case.value if row.case else None,
        "lent": [
            {
                "item": one.position,
                "archival_no": one.archival_no,
                "title": mask(one.title),
                "pages": one.pages,
                "pages_out": one.pages_out,
                "pages_back": one.pages_back,
                "outcome": one.outcome.value if one.outcome else None,
            }
            for one in lent
        ],
        "remedies": [
            {"id": one.id, "state": one.state.value, "next": one.next.value if one.next else None}
            for one in remedies
        ],
        "steps": [{"step": one.step, "at": one.at.isoformat(timespec="seconds")} for one in changes],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for key, value in told.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        click.echo(f"{key}: {shown if shown is not None else '-'}")


@loans.command(help="Ask for papers or case files by their archival numbers, undertaking accepted.")
@click.argument("items", nargs=-1, required=True)
@click.option("--use", type=click.Choice([one.value for one in UseMode]), required=True)
@click.option("--purpose", type=click.Choice([one.value for one in Purpose]), default="work")
@click.option("--days", type=click.IntRange(1, 365), default=1)
@said
@as_whom
@with_archive
def request(
    archive: Archive, *, items: tuple[str, ...], use: str, purpose: str, days: int, comment: str, name: str
) -> None:
    actor, seal = person(archive, name), premises.seal_of(archive)
    with archive.unit_of_work(actor) as work:
        asked = Asked(
            items=items_called(work.session, actor, items, ItemForm.ORIGINAL),
            purpose=Purpose(purpose),
            purpose_text=comment,
            use=UseMode(use),
            days=days,
        )
        row = requesting.request(work, seal, asked, undertaking=UNDERTAKING_VERSION)
    click.echo(f"{row.number} {row.state.value}{' queued' if row.queued else ''}")


@loans.command(help="Take one's own slip back before it is fetched.")
@slip
@said
@as_whom
@with_archive
def cancel(archive: Archive, *, number: str, comment: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        _echo(requesting.cancel(work, row.id, comment=comment))


@loans.command(help="Hand out what was approved, pages as recorded unless --counted says otherwise.")
@slip
@click.option("--counted", multiple=True, metavar="ITEM=PAGES", help="Item by its place on the slip.")
@click.option("--note", default="", metavar="TEXT", help="What differs, where pages do.")
@click.option(
    "--copies", type=click.IntRange(1, 100), default=1, help="Of each, where copies are given away."
)
@as_whom
@with_archive
def issue(
    archive: Archive, *, number: str, counted: tuple[str, ...], note: str, copies: int, name: str
) -> None:
    pages = _counts(counted)
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        handed = [
            Handed(
                one.id,
                pages.get(one.position, one.pages),
                note=note if one.position in pages else "",
                copies=copies if row.use is UseMode.COPY else 0,
            )
            for one in queries.items_of(work.session, work.actor, row.id)
        ]
        _echo(issuing.issue(work, row.id, () if row.use is UseMode.ELECTRONIC else handed, seen=row.revision))


@loans.command("return", help="Take back what is out: all of it, or the items named by their places.")
@slip
@click.option("--item", "places", type=click.IntRange(1, 50), multiple=True)
@said
@as_whom
@with_archive
def take_back(archive: Archive, *, number: str, places: tuple[int, ...], comment: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        lent = queries.items_of(work.session, work.actor, row.id)
        brought = [one.id for one in lent if one.back_at is None and (not places or one.position in places)]
        _echo(returning.take_back(work, row.id, brought, comment=comment, seen=row.revision))


@loans.command(help="Say how it came back: whole, unless told otherwise of an item by its place.")
@slip
@click.option(
    "--counted", multiple=True, metavar="ITEM=PAGES", help="Fewer than went out: pages are missing."
)
@click.option("--damaged", type=click.IntRange(1, 50), multiple=True, metavar="ITEM")
@click.option("--lost", type=click.IntRange(1, 50), multiple=True, metavar="ITEM")
@click.option("--note", default="", metavar="TEXT")
@as_whom
@with_archive
def check(
    archive: Archive,
    *,
    number: str,
    counted: tuple[str, ...],
    damaged: tuple[int, ...],
    lost: tuple[int, ...],
    note: str,
    name: str,
) -> None:
    pages = _counts(counted)
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        lent = queries.items_of(work.session, work.actor, row.id)
        found = [_finding(one, pages, damaged, lost, note) for one in lent if one.outcome is None]
        _echo(returning.check(work, row.id, found, seen=row.revision))


def _finding(
    one: LoanItemRow, pages: dict[int, int], damaged: tuple[int, ...], lost: tuple[int, ...], note: str
) -> Finding:
    out = one.pages_out or 0
    back = 0 if one.position in lost else pages.get(one.position, out)
    outcome = Outcome.WHOLE
    if one.position in lost:
        outcome = Outcome.LOST
    elif back < out:
        outcome = Outcome.INCOMPLETE
    elif one.position in damaged:
        outcome = Outcome.DAMAGED
    condition = Condition.DAMAGED if one.position in damaged else one.condition_out or Condition.GOOD
    return Finding(one.id, outcome, back, condition, "" if outcome is Outcome.WHOLE else note)


@loans.command(help="Report as lost what was not brought back.")
@slip
@said
@as_whom
@with_archive
def lost(archive: Archive, *, number: str, comment: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        _echo(returning.report_lost(work, row.id, comment=comment, seen=row.revision))


@loans.command(help="Ask for more days.")
@slip
@click.option("--reason", required=True, metavar="TEXT")
@as_whom
@with_archive
def renew(archive: Archive, *, number: str, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        _echo(renewing.ask_renewal(work, row.id, reason=reason, seen=row.revision))


@loans.command(help="Ask the borrower for what is overdue, once a day.")
@slip
@as_whom
@with_archive
def chase(archive: Archive, *, number: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        _echo(reminding.chase(work, _called(work.session, work.actor, number).id))


@loans.command(help="The next step of making something good; REMEDY as `show` numbers it.")
@slip
@click.argument("remedy_id", metavar="REMEDY", type=click.IntRange(1, 2**31 - 1))
@click.option("--step", type=click.Choice([one.value for one in RemedyStep]), required=True)
@click.option(
    "--text", default="", metavar="TEXT", help="What is said, where it comes from, what was decided."
)
@click.option("--how", type=click.Choice([one.value for one in Rebuilt]), default=Rebuilt.MASTER.value)
@click.option("--replacement", default="", metavar="NUMBER", help="Of the paper that takes its place.")
@click.option("--fen", type=click.IntRange(0, 10**11), default=0, help="Compensation; 100 fen are a yuan.")
@as_whom
@with_archive
def remedy(
    archive: Archive,
    *,
    number: str,
    remedy_id: int,
    step: str,
    text: str,
    how: str,
    replacement: str,
    fen: int,
    name: str,
) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = _called(work.session, work.actor, number)
        if remedy_id not in {one.id for one in remedy_queries.remedies_of(work.session, row.id)}:
            raise NotFound()
        match RemedyStep(step):
            case RemedyStep.STATEMENT:
                remedying.give_statement(work, remedy_id, text)
            case RemedyStep.REBUILD:
                paper = (
                    records.document_called(work.session, work.actor, replacement) if replacement else None
                )
                if replacement and paper is None:
                    raise NotFound()
                remedying.rebuild(work, remedy_id, Rebuilt(how), source=text, replacement_id=paper)
            case RemedyStep.COMPENSATE:
                remedying.compensate(work, remedy_id, fen, note=text)
            case RemedyStep.NOTE:
                remedying.note(work, remedy_id, text)
        _echo(queries.loan(work.session, work.actor, row.id))


@loans.command(help="The case table: for how many days, how often renewed, in which ways.")
@as_json
@with_archive
def rules(archive: Archive, *, as_json: bool) -> None:
    with archive.reading() as session:
        rows = list(rulebook.rules(session).values())
    told = [
        {
            "case": one.rule.case.value,
            "revision": one.revision,
            "days": one.rule.days,
            "renewals": one.rule.renewals,
            "renewal_days": one.rule.renewal_days,
            "uses": sorted(use.value for use in one.rule.uses),
        }
        for one in rows
    ]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in told:
        click.echo("  ".join(f"{value}" for value in one.values()))


def _counts(told: tuple[str, ...]) -> dict[int, int]:
    found = {}
    for one in told:
        place, _, pages = one.partition("=")
        if not (place.isascii() and place.isdigit() and pages.isascii() and pages.isdigit()) or len(one) > 12:
            raise click.BadParameter(f"“{one}” is not like 1=12.", param_hint="--counted")
        found[int(place)] = int(pages)
    return found


def _echo(row: LoanRow) -> None:
    due = f" due {row.due_on}" if row.is_out and row.due_on else ""
    click.echo(f"{row.number} {row.state.value}{due}")


commands = [loans]
