import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.bulk.rules import (
    LIVE_IMPORTS,
    UNDECIDED,
    EditState,
    ExportState,
    ImportState,
    ItemState,
    RowState,
    Source,
)
from archive_service.kernel.db import Base, BigId, UtcDateTime, among

LIVE = text(f"state IN ({among(LIVE_IMPORTS)})")
WAITING = text("state IN ('gathering', 'requested', 'approved', 'ready')")
BROUGHT = text("state = 'done'")
UNAPPROVED = among((*UNDECIDED, ExportState.FAILED, ExportState.EXPIRED))


class ImportBatch(Base):
    """A zip or a folder with its table, from the first look until every file of it is a document."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(ImportState)})", name="state"),
        CheckConstraint(f"source IN ({among(Source)})", name="source"),
        CheckConstraint("(source = 'zip') = (digest IS NOT NULL)", name="digest"),
        CheckConstraint("state <> 'importing' OR decided_at IS NOT NULL", name="decided"),
        Index("ix_import_batch_created_by_id", "created_by", "id"),
        Index("ix_import_batch_live", "id", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_import_batch_digest", "digest"),
        Index("ix_import_batch_manifest_digest", "manifest_digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(400))  # of the zip, or the whole path of the folder
    digest: Mapped[str | None] = mapped_column(String(64))  # of the zip, in the store
    manifest_name: Mapped[str] = mapped_column(String(255))
    manifest_digest: Mapped[str | None] = mapped_column(String(64))  # None: it lies among the files
    state: Mapped[str] = mapped_column(String(10))
    skip_bad: Mapped[bool] = mapped_column(default=False)
    unread: Mapped[list[str]] = mapped_column(JSON)  # headings that mean nothing here
    trouble: Mapped[str | None] = mapped_column(String(40))  # code of what stopped the whole of it
    trouble_facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the service's own command
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportRow(Base):
    """One row of a table, or a file that no row speaks of. Becomes one document, once."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        CheckConstraint(f"state IN ({among(RowState)})", name="state"),
        CheckConstraint("(state IN ('done', 'here_already')) = (document_id IS NOT NULL)", name="document"),
        CheckConstraint("(state = 'unlisted') = (number IS NULL)", name="number"),
        Index("ix_import_row_batch_id_state_id", "batch_id", "state", "id"),
        Index(
            "uq_import_row_document_id",
            "document_id",
            unique=True,
            sqlite_where=BROUGHT,
            postgresql_where=BROUGHT,
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    number: Mapped[int | None]  # of the row, as the person's program shows it
    path: Mapped[str] = mapped_column(String(500))
    entry: Mapped[str] = mapped_column(
        String(500)
    )  # where its bytes are: place in the zip, or path in the folder
    size: Mapped[int] = mapped_column(BigId)  # bytes
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {column, code, facts}
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"))


class BulkEdit(Base):
    """The same change of many documents: chosen, looked at beforehand, done with a reason."""

    __tablename__ = "bulk_edit"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(EditState)})", name="state"),
        CheckConstraint("state NOT IN ('applying', 'done') OR reason <> ''", name="reason"),
        Index("ix_bulk_edit_created_by_id", "created_by", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(10))
    selection: Mapped[dict[str, Any]] = mapped_column(JSON)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BulkEditItem(Base):
    """One document of an edit; ``fields``: {name: [old, new]} as the preview saw it."""

    __tablename__ = "bulk_edit_item"
    __table_args__ = (
        UniqueConstraint("edit_id", "document_id"),
        CheckConstraint(f"state IN ({among(ItemState)})", name="state"),
        Index("ix_bulk_edit_item_edit_id_state_id", "edit_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    edit_id: Mapped[int] = mapped_column(ForeignKey("bulk_edit.id"))
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    revision: Mapped[int]  # of the description that the person saw
    state: Mapped[str] = mapped_column(String(8))
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    trouble: Mapped[str | None] = mapped_column(String(40))
    trouble_facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class ExportRequest(Base):
    """A list that is to leave the service, with or without the originals."""

    __tablename__ = "export_request"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(ExportState)})", name="state"),
        CheckConstraint("decided_by <> requested_by", name="other_decides"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided"),
        # Originals leave with somebody else's word, or are of the fee classes and finance's own.
        CheckConstraint(
            f"decided_by IS NOT NULL OR NOT with_originals OR fees_only OR state IN ({UNAPPROVED})",
            name="approved",
        ),
        CheckConstraint("NOT with_originals OR reason <> ''", name="reason"),
        CheckConstraint("(state = 'ready') = (digest IS NOT NULL)", name="digest"),
        Index("ix_export_request_requested_by_id", "requested_by", "id"),
        Index("ix_export_request_waiting", "state", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_export_request_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(10))
    selection: Mapped[dict[str, Any]] = mapped_column(JSON)
    with_originals: Mapped[bool]
    fees_only: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    comment: Mapped[str] = mapped_column(String(255), default="")
    documents: Mapped[int] = mapped_column(default=0)
    bytes_expected: Mapped[int] = mapped_column(BigId, default=0)  # of all originals chosen
    written: Mapped[int] = mapped_column(default=0)  # documents in the list so far
    originals: Mapped[int] = mapped_column(default=0)
    withheld: Mapped[int] = mapped_column(default=0)  # originals that the requester may not take away
    digest: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigId)  # bytes
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    trouble: Mapped[str | None] = mapped_column(String(40))


class ExportItem(Base):
    """A document of an export, in the order of the list."""

    __tablename__ = "export_item"
    __table_args__ = (
        UniqueConstraint("export_id", "document_id"),
        Index("ix_export_item_export_id_id", "export_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("export_request.id"))
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
