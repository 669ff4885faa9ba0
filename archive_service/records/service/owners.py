"""A paper or a file of another owner: told by the covers of files and by the register of who owned the unit when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from archive_service import premises
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Invalid
from archive_service.premises import Owned
from archive_service.records.models import CaseFile, Document
from archive_service.records.rules.case_files import (
    OF_BOTH_SIDES,
    OWNER_FILES,
    NotTheOwner,
    OtherOwnersFile,
    OtherUnitsFile,
    days_of,
    owned_then,
    share_an_owner,
)
from archive_service.records.service.unit_links import are_two_units
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Belongs:
    """What a paper or a file says of whose it is. ``unit_id``: the unit that it calls, if the register knows it."""

    class_code: str
    unit: str
    unit_id: int | None
    owner: str
    doc_date: str = ""


_NOBODY: Final[Sequence[Owned]] = ()


def against(
    paper: Belongs, file: Belongs | None, owners: Mapping[int, Sequence[Owned]], today: date
) -> Iterator[Invalid]:
    """What stands against a paper in this file, or in none that is known yet: OtherUnitsFile, OtherOwnersFile,
    NotTheOwner. ``owners``: by unit, those of the paper's and the file's."""
    class_code = file.class_code if file else paper.class_code
    owners_file = class_code in OWNER_FILES and paper.owner != ""
    if file is not None:
        if are_two_units((paper.unit_id, paper.unit), (file.unit_id, file.unit)):
            yield OtherUnitsFile(field="file_no")
        elif owners_file and file.owner and not share_an_owner(paper.owner, file.owner):
            yield OtherOwnersFile(field="file_no")
    unit_id = paper.unit_id or (file.unit_id if file else None)
    if not owners_file or unit_id is None:
        return
    ever, days = class_code in OF_BOTH_SIDES, days_of(paper.doc_date, today)
    if not owned_then(paper.owner, owners.get(unit_id, _NOBODY), days, ever=ever):
        yield NotTheOwner(field="owner", day=paper.doc_date or today.isoformat())


def refuse_others_paper(work: UnitOfWork, document: Document, file: CaseFile) -> None:
    """A file takes papers of its own unit; one of an owner takes what names them, of a day when the unit was theirs.

    Raises OtherUnitsFile, OtherOwnersFile, NotTheOwner.
    """
    _refuse(work, _paper(document), Belongs(file.class_code, file.unit, file.unit_id, file.owner))


def refuse_wrong_owner(work: UnitOfWork, document: Document) -> None:
    """The register's part of it, which a correction has to pass as well: who puts a paper right that stands in a wrong
    file corrects it first and moves it then. Raises NotTheOwner."""
    _refuse(work, _paper(document), None)


def _paper(document: Document) -> Belongs:
    return Belongs(
        document.class_code or "", document.unit, document.unit_id, document.owner, document.doc_date
    )


def _refuse(work: UnitOfWork, paper: Belongs, file: Belongs | None) -> None:
    units = {side.unit_id for side in (paper, file) if side is not None and side.unit_id is not None}
    owners = premises.owned(work.session, units) if paper.owner else {}
    for error in against(paper, file, owners, business_day(work.now)):
        raise error


def refuse_no_owner(work: UnitOfWork, unit_id: int | None, owner: str, days: tuple[date, date]) -> None:
    """Refuse an owner whom the register doesn't know as such on any of these days, though it knows of others. The words
    name nobody: not everybody who files sees the register's names in clear. Raises NotTheOwner."""
    if unit_id is None or not owner:
        return
    if not owned_then(owner, premises.owned(work.session, [unit_id]).get(unit_id, _NOBODY), days):
        raise NotTheOwner(field="owner", day=days[1].isoformat())
