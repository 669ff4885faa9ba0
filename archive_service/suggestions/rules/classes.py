"""The class of a paper by its heading, its words and its number; and several opinions made into one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from archive_service.suggestions.rules import (
    LEAST,
    Candidate,
    Field,
    Known,
    KnownClass,
    Like,
    Source,
    Span,
    either,
)
from archive_service.suggestions.rules.drawings import discipline, is_drawing
from archive_service.suggestions.rules.paper import Paper
from archive_service.suggestions.rules.words import BODIES, HEADS, NUMBERS

DRAWINGS: Final = "KJ.02"
_GENERIC: Final = frozenset(
    {"现场照片", "检查表", "整改单", "移交清册", "授权委托书", "图纸目录", "处理结果", "收据"}
)
_PREFIX: Final = re.compile(r"(?<![A-Za-z0-9-])([A-Z]{2,3})-20\d\d")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one source holds likely: class → confidence, with the places it goes by."""

    source: Source
    classes: Mapping[str, float]
    spans: Mapping[str, tuple[Span, ...]]


@lru_cache(maxsize=2)
def _compiled() -> tuple[dict[str, list[tuple[float, re.Pattern[str]]]], ...]:
    return tuple(
        {code: [(w, re.compile(words)) for w, words in entries] for code, entries in table.items()}
        for table in (HEADS, BODIES)
    )


@dataclass(slots=True)
class _Grounds:
    """What speaks for each class, gathered while a paper is looked at."""

    known: Known
    confidences: dict[str, list[float]] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)

    def add(self, code: str, confidence: float, where: tuple[Span, ...] = ()) -> None:
        if code in self.known.classes:
            self.confidences.setdefault(code, []).append(confidence)
            self.spans.setdefault(code, []).extend(where)


def by_words(paper: Paper, known: Known) -> Opinion:
    """What the rules hold of it. Of closed and unknown classes nothing is told."""
    grounds = _Grounds(known)
    _by_heading(paper, grounds)
    for code, entries in _compiled()[1].items():
        for weight, words in entries:
            if match := words.search(paper.flat):
                grounds.add(code, weight, paper.spans(*match.span()))
    for code, kind in known.classes.items():
        _by_plan(paper, code, kind, grounds)
    for match in _PREFIX.finditer(paper.flat[: paper.heading + 60]):
        if match[1] in NUMBERS:
            code, weight = NUMBERS[match[1]]
            grounds.add(code, weight, paper.spans(*match.span(1)))
    if is_drawing(paper):
        for part, confidence in discipline(paper)[:3]:
            grounds.add(f"{DRAWINGS}.{part}", max(0.6, confidence * 1.05))
            grounds.add(f"{DRAWINGS}.{part}", 0.9 * confidence)
    scores = _told_apart({code: either(found) for code, found in grounds.confidences.items()})
    spans = {code: tuple(dict.fromkeys(where))[:3] for code, where in grounds.spans.items()}
    return Opinion(Source.RULE, scores, spans)


def _by_heading(paper: Paper, grounds: _Grounds) -> None:
    head, start = paper.flat[: paper.heading], paper.heading
    below = paper.flat[start : start + 160]
    for code, entries in _compiled()[0].items():
        for weight, words in entries:
            if match := words.search(head):
                longer = min(0.02, len(match[0]) / 200)
                grounds.add(code, weight + longer, paper.spans(*match.span()))
            elif words.search(paper.name):
                grounds.add(code, weight * 0.95)
            elif match := words.search(below):
                grounds.add(code, weight * 0.45, paper.spans(start + match.start(), start + match.end()))


def _by_plan(paper: Paper, code: str, kind: KnownClass, grounds: _Grounds) -> None:
    """By the kinds of papers the plan lists for a class, whoever wrote it: their whole names in the heading."""
    head = paper.flat[: paper.heading]
    for words in kind.doc_types:
        weight = 0.35 if words in _GENERIC else min(0.85, 0.35 + 0.09 * len(words))
        at = head.find(words)
        if at >= 0:
            grounds.add(code, weight, paper.spans(at, at + len(words)))
        elif words in paper.name:
            grounds.add(code, weight * 0.9)


def _told_apart(scores: dict[str, float]) -> dict[str, float]:
    """A heading that fits a class and the one below it speaks of the one below; rivals make each other doubtful."""
    total = sum(score**4 for score in scores.values())
    if not total:
        return {}
    return {code: score * (0.35 + 0.65 * score**4 / total) for code, score in scores.items()}


TRUST: Final = {Source.RULE: 0.9, Source.LOOK_ALIKE: 0.75, Source.MODEL: 0.95}
MOST_KEPT: Final = 12
"""Besides those that look-alikes speak for: which of them come first depends on who asks."""


def agreed(
    opinions: Iterable[Opinion], likes: Mapping[str, tuple[Like, ...]], trust: Mapping[Source, float] = TRUST
) -> list[Candidate]:
    """One list of classes from several opinions; each candidate names the source that spoke for it most.

    ``likes``: by class, the papers that look alike. They stand beside the candidates without making them surer:
    that is for ``kept.as_known``, which knows who asks.
    """
    shares: dict[str, list[tuple[float, Opinion]]] = {code: [] for code in likes}
    for opinion in opinions:
        for code, confidence in opinion.classes.items():
            shares.setdefault(code, []).append((confidence * trust.get(opinion.source, 0.5), opinion))
    candidates = []
    for code, told in shares.items():
        told.sort(key=lambda share: -share[0])
        candidates.append(
            Candidate(
                Field.CLASS_CODE,
                code,
                round(either(share for share, _ in told), 4),
                told[0][1].source if told else Source.LOOK_ALIKE,
                next((o.spans[code] for _, o in told if o.spans.get(code)), ()),
                likes=likes.get(code, ()),
                share=round(told[0][0], 4) if told else 0.0,
            )
        )
    candidates.sort(key=lambda c: (-c.confidence, c.value))
    likely = {c.value for c in candidates[:MOST_KEPT] if c.confidence >= LEAST / 5}
    return [c for c in candidates if c.value in likely or c.likes]
