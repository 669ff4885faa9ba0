"""What shall become of the pages of one or several scans: in words that a form, a program and a command all write."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Any, Final, NewType

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid

RearrangementId = NewType("RearrangementId", int)

MOST_SOURCES: Final = 20  # documents in one request; they are named A to T
MOST_PARTS: Final = (
    200  # documents that one request makes: they come in with one transaction, and others wait for it
)
MOST_PAGES: Final = 2000
LONGEST_PLAN: Final = 100_000  # characters
TURNS: Final = (0, 90, 180, 270)

MOVABLE: Final = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "image/bmp",
        "image/heic",
    }
)
"""Kinds of file that have pages which can be taken out."""


class RequestState(StrEnum):
    WANTED = "wanted"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class BadPlan(Invalid):
    code = "scan.bad-plan"
    message = N_("“%(text)s” can't be understood. Write pages like 1-3 5, one new document on each line.")


class NoPages(Invalid):
    code = "scan.no-pages"
    message = N_("Please choose at least one page for every new document.")


class PageTwice(Invalid):
    code = "scan.page-twice"
    message = N_("Page %(page)s of %(letter)s is used twice. Each page can go to one place only.")


class NoSuchPage(Invalid):
    code = "scan.no-such-page"
    message = N_("There is no page %(page)s in %(letter)s.")


class TooMuch(Invalid):
    code = "scan.too-much"
    message = N_("At most %(most)s of these at once. Please do it in several steps.")


class NothingChanges(Invalid):
    code = "scan.nothing-changes"
    message = N_("Nothing would change: all pages would stay as they are.")


class OnlyNewVersion(Conflict):
    code = "scan.only-new-version"
    message = N_(
        "A filed document can't be split or merged. It only gets a new version: pages turned, reordered, left out."
    )


class NotMovable(Conflict):
    code = "scan.not-movable"
    message = N_("The pages of this kind of file can't be taken out.")


class NotRead(Conflict):
    code = "scan.not-read"
    message = N_("This paper has not been read yet, or can't be. Please wait until its pages are shown.")


class SourceChanged(Conflict):
    code = "scan.source-changed"
    message = N_("A newer version of this paper has come in meanwhile. Please look at its pages again.")


class AlreadyUnderway(Conflict):
    code = "scan.already-underway"
    message = N_("This paper is being split or merged already.")


class OutOfSight(Forbidden):
    code = "scan.out-of-sight"
    message = N_("You see this paper with its numbers covered. Only who sees it in clear may move its pages.")


class CanNotUndo(Conflict):
    code = "scan.cannot-undo"
    message = N_(
        "This can't be undone any more: a paper made by it was filed, changed or split further in the meantime."
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A document whose pages are meant, and which of its versions the person saw."""

    document_id: uuid.UUID
    version: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: ``source`` counts from 0, ``page`` from 1; ``turn``: degrees clockwise from how it is shown now."""

    source: int
    page: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A document to be: its pages in order, and what is known of it ("": the source's, or nothing yet)."""

    leaves: tuple[Leaf, ...]
    title: str = ""
    class_code: str = ""
    file_no: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """``reason``: of a new version, why. Pages that stand in no part stay in their source alone."""

    sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    reason: str = ""

    @property
    def is_new_version(self) -> bool:
        """One paper whose pages are only turned, reordered or left out stays the same document."""
        return len(self.sources) == 1 and len(self.parts) == 1


def check(plan: Plan, pages: Sequence[int]) -> None:
    """``pages``: how many each source has. Raises NoPages, PageTwice, NoSuchPage, TooMuch, NothingChanges."""
    if not plan.sources or not plan.parts or not all(part.leaves for part in plan.parts):
        raise NoPages()
    for count, most in (
        (len(plan.sources), MOST_SOURCES),
        (len(plan.parts), MOST_PARTS),
        (sum(len(part.leaves) for part in plan.parts), MOST_PAGES),
    ):
        if count > most:
            raise TooMuch(most=most)
    seen: set[tuple[int, int]] = set()
    for leaf in (leaf for part in plan.parts for leaf in part.leaves):
        if not 0 <= leaf.source < len(plan.sources) or not 1 <= leaf.page <= pages[leaf.source]:
            raise NoSuchPage(page=leaf.page, letter=letter_of(leaf.source))
        if leaf.turn not in TURNS:
            raise BadPlan(text=str(leaf.turn)[:20])
        if (leaf.source, leaf.page) in seen:
            raise PageTwice(page=leaf.page, letter=letter_of(leaf.source))
        seen.add((leaf.source, leaf.page))
    if plan.is_new_version and plan.parts[0].leaves == tuple(
        Leaf(0, number) for number in range(1, pages[0] + 1)
    ):
        raise NothingChanges()
    if {source for source, _ in seen} != set(range(len(plan.sources))):
        raise NoPages()


def letter_of(source: int) -> str:
    return ascii_uppercase[source] if 0 <= source < len(ascii_uppercase) else "?"


_RUN: Final = re.compile(r"([A-Ta-t]?)\s*(\d{1,5})(?:\s*[-–~～]\s*(\d{1,5}))?(?:\s*@\s*(\d{1,3}))?")
_BETWEEN: Final = re.compile(r"[\s,，、;；]+")


def read_parts(text: str) -> tuple[Part, ...]:
    """Parts as people write them: one on each line, ``1-3 5@90 = title | class | file number``.

    Pages of the second document and on have its letter before them: ``A1-3 B2``. ``@90``: turned clockwise.
    Raises BadPlan, TooMuch.
    """
    if len(text) > LONGEST_PLAN:
        raise TooMuch(most=LONGEST_PLAN)
    lines = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) > MOST_PARTS:
        raise TooMuch(most=MOST_PARTS)
    parts, left = [], MOST_PAGES
    for line in lines:
        pages, _, facts = line.partition("=")
        told = [fact.strip() for fact in facts.split("|")] if facts.strip() else []
        if len(told) > 3:
            raise BadPlan(text=line[:40])
        leaves = read_leaves(pages, left)
        left -= len(leaves)
        parts.append(Part(leaves, *told))
    return tuple(parts)


def read_leaves(text: str, most: int = MOST_PAGES) -> tuple[Leaf, ...]:
    """Pages in order, as in one line of ``read_parts``. Raises BadPlan, TooMuch."""
    leaves: list[Leaf] = []
    for piece in filter(None, _BETWEEN.split(text.strip())):
        found = _RUN.fullmatch(piece)
        if found is None or not found[2].isascii():
            raise BadPlan(text=piece[:40])
        source = ascii_uppercase.index(found[1].upper()) if found[1] else 0
        first = int(found[2])
        last, turn = int(found[3] or first), int(found[4] or 0) % 360
        if turn not in TURNS:
            raise BadPlan(text=piece[:40])
        if len(leaves) + abs(last - first) + 1 > most:
            raise TooMuch(most=MOST_PAGES)
        step = 1 if last >= first else -1
        leaves += [Leaf(source, page, turn) for page in range(first, last + step, step)]
    return tuple(leaves)


def write_parts(parts: Sequence[Part], *, lettered: bool) -> str:
    """What ``read_parts`` reads; ``lettered``: there are several documents."""
    return "\n".join(_written(part, lettered=lettered) for part in parts)


def _written(part: Part, *, lettered: bool) -> str:
    pieces: list[str] = []
    run: list[Leaf] = []
    for leaf in part.leaves:
        follows = run and (leaf.source, leaf.page, leaf.turn) == (
            run[0].source,
            run[-1].page + 1,
            run[0].turn,
        )
        if run and not follows:
            pieces.append(_run(run, lettered=lettered))
            run = []
        run.append(leaf)
    if run:
        pieces.append(_run(run, lettered=lettered))
    facts = [
        fact.replace("|", "｜").replace("\n", " ") for fact in (part.title, part.class_code, part.file_no)
    ]
    while facts and not facts[-1]:
        facts.pop()
    return " ".join(pieces) + (f" = {' | '.join(facts)}" if facts else "")


def _run(run: Sequence[Leaf], *, lettered: bool) -> str:
    first, last = run[0], run[-1]
    pages = f"{first.page}-{last.page}" if len(run) > 1 else str(first.page)
    letter = letter_of(first.source) if lettered else ""
    return letter + pages + (f"@{first.turn}" if first.turn else "")


def as_json(plan: Plan) -> dict[str, Any]:
    return {
        "sources": [{"document": str(s.document_id), "version": s.version} for s in plan.sources],
        "parts": [
            {
                "title": part.title,
                "class_code": part.class_code,
                "file_no": part.file_no,
                "pages": [[leaf.source, leaf.page, leaf.turn] for leaf in part.leaves],
            }
            for part in plan.parts
        ],
        "reason": plan.reason,
    }


def from_json(stored: Mapping[str, Any]) -> Plan:
    """The inverse of ``as_json``."""
    return Plan(
        tuple(Source(uuid.UUID(s["document"]), s["version"]) for s in stored["sources"]),
        tuple(
            Part(
                tuple(Leaf(*leaf) for leaf in part["pages"]),
                part["title"],
                part["class_code"],
                part["file_no"],
            )
            for part in stored["parts"]
        ),
        stored["reason"],
    )
