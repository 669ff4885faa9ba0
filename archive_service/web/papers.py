"""Which paper a form means: pages of lower floors ask for one without knowing the capability that keeps papers.

A form has two fields of a paper (``web/macros.html``: ``paper_choice``): one of those that are likely, chosen, and
another one, typed as its archival number in any spelling, its id or the address of its page. What is typed counts.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import N_, Invalid


class UnknownPaper(Invalid):
    code = "paper.unknown"
    message = N_(
        "There is no paper with this number, or you may not see it. Please compare it with the paper."
    )


_PAPERS: Final = "archive_papers"
TYPED: Final = "_typed"
"""The end of the second field's name: ``document``, ``document_typed``."""


@dataclass(frozen=True, slots=True)
class Paper:
    """As a list of choices shows it: ``title`` with personal numbers covered, ``day`` as written on it."""

    number: str
    title: str
    day: str


class Papers(Protocol):
    def called(self, session: Session, actor: Actor, typed: str) -> uuid.UUID | None:
        """The one that somebody means by a number, an id or an address; None where they see none."""

    def seen(
        self, session: Session, actor: Actor, document_ids: Collection[uuid.UUID | None]
    ) -> frozenset[uuid.UUID]:
        """Those of these papers that the actor may know of, in one statement: no page names another one."""

    def likely(self, session: Session, actor: Actor, unit_ids: Collection[int]) -> list[Paper]:
        """Filed papers about these units that the actor sees, those of a change of title first, then the newest."""


def register_papers(app: Flask, papers: Papers) -> None:
    app.extensions[_PAPERS] = papers


def current_papers() -> Papers:
    found: Papers = current_app.extensions[_PAPERS]
    return found


def paper_meant(form: Mapping[str, str], name: str) -> str:
    """What a form says of a paper, to be looked up with ``called``; "" for nothing."""
    return form.get(name + TYPED, "").strip() or form.get(name, "").strip()
