"""What reading a document gives, and the ways in which it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Reason(StrEnum):
    """Why a document couldn't be read; its bytes are kept in any case."""

    PASSWORD_PROTECTED = "password_protected"  # noqa: S105  (a reason, not a password)
    BROKEN = "broken"
    DISGUISED = "disguised"  # says by its name that it is one thing, and is something that could do harm
    UNSUPPORTED = "unsupported"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    BOMB = "bomb"  # unpacks to far more than it is
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    EMPTY = "empty"

    @property
    def is_quarantine(self) -> bool:
        """True if the document itself is at fault; False if another try may go better."""
        return self not in _WORTH_A_RETRY


_WORTH_A_RETRY: Final = frozenset({Reason.TIMED_OUT, Reason.OUT_OF_MEMORY, Reason.CRASHED})


class Unreadable(Exception):
    """``detail`` is for the log: it never holds the document's own words."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason.value, detail)


# Everything that a document may be said to hold.
FLAGS: Final = frozenset(
    {
        "active-javascript",
        "launch-action",
        "javascript-link",
        "remote-action",
        "embedded-files",
        "encrypted",
        "xfa-form",
        "structure-not-verified",
        "external-content",
    }
)


PROPERTIES: Final = frozenset({"pdfa", "fonts", "fonts_missing", "signatures"})
"""``pdfa``: what a PDF says of itself (``2b``, ""); ``fonts`` it uses and how many it does not hold; ``signatures``."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a document is. ``media_type`` is told by its bytes, never by its name.

    ``flags``: some of ``FLAGS``.
    ``title`` is the document's own, unchecked and at most 255 characters; None without one.
    ``properties``: some of ``PROPERTIES``, as far as they were found out; None where nobody looked.
    """

    media_type: str
    page_count: int
    flags: tuple[str, ...]
    title: str | None
    properties: Mapping[str, str | int] | None = None


PageSource = Literal["text", "ocr", "none"]


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page, upright.

    ``number`` from 1. ``rotation``: degrees clockwise that were applied to what a plain viewer would show.
    ``source``: where the text is from; "none" has no text. ``text``: original characters in reading order,
    lines apart by a newline. ``boxes``: see ``kernel.boxes``; ``b""`` if the text has no places.
    ``confidence``: mean probability of the recognised characters, None unless recognised.
    ``preview``, ``thumbnail``: JPEGs, ``b""`` where a page has no picture; ``width`` × ``height`` is the preview's
    size, ``full_width`` × ``full_height`` that of ``tiles``. ``masked_preview``: the preview with personal numbers
    covered, equal to it where a page that could be looked through has none; None where it couldn't be, so that
    people who see numbers covered only get no picture of it. ``long_mm``: of the paper's long side, where that can
    be believed. ``grid``: see ``kernel.grids``.
    """

    number: int
    width: int
    height: int
    rotation: int
    source: PageSource
    text: str
    boxes: bytes
    confidence: float | None
    preview: bytes
    masked_preview: bytes | None
    thumbnail: bytes
    full_width: int
    full_height: int
    long_mm: float | None = None
    grid: bytes | None = None


@dataclass(frozen=True, slots=True)
class TileInfo:
    """Size of a Deep Zoom pyramid's full picture, in pixels, upright."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageText:
    """What a searchable PDF needs to know of a page: fields of ``PageReading`` by the same names."""

    number: int
    width: int
    height: int
    rotation: int
    text: str
    boxes: bytes


Leaf = tuple[int, int, int]
"""A page of one of several documents: which, from 0; its page, from 1; degrees clockwise that it is to be turned."""


@dataclass(frozen=True, slots=True)
class PageLooks:
    """What a page's picture shows beside words: texts of the QR codes on it, whether nothing stands on it, and a
    perceptual hash of 64 bits, by which pictures that look alike are found."""

    codes: tuple[str, ...]
    is_blank: bool
    picture_hash: bytes
