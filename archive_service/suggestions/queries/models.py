"""The models that were trained, and how what they and the rules proposed was met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level, Sight
from archive_service.suggestions.models import SuggestionFeedback, SuggestionModel
from archive_service.suggestions.rules import Field, LeftFor
from archive_service.suggestions.rules.feedback import Met

MOST_MODELS: Final = 20


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Of the held-back papers: ``examined`` have the class, ``claimed`` were told to have it, ``right`` both."""

    code: str
    learnt: int
    examined: int
    claimed: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        return self.right / self.examined if self.examined else None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """``confusions``: (class, told for it, how often). ``sure``: (from, papers, right) by tenths of probability.
    ``left_for``: why it was not taken, None if it was; ``rival``: the model that was in use then, and ``rival_accuracy``
    how often that one was right with the same papers."""

    version: int
    trained_at: datetime
    documents: int
    held_back: int
    accuracy: float
    seconds: float
    size: int
    is_active: bool
    rules_accuracy: float
    commonest_accuracy: float
    new_forms: int  # held-back papers on forms of which nothing was learnt
    new_forms_right: int
    classes: tuple[ClassScore, ...]
    confusions: tuple[tuple[str, str, int], ...]
    sure: tuple[tuple[float, int, int], ...]
    left_for: LeftFor | None
    rival: int | None
    rival_accuracy: float | None


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often a person filed what was proposed: first, among the others, not at all, or with nothing proposed."""

    field: Field
    first: int
    listed: int
    missed: int
    none: int

    @property
    def proposed(self) -> int:
        return self.first + self.listed + self.missed

    @property
    def share(self) -> float | None:
        return self.first / self.proposed if self.proposed else None


def trained_models(session: Session) -> list[ModelRow]:
    """Newest first."""
    query = select(SuggestionModel).order_by(SuggestionModel.id.desc()).limit(MOST_MODELS)
    return [_row(model) for model in session.scalars(query)]


def as_seen(row: ModelRow, actor: Actor, levels: Mapping[str, Level]) -> ModelRow:
    """Without the classes whose papers the actor doesn't see: how many of them are filed is told by nothing else
    either. ``levels``: of the classes, by code."""

    def seen(code: str) -> bool:
        return code in levels and actor.sight(levels[code], code) >= Sight.FACTS

    return replace(
        row,
        classes=tuple(score for score in row.classes if seen(score.code)),
        confusions=tuple(one for one in row.confusions if seen(one[0]) and seen(one[1])),
    )


def referenced_digests(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these blobs are weights of a model."""
    query = select(SuggestionModel.digest).where(SuggestionModel.digest.in_(list(digests)))
    return set(session.scalars(query))


def hit_rates(session: Session, since: datetime | None = None) -> list[HitRate]:
    """By field, in their order; fields that nobody has filed yet are left out."""
    query = select(SuggestionFeedback.field, SuggestionFeedback.met, func.count())
    if since is not None:
        query = query.where(SuggestionFeedback.at >= since)
    counted: dict[str, dict[str, int]] = {}
    for field, met, count in session.execute(
        query.group_by(SuggestionFeedback.field, SuggestionFeedback.met)
    ):
        counted.setdefault(field, {})[met] = count
    return [
        HitRate(field, *(counted[field].get(met.value, 0) for met in Met))
        for field in Field
        if field in counted
    ]


def _row(m: SuggestionModel) -> ModelRow:
    scores: dict[str, Any] = m.scores
    return ModelRow(
        version=m.id,
        trained_at=m.trained_at,
        documents=m.documents,
        held_back=m.held_back,
        accuracy=m.accuracy,
        seconds=m.seconds,
        size=m.size,
        is_active=m.is_active,
        rules_accuracy=scores["rules_right"] / m.held_back,
        commonest_accuracy=scores["commonest_right"] / m.held_back,
        new_forms=scores["new_examined"],
        new_forms_right=scores["new_right"],
        classes=tuple(
            ClassScore(code, c["learnt"], c["examined"], c["claimed"], c["right"])
            for code, c in scores["classes"].items()
        ),
        confusions=tuple((truth, told, count) for truth, told, count in scores["confusions"]),
        sure=tuple((step / 10, count, right) for step, count, right in scores["sure"]),
        left_for=LeftFor(scores["left_for"]) if scores.get("left_for") else None,
        rival=scores.get("rival"),
        rival_accuracy=None if scores.get("active_right") is None else scores["active_right"] / m.held_back,
    )
