"""Imports and their rows: of whoever began them, and of nobody else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from archive_service.bulk.models import LIVE, ImportBatch, ImportRow
from archive_service.bulk.rules import UNDERWAY_IMPORTS, ImportId, ImportState, RowState, Source
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ImportView:
    """``counts``: rows by state. ``trouble``: code of what stopped the whole; ``trouble_facts`` fill its message."""

    id: ImportId
    source: Source
    name: str
    digest: str
    manifest_name: str
    manifest_digest: str
    state: ImportState
    skip_bad: bool
    unread: tuple[str, ...]
    trouble: str
    trouble_facts: Mapping[str, Any]
    created_at: datetime
    created_by: int | None
    decided_at: datetime | None
    finished_at: datetime | None
    counts: Mapping[RowState, int]

    def count(self, *states: RowState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def ready(self) -> int:
        return self.count(RowState.READY)

    @property
    def left_out(self) -> int:
        """Rows and files that can't be taken."""
        return self.count(RowState.BAD, RowState.UNLISTED)

    @property
    def handled(self) -> int:
        return self.count(RowState.DONE, RowState.HERE_ALREADY, RowState.FAILED)

    @property
    def to_handle(self) -> int:
        return self.handled + self.ready

    @property
    def is_underway(self) -> bool:
        return self.state in UNDERWAY_IMPORTS


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``code`` and ``facts`` of an error, to be said in the language of who looks."""

    column: str
    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowView:
    number: int | None
    path: str
    title: str
    state: RowState
    problems: tuple[RowProblem, ...]
    document_id: DocumentId | None


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None and not actor.is_anonymous:
        return true()
    return ImportBatch.created_by == (actor.user_id or 0)


def _view(batch: ImportBatch, counts: Mapping[RowState, int]) -> ImportView:
    return ImportView(
        id=ImportId(batch.id),
        source=Source(batch.source),
        name=batch.name,
        digest=batch.digest or "",
        manifest_name=batch.manifest_name,
        manifest_digest=batch.manifest_digest or "",
        state=ImportState(batch.state),
        skip_bad=batch.skip_bad,
        unread=tuple(batch.unread),
        trouble=batch.trouble or "",
        trouble_facts=batch.trouble_facts,
        created_at=batch.created_at,
        created_by=batch.created_by,
        decided_at=batch.decided_at,
        finished_at=batch.finished_at,
        counts=counts,
    )


def _counts(session: Session, ids: list[int]) -> dict[int, dict[RowState, int]]:
    query = select(ImportRow.batch_id, ImportRow.state, func.count()).where(ImportRow.batch_id.in_(ids))
    found: dict[int, dict[RowState, int]] = {}
    for batch_id, state, count in session.execute(query.group_by(ImportRow.batch_id, ImportRow.state)):
        found.setdefault(batch_id, {})[RowState(state)] = count
    return found


def import_view(session: Session, actor: Actor, import_id: int) -> ImportView:
    """Raises NotFound, also for those of others."""
    batch = session.scalar(select(ImportBatch).where(ImportBatch.id == import_id, _own(actor)))
    if batch is None:
        raise NotFound()
    return _view(batch, _counts(session, [batch.id]).get(batch.id, {}))


def imports(session: Session, actor: Actor, *, offset: int = 0, limit: int = 20) -> list[ImportView]:
    """Newest first."""
    query = select(ImportBatch).where(_own(actor)).order_by(ImportBatch.id.desc())
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    counts = _counts(session, [row.id for row in rows])
    return [_view(row, counts.get(row.id, {})) for row in rows]


def import_count(session: Session, actor: Actor) -> int:
    return session.scalar(select(func.count()).select_from(ImportBatch).where(_own(actor))) or 0


def _row(row: ImportRow) -> RowView:
    return RowView(
        row.number,
        row.path,
        str(row.told.get("title", "")),
        RowState(row.state),
        tuple(RowProblem(p["column"], p["code"], p["facts"]) for p in row.problems),
        None if row.document_id is None else DocumentId(row.document_id),
    )


def import_rows(
    session: Session, import_id: ImportId, states: tuple[RowState, ...], *, offset: int = 0, limit: int = 50
) -> list[RowView]:
    """In the order of the table, files without a row last. Whoever asks has been let in by ``import_view``."""
    query = select(ImportRow).where(ImportRow.batch_id == import_id)
    query = query.where(ImportRow.state.in_([state.value for state in states]))
    return [_row(row) for row in session.scalars(query.order_by(ImportRow.id).offset(offset).limit(limit))]


def all_import_rows(session: Session, import_id: ImportId, states: tuple[RowState, ...]) -> Iterator[RowView]:
    """As ``import_rows``, some at a time."""
    after = 0
    while True:
        query = select(ImportRow).where(ImportRow.batch_id == import_id, ImportRow.id > after)
        query = query.where(ImportRow.state.in_([state.value for state in states]))
        rows = list(session.scalars(query.order_by(ImportRow.id).limit(_AT_ONCE)))
        if not rows:
            return
        yield from map(_row, rows)
        after = rows[-1].id
        session.expunge_all()


def begun_before(session: Session, folder: str, manifest_digest: str | None) -> ImportId | None:
    """An import of this folder with this table that was stopped in the middle."""
    same = ImportBatch.manifest_digest
    table = same == manifest_digest if manifest_digest else same.is_(None)
    return _begun(session, ImportBatch.source == Source.FOLDER.value, ImportBatch.name == folder, table)


def begun_with(session: Session, digest: str) -> ImportId | None:
    """An import of this zip by a command that was stopped in the middle."""
    return _begun(session, ImportBatch.digest == digest)


def _begun(session: Session, *conditions: ColumnElement[bool]) -> ImportId | None:
    query = select(ImportBatch.id).where(LIVE, ImportBatch.state == ImportState.IMPORTING.value, *conditions)
    found = session.scalar(query.order_by(ImportBatch.id.desc()).limit(1))
    return None if found is None else ImportId(found)
