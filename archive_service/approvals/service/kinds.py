"""What a capability that asks for approval answers."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from sqlalchemy.orm import Session

from archive_service.approvals.queries.requests import RequestRow
from archive_service.unit_of_work import UnitOfWork


class Kind(Protocol):
    """One kind of request, such as loans."""

    @property
    def code(self) -> str:
        """As it stands in the tables: "loan". At most 32 characters."""
        ...

    def facts(self, session: Session, subject: str) -> Mapping[str, str]:
        """What a decision on ``subject`` stands on (level, version, hold), as codes. Asked at asking and inside the
        transaction of each decision, where it may lock what it reads."""
        ...

    def settled(self, work: UnitOfWork, request: RequestRow) -> None:
        """The request ended, in this very transaction; with an empty chain that is while it is asked for."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A kind that also wants to know how far its request is."""

    def went_on(self, work: UnitOfWork, request: RequestRow) -> None:
        """Somebody agreed and others are asked now, in this very transaction."""
        ...


Kinds = Mapping[str, Kind]
"""By their codes. Pages find them on the app; jobs are given them."""


def gathered(*kinds: Kind) -> Kinds:
    return {one.code: one for one in kinds}
