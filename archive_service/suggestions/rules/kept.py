"""Candidates as the database keeps them: short keys, since every paper of the inbox has a dozen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from archive_service.kernel.masking import STAR, mask
from archive_service.suggestions.rules import (
    LEAST,
    MOST_CANDIDATES,
    Candidate,
    Field,
    Like,
    Source,
    Span,
    either,
)
from archive_service.suggestions.rules.classes import TRUST

_ONE_MAY_ERR: Final = 1.5
"""In marks: a paper alone may have been filed wrongly, several that agree count for more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """``masked``: the value as those read it who see the paper masked only. ``shown``: as a person reads it.
    ``confidence``, ``likes``, ``checked`` and ``share`` as in Candidate."""

    field: Field
    value: str
    shown: str
    masked: str
    confidence: float
    source: Source
    spans: tuple[Span, ...]
    likes: tuple[Like, ...] = ()
    checked: float | None = None
    share: float = 0.0


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
            **({"k": [[like.paper, like.weight] for like in c.likes]} if c.likes else {}),
            **({"r": c.checked} if c.checked is not None else {}),
            **({"w": c.share} if c.share else {}),
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
            likes=tuple(Like(*like) for like in raw.get("k", ())),
            checked=raw.get("r"),
            share=raw.get("w", 0.0),
        )
        for raw in fields
        if "d" not in raw  # of an older form, in which papers that not everybody sees had a say already
    ]


def as_known(kept: Iterable[Kept], seen: Collection[str], *, register: bool) -> list[Kept]:
    """The candidates as somebody may know them, by field in their order, surest first.

    ``seen``: of the papers that look alike, those that they see; the others have no say, not even a small one in how
    sure something is. ``register``: whether they see who owns what; from others the register's word is kept.
    """
    fields: dict[Field, list[Kept]] = {}
    for candidate in kept:
        fields.setdefault(candidate.field, []).append(candidate)
    if Field.CLASS_CODE in fields:
        fields[Field.CLASS_CODE] = _with_likes(fields[Field.CLASS_CODE], frozenset(seen))
    if register and Field.OWNER in fields:
        owners = fields[Field.OWNER]
        fields[Field.OWNER] = _surest(
            c if c.checked is None else replace(c, confidence=c.checked) for c in owners
        )
    return [candidate for candidates in fields.values() for candidate in candidates]


def _with_likes(classes: Iterable[Kept], seen: frozenset[str]) -> list[Kept]:
    votes = [(c, sum(like.weight for like in c.likes if like.paper in seen)) for c in classes]
    total = sum(weight for _, weight in votes) + _ONE_MAY_ERR
    found = []
    for candidate, weight in votes:
        share = TRUST[Source.LOOK_ALIKE] * weight / total
        source = Source.LOOK_ALIKE if share > candidate.share else candidate.source
        sure = round(either((candidate.confidence, share)), 4)
        found.append(replace(candidate, confidence=sure, source=source))
    return _surest(found)


def _surest(candidates: Iterable[Kept]) -> list[Kept]:
    ordered = sorted(candidates, key=lambda c: -c.confidence)
    return [c for c in ordered[:MOST_CANDIDATES] if c.confidence >= LEAST]
