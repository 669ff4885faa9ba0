"""The next number of a series, taken in the transaction that uses it: no holes, never twice."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive_service.premises import ProjectRow, projects
from archive_service.records.models import NumberCounter
from archive_service.records.rules.case_files import ChooseFonds, NoFonds


def next_number(session: Session, series: str) -> int:
    """From 1. The counter's row stays locked until the transaction ends; if it fails, the number is free again."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(NumberCounter).values(series=series, last=1)
    counted = first.on_conflict_do_update(
        index_elements=[NumberCounter.series], set_={"last": NumberCounter.last + 1}
    )
    return session.execute(counted.returning(NumberCounter.last)).scalar_one()


def open_projects(session: Session) -> list[ProjectRow]:
    """Those under whose fonds number papers can be filed."""
    return [project for project in projects(session) if project.closed_on is None]


def fonds_of(session: Session, asked: str) -> str:
    """The fonds number that ``asked`` names, or the only one there is. Raises NoFonds, ChooseFonds."""
    known = [project.number for project in open_projects(session)]
    if not known:
        raise NoFonds()
    asked = asked.strip().upper()
    if asked in known:
        return asked
    if asked or len(known) > 1:
        raise ChooseFonds(field="fonds")
    return known[0]
