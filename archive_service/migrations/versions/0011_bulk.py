"""Bulk import, editing and export; what is known of papers before they are filed"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bulk_edit",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('chosen', 'previewed', 'applying', 'done', 'cancelled')",
            name=op.f("ck_bulk_edit_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('applying', 'done') OR reason <> ''", name=op.f("ck_bulk_edit_reason")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_bulk_edit_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edit")),
    )
    op.create_index("ix_bulk_edit_created_by_id", "bulk_edit", ["created_by", "id"], unique=False)
    op.create_table(
        "export_request",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("with_originals", sa.Boolean(), nullable=False),
        sa.Column("fees_only", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=255), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("bytes_expected", _BIG, nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("size", _BIG, nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'ready') = (digest IS NOT NULL)", name=op.f("ck_export_request_digest")),
        sa.CheckConstraint("NOT with_originals OR reason <> ''", name=op.f("ck_export_request_reason")),
        sa.CheckConstraint(
            "decided_by IS NOT NULL OR NOT with_originals OR fees_only OR state IN ('gathering', 'requested', 'refused', 'cancelled', 'failed', 'expired')",
            name=op.f("ck_export_request_approved"),
        ),
        sa.CheckConstraint(
            "state IN ('gathering', 'requested', 'approved', 'ready', 'refused', 'cancelled', 'failed', 'expired')",
            name=op.f("ck_export_request_state"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_export_request_decided")
        ),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_export_request_other_decides")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_export_request_decided_by")),
        sa.ForeignKeyConstraint(["requested_by"], ["user.id"], name=op.f("fk_export_request_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_request")),
    )
    op.create_index("ix_export_request_digest", "export_request", ["digest"], unique=False)
    op.create_index(
        "ix_export_request_requested_by_id", "export_request", ["requested_by", "id"], unique=False
    )
    op.create_index(
        "ix_export_request_waiting",
        "export_request",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('gathering', 'requested', 'approved', 'ready')"),
        postgresql_where=sa.text("state IN ('gathering', 'requested', 'approved', 'ready')"),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("manifest_name", sa.String(length=255), nullable=False),
        sa.Column("manifest_digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("skip_bad", sa.Boolean(), nullable=False),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("trouble_facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(source = 'zip') = (digest IS NOT NULL)", name=op.f("ck_import_batch_digest")),
        sa.CheckConstraint("source IN ('zip', 'folder')", name=op.f("ck_import_batch_source")),
        sa.CheckConstraint(
            "state <> 'importing' OR decided_at IS NOT NULL", name=op.f("ck_import_batch_decided")
        ),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'importing', 'done', 'cancelled', 'failed', 'expired')",
            name=op.f("ck_import_batch_state"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_import_batch_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index("ix_import_batch_created_by_id", "import_batch", ["created_by", "id"], unique=False)
    op.create_index("ix_import_batch_digest", "import_batch", ["digest"], unique=False)
    op.create_index(
        "ix_import_batch_live",
        "import_batch",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('checking', 'checked', 'importing')"),
        postgresql_where=sa.text("state IN ('checking', 'checked', 'importing')"),
    )
    op.create_index("ix_import_batch_manifest_digest", "import_batch", ["manifest_digest"], unique=False)
    op.create_table(
        "bulk_edit_item",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("edit_id", _BIG, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("trouble_facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('chosen', 'ready', 'same', 'cannot', 'done', 'stale', 'failed')",
            name=op.f("ck_bulk_edit_item_state"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_bulk_edit_item_document_id")),
        sa.ForeignKeyConstraint(["edit_id"], ["bulk_edit.id"], name=op.f("fk_bulk_edit_item_edit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edit_item")),
        sa.UniqueConstraint("edit_id", "document_id", name=op.f("uq_bulk_edit_item_edit_id_document_id")),
    )
    op.create_index(
        "ix_bulk_edit_item_edit_id_state_id", "bulk_edit_item", ["edit_id", "state", "id"], unique=False
    )
    op.create_table(
        "export_item",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("export_id", _BIG, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_export_item_document_id")),
        sa.ForeignKeyConstraint(["export_id"], ["export_request.id"], name=op.f("fk_export_item_export_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_item")),
        sa.UniqueConstraint("export_id", "document_id", name=op.f("uq_export_item_export_id_document_id")),
    )
    op.create_index("ix_export_item_export_id_id", "export_item", ["export_id", "id"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("batch_id", _BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("entry", sa.String(length=500), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'unlisted') = (number IS NULL)", name=op.f("ck_import_row_number")),
        sa.CheckConstraint(
            "(state IN ('done', 'here_already')) = (document_id IS NOT NULL)",
            name=op.f("ck_import_row_document"),
        ),
        sa.CheckConstraint(
            "state IN ('ready', 'bad', 'unlisted', 'done', 'here_already', 'failed')",
            name=op.f("ck_import_row_state"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_import_row_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_import_row_batch_id_number")),
    )
    op.create_index(
        "ix_import_row_batch_id_state_id", "import_row", ["batch_id", "state", "id"], unique=False
    )
    op.create_index(
        "uq_import_row_document_id",
        "import_row",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("state = 'done'"),
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_table(
        "prepared_facts",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("responsible", sa.JSON(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_prepared_facts_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_prepared_facts")),
    )


def downgrade() -> None:
    raise NotImplementedError(
        "which papers came in together, and which left and by whose word, is on record for good"
    )
