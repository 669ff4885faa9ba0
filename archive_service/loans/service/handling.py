"""The lending desk: what was scanned is handed out or taken back, slip by slip, each slip a transaction of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Forbidden, Invalid, NotFound
from archive_service.loans.queries.desk import lines
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.slips import items_of
from archive_service.loans.rules import Condition, LoanId, LoanItemId, LoanState, Outcome, UseMode
from archive_service.loans.rules.asking import Finding, Handed
from archive_service.loans.service.issuing import issue
from archive_service.loans.service.returning import check, take_back
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ticked:
    """An item that lies on the desk. ``pages``: counted; None: not counted, as recorded where it goes out, and counted
    later where it comes back. ``note``: what differs."""

    item_id: LoanItemId
    pages: int | None = None
    note: str = ""
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one slip: how it stands now, or ``refused`` and nothing of it changed."""

    number: str
    went_out: bool
    item_ids: tuple[LoanItemId, ...]
    loan: LoanRow | None = None
    refused: ArchiveError | None = None


def handle(archive: Archive, actor: Actor, ticked: Sequence[Ticked]) -> list[Handled]:
    """Hand out what waited to be fetched, take back what was out. A slip that is refused leaves the others as done; what
    meanwhile is neither to be handed out nor out is left aside.

    Where everything that was left of a slip comes back and was counted, its check is done at once. Raises Forbidden.
    """
    actor.must(Permission.HAND_OUT_LOANS)
    told = {one.item_id: one for one in ticked}
    with archive.reading() as session:
        found = lines(session, actor, list(told))
    slips: dict[LoanId, list[Ticked]] = {}
    heads = {}
    for line in found:
        slips.setdefault(line.loan.id, []).append(told[line.item.id])
        heads[line.loan.id] = line
    done = []
    for loan_id, items in slips.items():
        line, ids = heads[loan_id], tuple(one.item_id for one in items)
        try:
            with archive.unit_of_work(actor) as work:
                row = (_out if line.goes_out else _back)(work, line.loan, items)
            done.append(Handled(line.loan.number, line.goes_out, ids, loan=row))
        except (Invalid, Conflict, Forbidden, NotFound) as error:
            done.append(Handled(line.loan.number, line.goes_out, ids, refused=error))
    return done


def _out(work: UnitOfWork, loan: LoanRow, ticked: Sequence[Ticked]) -> LoanRow:
    recorded = {one.id: one.pages for one in items_of(work.session, work.actor, loan.id)}
    handed = [
        Handed(
            one.item_id,
            recorded.get(one.item_id, 0) if one.pages is None else one.pages,
            note=one.note,
            copies=one.copies if loan.use is UseMode.COPY else 0,
        )
        for one in ticked
    ]
    return issue(work, loan.id, handed, seen=loan.revision)


def _back(work: UnitOfWork, loan: LoanRow, ticked: Sequence[Ticked]) -> LoanRow:
    row = take_back(work, loan.id, [one.item_id for one in ticked], seen=loan.revision)
    told = {one.item_id: one for one in ticked}
    left = [one for one in items_of(work.session, work.actor, loan.id) if one.outcome is None]
    counted = all(one.id in told and told[one.id].pages is not None for one in left)
    if row.state is not LoanState.RETURN_PENDING_CHECK or not counted:
        return row
    findings = []
    for one in left:
        pages, out = told[one.id].pages or 0, one.pages_out or 0
        outcome = Outcome.INCOMPLETE if pages < out else Outcome.WHOLE
        condition = one.condition_out or Condition.GOOD
        findings.append(Finding(one.id, outcome, pages, condition, told[one.id].note))
    return check(work, loan.id, findings)
