"""One normal form for texts and queries, and the way back to the text as it was written.

Folded are: compatibility forms (NFKC), case, middle dots, traditional characters, invisible characters;
white space runs become one space, and none between two Han characters or behind a hyphen within a number or word,
where a line ended. Characters are folded one by one, a
base letter together with its combining marks, so that every character of the normal form knows where it
came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .variants import SIMPLIFIED

HAN: Final = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
ALNUM: Final = "0-9a-z\u00df-\u00f6\u00f8-\u024f"  # digits and Latin letters of the normal form

_DOTS: Final = "·•・‧∙⋅･"
_UNSEEN: Final = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_COMBINING: Final = "\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\u3099\u309a\uff9e\uff9f"
_MARKED: Final = re.compile(f"(?s).(?:[{_UNSEEN}]*[{_COMBINING}])+")
_SPACE: Final = re.compile(r"\s+")
_HAN_BOTH_SIDES: Final = re.compile(f"(?<=[{HAN}]) +(?=[{HAN}])")
# A number that goes on in the next line: "LSZ-" above, "2026-0290" below.
_WRAPPED: Final = re.compile(f"(?<=[{ALNUM}][-\u2010\u2011]) +(?=[{ALNUM}])")
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs"))
_WHITE_CONTROLS: Final = frozenset("\t\n\v\f\r\x85")


def _fold_cluster(cluster: str) -> str:
    """Normal form of one character, or of one base letter with its marks; "" for invisible ones."""
    if cluster in _WHITE_CONTROLS:
        return " "
    folded = []
    seen = "".join(char for char in cluster if unicodedata.category(char) not in _INVISIBLE or char.isspace())
    for char in unicodedata.normalize("NFKC", seen).lower():
        if char in _DOTS:
            folded.append("·")
        elif char.isspace():
            folded.append(" ")
        elif unicodedata.category(char) not in _INVISIBLE:
            folded.append(SIMPLIFIED.get(char, char))
    return "".join(folded)


class _Folding(dict[int, str]):
    """``str.translate`` table that learns each character when it first meets it (at most 1.1 million)."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()  # characters that become none or several

    def __missing__(self, codepoint: int) -> str:
        folded = _fold_cluster(chr(codepoint))
        if len(folded) != 1:
            self.uneven.add(chr(codepoint))
        self[codepoint] = folded
        return folded


_FOLDING: Final = _Folding()


def _fold(text: str) -> str:
    if _MARKED.search(text) is None:
        return text.translate(_FOLDING)
    parts = []
    done = 0
    for match in _MARKED.finditer(text):
        parts.append(text[done : match.start()].translate(_FOLDING))
        parts.append(_fold_cluster(match.group()))
        done = match.end()
    parts.append(text[done:].translate(_FOLDING))
    return "".join(parts)


def normalise(text: str) -> str:
    """The normal form in which everything is stored, compared and searched; no leading or trailing space."""
    spaced = _SPACE.sub(" ", _fold(text))
    return _WRAPPED.sub("", _HAN_BOTH_SIDES.sub("", spaced)).strip(" ")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A normal form with the origin of each of its characters: ``starts[i]`` … ``ends[i]`` in the written
    text.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def normalise_mapped(text: str) -> Mapped:
    """As :func:`normalise`, together with the offsets into ``text``."""
    folded, starts, ends = _fold_mapped(text)
    keep: list[tuple[int, int]] = []  # stretches of ``folded`` that stay
    done = 0
    for match in _SPACE.finditer(folded):
        begin, end = match.span()
        at_edge = begin == 0 or end == len(folded)
        if at_edge or _goes_on(folded[max(0, begin - 2) : begin], folded[end]):
            keep.append((done, begin))
            done = end
        elif end - begin > 1:
            keep.append((done, begin + 1))
            done = end
    if done == 0:
        return Mapped(folded, starts, ends)
    keep.append((done, len(folded)))
    return Mapped(
        "".join(folded[a:b] for a, b in keep),
        [at for a, b in keep for at in starts[a:b]],
        [at for a, b in keep for at in ends[a:b]],
    )


def _goes_on(before: str, after: str) -> bool:
    """Whether the white space between two characters is none."""
    joined, at = f"{before} {after}", len(before)
    return bool(_HAN_BOTH_SIDES.match(joined, at) or _WRAPPED.match(joined, at))


def _fold_mapped(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    clusters = [match.span() for match in _MARKED.finditer(text)]
    for begin, end in [*clusters, (len(text), len(text))]:
        plain = text[at:begin]
        parts.append(plain.translate(_FOLDING))
        if _FOLDING.uneven.isdisjoint(plain):
            if begin - at == len(text):
                return parts[0], range(begin), range(1, begin + 1)
            starts.extend(range(at, begin))
            ends.extend(range(at + 1, begin + 1))
        else:
            for offset, char in enumerate(plain, at):
                starts.extend([offset] * len(_FOLDING[ord(char)]))
                ends.extend([offset + 1] * len(_FOLDING[ord(char)]))
        if begin < end:
            piece = _fold_cluster(text[begin:end])
            starts.extend([begin] * len(piece))
            ends.extend([end] * len(piece))
            parts.append(piece)
        at = end
    return "".join(parts), starts, ends
