"""The life of a version, what a description may hold, and who sees what. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import STAR, mask, spans
from archive_service.kernel.masking_writing import INVISIBLE


class VersionState(StrEnum):
    RECEIVED = "received"
    READING = "reading"
    READABLE = "readable"
    SEARCHABLE = "searchable"
    QUARANTINED = "quarantined"  # the file itself is the reason; its bytes are kept
    NEEDS_ATTENTION = "needs_attention"  # reading failed for a reason that may pass


class VersionStep(StrEnum):
    START_READING = "start-reading"
    FINISH_READING = "finish-reading"
    INDEX = "index"
    REINDEX = "reindex"
    QUARANTINE = "quarantine"
    GIVE_UP = "give-up"
    RETRY = "retry"


S = VersionState
MOVES: Final[dict[VersionStep, tuple[frozenset[VersionState], VersionState]]] = {
    # Reading starts again from "reading" itself: a worker that died left it there.
    VersionStep.START_READING: (frozenset({S.RECEIVED, S.READING}), S.READING),
    VersionStep.FINISH_READING: (frozenset({S.READING}), S.READABLE),
    VersionStep.INDEX: (frozenset({S.READABLE, S.SEARCHABLE}), S.SEARCHABLE),
    VersionStep.REINDEX: (frozenset({S.READABLE, S.SEARCHABLE}), S.READABLE),
    VersionStep.QUARANTINE: (frozenset({S.RECEIVED, S.READING}), S.QUARANTINED),
    VersionStep.GIVE_UP: (frozenset({S.RECEIVED, S.READING}), S.NEEDS_ATTENTION),
    VersionStep.RETRY: (frozenset({S.QUARANTINED, S.NEEDS_ATTENTION}), S.RECEIVED),
}

UNREAD: Final = (S.RECEIVED, S.READING)
READ: Final = (S.READABLE, S.SEARCHABLE)
STUCK: Final = (S.QUARANTINED, S.NEEDS_ATTENTION)
UNDERWAY: Final = (*UNREAD, S.READABLE)
"""States that change by themselves before long."""


LARGEST_REVISION: Final = 2**31 - 1  # of a description: its column holds no more
NO_SUCH_REVISION: Final = -1


class WrongState(Conflict):
    code = "version.wrong-state"
    message = N_("This is no longer possible: somebody or something was faster. Please look at it again.")


def after(state: VersionState, step: VersionStep) -> VersionState:
    """The state after ``step``. Raises WrongState where the life has no such step."""
    sources, target = MOVES[step]
    if state not in sources:
        raise WrongState()
    return target


class BadField(Invalid):
    """``field`` names it, ``problem`` is the reason, itself a message id."""

    code = "document.bad-field"
    message = N_("%(problem)s")


class BadDate(Invalid):
    code = "document.bad-date"
    message = N_("“%(value)s” is not a date. Write it like 2026-03-08, or 2026-03, or 2026.")


class TooLong(Invalid):
    code = "document.too-long"
    message = N_("“%(field)s” may have at most %(most)s characters.")


class LevelTooLow(Forbidden):
    code = "document.level-too-low"
    message = N_("The level can't be made lower than it is, nor lower than the one of its class.")


class ClassIsKept(Conflict):
    code = "document.class-is-kept"
    message = N_("A document that has a class keeps one. Please choose the class that is right.")


class CoveredNumber(Invalid):
    code = "document.covered-number"
    message = N_("There are stars in place of digits. Please write the number in full.")


class PagesClosed(Forbidden):
    code = "document.pages-closed"
    message = N_("You may see what is known of this document, but not what its pages say.")


class ReasonAsked(Forbidden):
    code = "document.reason-asked"
    message = N_("This paper is confidential. Please say first why you need to see it.")


TELLING_OF_OTHERS: Final = frozenset({"relation.added", "relation.removed"})
"""Events of one paper or file that tell that there is another: only for who sees whatever that may be."""

OPENED_FOR: Final = timedelta(hours=1)
"""How long a reason given opens one confidential paper to one person."""
REASON_LENGTH: Final = 255


class NeedsReason(Invalid):
    code = "document.needs-reason"
    message = N_("Please say in a few words why.")


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a document from people. Empty strings mean "not known yet".

    ``doc_date``: ISO, may be partial (``2026``, ``2026-03``). ``level`` None: take the class's.
    """

    title: str = ""
    class_code: str = ""
    file_no: str = ""
    doc_number: str = ""
    unit: str = ""
    owner: str = ""
    doc_date: str = ""
    level: Level | None = None


FIELD_LENGTHS: Final = {
    "title": 255,
    "class_code": 12,
    "file_no": 64,
    "doc_number": 64,
    "unit": 64,
    "owner": 80,
    "doc_date": 10,
}

_DATE = re.compile(r"(\d{4})(?:\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2})\s*日?|\s*月)?|\s*年)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


def clean_text(text: str) -> str:
    """One line as it may be stored: NFC, without control, direction-changing and empty characters, trimmed.

    A text in which nothing can be seen is "".
    """
    kept = "".join(
        " " if c in "\t\r\n" else c
        for c in text
        if c in "\t\r\n" or (unicodedata.category(c) not in _UNSAFE and c not in INVISIBLE)
    )
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    # Accents and selectors belong to the character before them; alone they show nothing.
    return line if any(unicodedata.category(c) not in ("Mn", "Me", "Zs") for c in line) else ""


_UNSAFE: Final = ("Cc", "Cf", "Cs", "Co", "Cn")


def clean_date(text: str) -> str:
    """ISO date, possibly partial, from the ways in which people write it. Raises BadDate."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return ""
    match = _COMPACT_DATE.fullmatch(folded) or _DATE.fullmatch(folded)
    if match is None:
        raise BadDate(field="doc_date", value=text[:40])
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        date(year, month or 1, day or 1)
    except ValueError as error:
        raise BadDate(field="doc_date", value=text[:40]) from error
    if not 1900 <= year <= 2200:
        raise BadDate(field="doc_date", value=text[:40])
    return "-".join([f"{year:04}"] + [f"{part:02}" for part in (month, day) if part])


def first_day(doc_date: str) -> date | None:
    """The first day of a possibly partial ISO date, for sorting and for before/after."""
    if not doc_date:
        return None
    year, month, day = ([int(p) for p in doc_date.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def clean_description(raw: Description) -> Description:
    """Texts made safe to store and checked for length. Raises TooLong, BadDate."""
    values = {name: clean_text(getattr(raw, name)) for name in FIELD_LENGTHS if name != "doc_date"}
    for name, value in values.items():
        if len(value) > FIELD_LENGTHS[name]:
            raise TooLong(field=name, most=FIELD_LENGTHS[name])
    return Description(doc_date=clean_date(raw.doc_date), level=raw.level, **values)


def safe_file_name(name: str) -> str:
    """The name a file came with, as data to show: no path, no control characters, at most 200 bytes of UTF-8.

    It never names anything on our disk. Unix and Windows separators both end a directory part.
    """
    base = clean_text(name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    encoded = base.encode("utf-8")
    if len(encoded) > 200:
        stem, dot, suffix = base.rpartition(".")
        suffix = dot + suffix if stem and len(suffix) <= 10 else ""
        base = base.encode()[: 200 - len(suffix.encode())].decode("utf-8", "ignore") + suffix
    return base or "file"


def title_from_file_name(file_name: str) -> str:
    """A first title for a document that came without one."""
    stem, dot, suffix = file_name.rpartition(".")
    return (stem if dot and 1 <= len(suffix) <= 5 else file_name) or file_name


def default_level(class_level: Level | None, asked: Level | None) -> Level:
    """The level a document gets: its class's or a higher one; PERSONAL while nobody knows what it is."""
    floor = class_level or Level.PERSONAL
    if asked is None:
        return floor
    return asked if class_level is None or asked.rank >= floor.rank else floor


def is_chosen(class_level: Level | None, asked: Level | None) -> bool:
    """Whether ``asked`` says something that the class, or having none, doesn't say already."""
    return asked is not None and asked is not default_level(class_level, None)


def described_level(
    old: Level, class_level: Level | None, asked: Level | None, *, chosen: bool, classed: bool
) -> Level:
    """The level after a change of the description: never below the class's, and never below ``old``.

    Only a level that nobody had ``chosen`` gives way to the one of the first class. ``class_level``: of the
    class it has from now on; ``classed``: whether it had one before. Raises LevelTooLow.
    """
    gives_way = class_level is not None and not classed and not chosen
    floor = old if class_level is None else class_level
    if not gives_way:
        floor = max(floor, old, key=lambda level: level.rank)
    # A level that is sent back as it stood is no wish, except against the class that would lower it.
    if asked is None or (asked is old and not gives_way):
        return floor
    if asked.rank < floor.rank:
        raise LevelTooLow(field="level")
    return asked


def uncovered(field: str, sent: str, stored: str) -> str:
    """``sent`` with the stored characters back under the stars that ``mask`` had shown in their place.

    Stars stand for what they covered only between the very digits that were shown beside them; of several such
    places the one with the most of the same text around it. Nothing is put back where ``mask`` would not cover
    it again: else whoever may see a number covered could learn it by writing something else around it. Stars
    that stood in the stored text itself stay. Raises CoveredNumber for all others but a single one in a field
    that has nothing to cover (a size: 5*10).
    """
    if STAR not in sent or sent == stored:
        return sent
    shown, runs = mask(stored), list(spans(stored))
    literal = set(
        _STARS.findall("".join(_SEPARATOR if _within(at, runs) else c for at, c in enumerate(stored)))
    )
    harmless = literal if runs else {*literal, STAR}
    text, put_back, at = sent, list[int](), 0
    while (at := text.find(STAR, at)) >= 0:
        fitting = [run for run in runs if _stands_for(sent, at, shown, run)]
        if fitting:
            run = max(fitting, key=lambda run: _around(sent, at, shown, run))
            runs.remove(run)
            end = at + run[1] - run[0]
            put_back += [i for i in range(at, end) if text[i] == STAR]
            text = text[:at] + stored[run[0] : run[1]] + text[end:]
        else:
            stars = _STARS.match(sent, at)
            assert stars is not None
            if stars[0] not in harmless:
                raise CoveredNumber(field=field)
            end = stars.end()
        at = end
    again = mask(text)
    if any(again[i] != STAR for i in put_back):
        raise CoveredNumber(field=field)
    return text


_STARS: Final = re.compile(r"\*+")
_SEPARATOR: Final = "\n"
_DIGITS: Final = re.compile(r"\d*")
Run = tuple[int, int]


def _within(at: int, runs: Sequence[Run]) -> bool:
    return any(start <= at < end for start, end in runs)


def _stands_for(sent: str, at: int, shown: str, run: Run) -> bool:
    """Whether the stars of ``sent`` at ``at`` are those of ``run``, the digits shown beside them included."""
    start, end = run
    stars = shown[start:end]
    beside = ((sent[:at][::-1], shown[:start][::-1]), (sent[at + len(stars) :], shown[end:]))
    return (
        sent.startswith(stars, at)
        and not beside[1][0].startswith(STAR)
        and all(_digits(told) == _digits(known) for told, known in beside)
    )


def _digits(text: str) -> str:
    """Those it begins with."""
    found = _DIGITS.match(text)
    return found[0] if found else ""


def _around(sent: str, at: int, shown: str, run: Run) -> tuple[int, int]:
    """How many characters before and after the stars are the same."""
    start, end = run
    return _alike(sent[:at][::-1], shown[:start][::-1]), _alike(sent[at + end - start :], shown[end:])


def _alike(one: str, other: str) -> int:
    """How many characters they have in common from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def rights_token(level: Level, class_code: str, created_by: int | None) -> str:
    """The opaque word under which the search index keeps who may see a document.

    A document without a class is also seen by the person who brought it in, so its token names them.
    """
    return f"{level}/{class_code}" if class_code else f"{level}//{created_by or 0}"
