"""Which unit of the register a document or a case file is about: its id beside the text that people wrote.

The text is kept as written and read by the one grammar of units; the id stands only where exactly one unit is meant.
"""

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from archive_service import premises
from archive_service.premises import Meant
from archive_service.records.models import CaseFile, Document
from archive_service.records.rules.filing import SeveralUnits, UnknownUnit, needs_known_unit
from archive_service.unit_of_work import UnitOfWork
from search_index import normalise
from search_index.units import unit_named, without_entrance

MOST_AT_ONCE: Final = 200


def link_unit(work: UnitOfWork, row: Document | CaseFile, *, fonds: str = "") -> Meant:
    """Write down which unit the row's text calls, or that it calls none that is known. Doesn't flush."""
    meant = premises.unit_meant(work.session, row.unit, fonds=fonds)
    row.unit_id = meant.unit.id if meant.unit else None
    return meant


def check_unit(work: UnitOfWork, document: Document, class_code: str, *, fonds: str) -> None:
    """The same at filing: owners' and renovation papers belong to a unit of the register, once there is a register of
    the project. A paper whose unit is known keeps it, whatever the unit is called by now. Raises UnknownUnit,
    SeveralUnits.
    """
    if document.unit_id is not None:
        project = premises.unit(work.session, document.unit_id).project_number
        if fonds.strip().upper() in ("", project):
            return
    meant = link_unit(work, document, fonds=fonds.strip().upper())
    if meant.unit is not None or not needs_known_unit(class_code) or not document.unit:
        return
    if meant.others:
        raise SeveralUnits(field="unit", units="、".join(meant.others[:5]))
    if meant.register:
        raise UnknownUnit(field="unit")


def are_two_units(one: tuple[int | None, str], other: tuple[int | None, str]) -> bool:
    """Of two units, each by its id, if the register knows it, and as it is called. Told by the register where it knows
    both, and else by their names, where both name a flat and nothing else; a name without its entrance may be either."""
    if one[0] is not None and other[0] is not None:
        return one[0] != other[0]
    name, called = unit_named(normalise(one[1])), unit_named(normalise(other[1]))
    if not name or not called:
        return False
    return name not in (called, without_entrance(called)) and called != without_entrance(name)


def link_documents(work: UnitOfWork, after: uuid.UUID | None) -> tuple[uuid.UUID | None, int]:
    """Look again at up to MOST_AT_ONCE documents behind ``after`` whose text called no known unit yet.

    Answers where it stopped, None at the end, and how many found theirs. Each call is a whole, and called again from
    the beginning it finds the units that came into the register meanwhile.
    """
    wanted = select(Document).where(Document.unit_id.is_(None), Document.unit != "")
    if after is not None:
        wanted = wanted.where(Document.id > after)
    rows = work.session.scalars(wanted.order_by(Document.id).limit(MOST_AT_ONCE).with_for_update()).all()
    return (rows[-1].id if rows else None), _linked(work, rows)


def link_case_files(work: UnitOfWork, after: int) -> tuple[int | None, int]:
    """The same of case files, each within its project."""
    wanted = select(CaseFile).where(CaseFile.unit_id.is_(None), CaseFile.unit != "", CaseFile.id > after)
    rows = work.session.scalars(wanted.order_by(CaseFile.id).limit(MOST_AT_ONCE).with_for_update()).all()
    return (rows[-1].id if rows else None), _linked(work, rows)


def _linked(work: UnitOfWork, rows: Sequence[Document | CaseFile]) -> int:
    meant: dict[tuple[str, str], int | None] = {}
    for row in rows:
        called = (row.unit, row.fonds if isinstance(row, CaseFile) else "")
        if called not in meant:
            unit = premises.unit_meant(work.session, called[0], fonds=called[1]).unit
            meant[called] = unit.id if unit else None
        row.unit_id = meant[called]
    linked = sum(row.unit_id is not None for row in rows)
    if linked:
        work.audit("units.linked", "archive", count=linked)
    work.session.flush()
    return linked
