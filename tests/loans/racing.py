"""Many people ask for one paper at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.exc import OperationalError

from archive_service import loans, people
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.loans import UNDERTAKING_VERSION, LoanRow, LoanState
from tests.loans.counter import Counter
from tests.support.seating import seat

AT_ONCE: Final = 28
"""Threads that ask: as many as the pools of connections serve."""
TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Came:
    """Of one paper: how many slips hold it, and how many stand in line for it, each at a place of its own."""

    held: int
    queued: int
    places: int


def borrowers(counter: Counter, count: int) -> list[Actor]:
    house = counter.house
    with house.work() as work:
        ids = [
            people.add_person(work, name=f"b{n}", display_name=f"借{n}", roles=["front_desk"])
            for n in range(count)
        ]
    for one in ids:
        seat(house.archive, one)
    with house.archive.reading() as session:
        found = [people.actor_of(session, one, house.clock.now(), via="page") for one in ids]
    return [one for one in found if one is not None]


def race(counter: Counter, who: Sequence[Actor], paper: DocumentId, *, written_before: bool) -> Came:
    """Everybody asks at once. ``written_before``: the slips are there already and are handed in only, so that nothing
    but the paper itself puts them one after the other."""
    if written_before:
        slips = [_drafted(counter, one, paper) for one in who]
        doings = [partial(_submitted, counter, one, slip) for one, slip in zip(who, slips, strict=True)]
    else:
        doings = [partial(counter.asks, one, paper) for one in who]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(_asked, doings))
    held = [row for row in rows if row.state is LoanState.SUBMITTED]
    with counter.house.archive.reading() as session:
        line = loans.queue_of_item(session, document_id=paper, limit=len(who))
    return Came(len(held), sum(row.queued for row in rows), len({one.loan_id for one in line}))


def _asked(doing: Callable[[], LoanRow]) -> LoanRow:
    """Whoever is told that the database is busy (SQLite has one writer, and no queue for it) asks again, as people do."""
    for _ in range(TRIES):
        try:
            return doing()
        except OperationalError:
            continue
    return doing()


def _drafted(counter: Counter, who: Actor, paper: DocumentId) -> LoanRow:
    with counter.house.work(who) as work:
        return loans.draft(work, counter.seal, counter.form(paper))


def _submitted(counter: Counter, who: Actor, slip: LoanRow) -> LoanRow:
    with counter.house.work(who) as work:
        return loans.submit(work, counter.seal, slip.id, undertaking=UNDERTAKING_VERSION)
