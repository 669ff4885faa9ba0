"""Reads for the four-property check: what it looks at, and the reports that are kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.kernel.actor import Actor
from archive_service.records.models import (
    Document,
    EmptyNumber,
    Filing,
    NumberCounter,
    Page,
    PropertyCheck,
    PropertyCheckLine,
    Version,
)
from archive_service.records.queries.pages import page_texts
from archive_service.records.queries.sights import visible
from archive_service.records.rules.attachments import named_attachments
from archive_service.records.rules.four_properties import BY_CODE, SERIES, CheckStage, Figure, Line, Verdict
from archive_service.records.rules.sheets import Sheet
from archive_service.records.rules.state_secrets import mark_on_page

UNSURE: Final = 0.8  # mean certainty of a page's characters
_PAGES_LOOKED_THROUGH: Final = 200
_CHARACTERS_LOOKED_THROUGH: Final = 200_000
_EVENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class PageFigures:
    """``marked``: the first mark of a state secret on any page that was looked through."""

    with_text: int
    unsure: int
    sheets: tuple[Sheet, ...]
    attachments: int
    marked: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A kept report."""

    id: int
    document_id: uuid.UUID
    version_id: int
    version_number: int
    stage: CheckStage
    checker: str
    at: datetime
    by: int | None
    verdict: Verdict
    confirmed_at: datetime | None
    confirmed_by: int | None
    confirmed_note: str
    lines: tuple[Line, ...]

    @property
    def warnings(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.verdict is Verdict.WARN)

    @property
    def count(self) -> Mapping[Verdict, int]:
        return {verdict: sum(line.verdict is verdict for line in self.lines) for verdict in Verdict}


def page_figures(session: Session, version_id: int) -> PageFigures:
    columns = (Page.source, Page.confidence, Page.long_mm, Page.full_width, Page.full_height)
    pages = session.execute(select(*columns).where(Page.version_id == version_id).order_by(Page.number)).all()
    texts, _ = page_texts(
        session, version_id, most=_PAGES_LOOKED_THROUGH, characters=_CHARACTERS_LOOKED_THROUGH
    )
    return PageFigures(
        with_text=sum(page.source != "none" for page in pages),
        unsure=sum(page.confidence is not None and page.confidence < UNSURE for page in pages),
        sheets=tuple(
            Sheet(page.long_mm or 0.0, page.full_width, page.full_height, scanned=page.source != "text")
            for page in pages
        ),
        attachments=named_attachments("\n".join(text for _, text in texts)),
        marked=next((mark for _, text in texts if (mark := mark_on_page(text))), ""),
    )


def receipt_events(session: Session, document_id: uuid.UUID, digest: str) -> int:
    """How many events of the document's trail there are, if one tells of the receipt of these very bytes; else 0."""
    events = audit.trail(session, subject=f"document:{document_id}", limit=_EVENTS)
    return len(events) if any(event.facts.get("digest") == digest for event in events) else 0


def series_of(session: Session, document_id: uuid.UUID) -> tuple[int, int] | None:
    """(papers and void numbers on record, last number given) of the series in which it is filed."""
    series = session.scalar(select(Filing.series).where(Filing.document_id == document_id))
    if series is None:
        return None
    papers = session.scalar(select(func.count()).select_from(Filing).where(Filing.series == series)) or 0
    void = (
        session.scalar(select(func.count()).select_from(EmptyNumber).where(EmptyNumber.series == series)) or 0
    )
    last = session.scalar(select(NumberCounter.last).where(NumberCounter.series == series))
    return papers + void, last or papers + void


def checks(session: Session, actor: Actor, document_id: uuid.UUID, *, limit: int = 20) -> list[CheckRow]:
    """The reports of a document, newest first. Whoever asks has been let in by ``document``. Three statements."""
    query = (
        select(PropertyCheck, Version.number)
        .join(Version, Version.id == PropertyCheck.version_id)
        .where(PropertyCheck.document_id == document_id)
    )
    found = session.execute(query.order_by(PropertyCheck.id.desc()).limit(limit)).all()
    lines = _lines(
        session, [check.id for check, _ in found], counted=_sees_series(session, actor, document_id)
    )
    return [_row(check, number, lines.get(check.id, ())) for check, number in found]


def check_by_id(session: Session, actor: Actor, document_id: uuid.UUID, check_id: int) -> CheckRow | None:
    query = (
        select(PropertyCheck, Version.number)
        .join(Version, Version.id == PropertyCheck.version_id)
        .where(PropertyCheck.document_id == document_id, PropertyCheck.id == check_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    check, number = found
    lines = _lines(session, [check.id], counted=_sees_series(session, actor, document_id))
    return _row(check, number, lines.get(check.id, ()))


def _sees_series(session: Session, actor: Actor, document_id: uuid.UUID) -> bool:
    """Whether the actor sees every paper that stands or stood in the series of this one."""
    series = select(Filing.series).where(Filing.document_id == document_id).scalar_subquery()
    stand = select(Filing.document_id).where(Filing.series == series)
    stood = select(EmptyNumber.document_id).where(EmptyNumber.series == series)
    hidden = select(Document.id).where(or_(Document.id.in_(stand), Document.id.in_(stood)), ~visible(actor))
    return session.scalar(hidden.limit(1)) is None


def latest_verdicts(session: Session, version_ids: Sequence[int]) -> dict[int, Verdict]:
    """The newest report's outcome by version id, in one statement."""
    newest = (
        select(func.max(PropertyCheck.id))
        .where(PropertyCheck.version_id.in_(version_ids))
        .group_by(PropertyCheck.version_id)
    )
    query = select(PropertyCheck.version_id, PropertyCheck.verdict).where(PropertyCheck.id.in_(newest))
    return {version_id: Verdict(verdict) for version_id, verdict in session.execute(query)}


def _lines(session: Session, check_ids: Sequence[int], *, counted: bool) -> dict[int, tuple[Line, ...]]:
    """``counted``: with how many papers its series has; else with the verdict only."""
    query = select(PropertyCheckLine).where(PropertyCheckLine.check_id.in_(check_ids))
    found: dict[int, list[Line]] = {}
    for line in session.scalars(query.order_by(PropertyCheckLine.check_id, PropertyCheckLine.position)):
        figures: dict[str, Figure] = dict(line.figures)
        words = line.words
        if line.code == SERIES:
            words, figures = (f"{words}-counted", figures) if counted else (words, {})
        if line.code in BY_CODE:
            found.setdefault(line.check_id, []).append(Line(line.code, Verdict(line.verdict), words, figures))
    return {check_id: tuple(lines) for check_id, lines in found.items()}


def _row(check: PropertyCheck, number: int, lines: tuple[Line, ...]) -> CheckRow:
    return CheckRow(
        id=check.id,
        document_id=check.document_id,
        version_id=check.version_id,
        version_number=number,
        stage=CheckStage(check.stage),
        checker=check.checker,
        at=check.at,
        by=check.by,
        verdict=Verdict(check.verdict),
        confirmed_at=check.confirmed_at,
        confirmed_by=check.confirmed_by,
        confirmed_note=check.confirmed_note,
        lines=lines,
    )
