"""Whether the papers of a table belong where it puts them: asked of files and of the register of owners, many at once."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from archive_service import premises, records
from archive_service.bulk.rules.checking import Known, class_of, units_named
from archive_service.bulk.rules.manifest import Listed
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import Invalid
from archive_service.records import Belongs, CaseFileRow
from archive_service.records.rules.case_files import OtherClass


def against(
    session: Session, actor: Actor, rows: Sequence[Listed], known: Known, today: date
) -> dict[int, list[Invalid]]:
    """By row, what filing would refuse: a file of another class, unit or owner than the paper's, an owner who wasn't the
    unit's on that day. Always the same few statements.

    A number that no file has, or none that the actor sees, is what stood on the paper. Whose the unit was is told to those
    only who may file, whom filing tells the same, or uncover the register: for others a table would be thousands of
    guesses at covered names.
    """
    alone = {row.told.unit for row in rows if len(units_named(row.told.unit)) == 1}
    meant = premises.units_meant(session, alone)
    files = records.case_files_called(session, actor, {row.told.file_no for row in rows if row.told.file_no})
    sees = actor.may(Permission.SEE_PARTIES)
    units = set(meant.values()) | {file.unit_id for file in files.values() if file.unit_id is not None}
    learns = sees and (actor.may(Permission.FILE) or actor.may(Permission.UNMASK))
    owners = premises.owned(session, units) if learns else {}
    found: dict[int, list[Invalid]] = {}
    for row in rows:
        file = files.get(row.told.file_no)
        code = _class(row, known)
        wrong: list[Invalid] = []
        if file is not None and code and code != file.class_code:
            wrong.append(OtherClass(field="file_no"))
        else:
            paper = Belongs(
                code,
                row.told.unit if row.told.unit in alone else "",
                meant.get(row.told.unit),
                row.told.owner if sees else "",
                row.told.doc_date,
            )
            wrong += records.against(paper, _belongs(file), owners, today)
        if wrong:
            found[row.row] = wrong
    return found


def _class(row: Listed, known: Known) -> str:
    try:
        return class_of(row.class_text, known)
    except Invalid:
        return ""  # told of its row anyway


def _belongs(file: CaseFileRow | None) -> Belongs | None:
    return Belongs(file.class_code, file.facts.unit, file.unit_id, file.facts.owner) if file else None
