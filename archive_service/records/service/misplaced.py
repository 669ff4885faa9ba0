"""A filed paper whose description and case file speak of two units or owners: nobody may overlook that it has to move.

A correction may make it so on purpose: who puts a paper right that stands in a wrong file corrects it first and moves
it then. Until that is done its page, and what programs are told of it, say so.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.queries.case_files import case_files_by_id
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules.case_files import OWNER_FILES, share_an_owner
from archive_service.records.service.unit_links import are_two_units


class Apart(StrEnum):
    UNIT = "unit"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """``file_no``: of the case file in which it stands; ``unit``, ``owner``: on the cover of that, not masked."""

    apart: Apart
    file_no: str
    unit: str
    owner: str


def misplaced(session: Session, actor: Actor, row: DocumentRow) -> Misplaced | None:
    """None for what stands where it belongs, or in no file, or in one that the actor may not see: that cover and
    description differ tells of both. Whoever asks has been let in by ``document``."""
    if row.case_file_id is None:
        return None
    file = case_files_by_id(session, actor, [row.case_file_id]).get(row.case_file_id)
    if file is None:
        return None
    unit, owner = file.facts.unit, file.facts.owner
    if are_two_units((row.unit_id, row.unit), (file.unit_id, unit)):
        return Misplaced(Apart.UNIT, file.file_no, unit, owner)
    named = row.owner and owner
    if file.class_code in OWNER_FILES and named and not share_an_owner(row.owner, owner):
        return Misplaced(Apart.OWNER, file.file_no, unit, owner)
    return None
