"""A unit held for one transaction: whoever else wants to decide upon it waits until that one has ended."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.premises.models import Project, Unit


def hold_unit(session: Session, unit_id: int | None, *, fonds: str) -> None:
    """Lock the unit's row until the transaction ends; of a unit that the register doesn't know, its project's row.

    Take it before any row of papers or case files: who transfers its title holds the unit first. On SQLite a writer is
    alone anyway.
    """
    wanted = select(Unit.id).where(Unit.id == unit_id)
    if unit_id is None:
        wanted = select(Project.id).where(Project.number == fonds)
    session.execute(wanted.with_for_update(key_share=True)).all()


def hold_unit_for_transfer(session: Session, unit_id: int) -> None:
    """The same of one that changes hands: until then nobody can enter anything that refers to it either, such as a
    checklist of it, so that what hangs on it can be read and decided upon."""
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update()).all()
