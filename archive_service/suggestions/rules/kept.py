"""Candidates as the database keeps them: short keys, since every paper of the inbox has a dozen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive_service.kernel.masking import STAR, mask
from archive_service.suggestions.rules import Candidate, Field, Source, Span


@dataclass(frozen=True, slots=True)
class Kept:
    """``masked``: the value as those read it who see the paper masked only. ``shown``: as a person reads it."""

    field: Field
    value: str
    shown: str
    masked: str
    confidence: float
    source: Source
    spans: tuple[Span, ...]
    likes: tuple[str, ...]


def keep(candidates: Iterable[Candidate], masked_pages: Sequence[str]) -> list[dict[str, Any]]:
    """``masked_pages``: the paper's texts with what has to be covered starred, in their order."""
    return [
        {
            "f": c.field.value,
            "v": c.value,
            **({"s": c.shown} if c.shown and c.shown != c.value else {}),
            **({"m": covered} if (covered := _covered(c, masked_pages)) != c.value else {}),
            "c": c.confidence,
            "o": c.source.value,
            **({"e": [[s.page, s.start, s.end] for s in c.spans]} if c.spans else {}),
            **({"d": list(c.likes)} if c.likes else {}),
        }
        for c in candidates
    ]


def _covered(candidate: Candidate, masked_pages: Sequence[str]) -> str:
    """A number may be covered only for what stands around it: then its place on the page tells, not the value."""
    covered = mask(candidate.value)
    words = "".join(masked_pages[s.page - 1][s.start : s.end] for s in candidate.spans)
    if STAR in words and STAR not in candidate.value and covered == candidate.value:
        return words
    return covered


def told(fields: Iterable[dict[str, Any]]) -> list[Kept]:
    return [
        Kept(
            field=Field(raw["f"]),
            value=raw["v"],
            shown=raw.get("s", raw["v"]),
            masked=raw.get("m", raw["v"]),
            confidence=float(raw["c"]),
            source=Source(raw["o"]),
            spans=tuple(Span(*place) for place in raw.get("e", ())),
            likes=tuple(raw.get("d", ())),
        )
        for raw in fields
    ]
