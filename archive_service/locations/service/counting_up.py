"""The next number of a series of labels or boxes, taken in the transaction that uses it: never twice."""

from typing import Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive_service.locations.models import PlaceCounter

LABELS: Final = "place-label"


def next_number(session: Session, series: str) -> int:
    """From 1. The counter's row stays locked until the transaction ends; if it fails, the number is free again."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counted = (
        insert(PlaceCounter)
        .values(series=series, last=1)
        .on_conflict_do_update(index_elements=[PlaceCounter.series], set_={"last": PlaceCounter.last + 1})
    )
    return session.execute(counted.returning(PlaceCounter.last)).scalar_one()
