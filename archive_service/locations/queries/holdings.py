"""What this capability asks of the one that keeps papers: which is meant by a number, how it is called, who sees it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.locations.rules.items import ItemRef


@dataclass(frozen=True, slots=True)
class Named:
    """A paper or case file as lists show it. ``title``: personal numbers covered; "" with ``hidden``: the actor may
    not see it, and only who keeps the places is told its number."""

    number: str
    title: str
    hidden: bool = False
    on_paper: bool = (
        True  # something of it can lie somewhere: a case file, or a filed paper on paper or an object
    )


class Holdings(Protocol):
    def called(
        self, session: Session, actor: Actor, numbers: Collection[str], *, unseen: bool = False
    ) -> Mapping[str, ItemRef]:
        """By archival number, present or former: the papers and case files that there are and the actor sees;
        ``unseen``: the others too. A constant number of statements."""

    def named(
        self, session: Session, actor: Actor, items: Collection[ItemRef], *, unseen: bool = False
    ) -> Mapping[ItemRef, Named]:
        """Those of these papers and case files that the actor sees; ``unseen``: the others with their number only."""

    def sees_document(
        self, session: Session, actor: Actor, column: SQLColumnExpression[uuid.UUID | None]
    ) -> ColumnElement[bool]:
        """On a row that names a document: whether the actor sees it."""

    def sees_case_file(
        self, session: Session, actor: Actor, column: SQLColumnExpression[int | None]
    ) -> ColumnElement[bool]:
        """The same of a case file."""
