"""Review before filing, locks while editing"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNFILED = sa.text("archival_no IS NULL AND discarded_at IS NULL")
_NUMBERED = sa.text("archival_no IS NOT NULL")
_OPEN = sa.text("state IN ('pending', 'rejected')")
_PENDING = sa.text("state = 'pending'")
_SENT_BACK = sa.text("state = 'rejected'")


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("mender", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("comment", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'rejected', 'answered', 'filed', 'withdrawn')", name=op.f("ck_review_state")
        ),
        sa.CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name=op.f("ck_review_decided")),
        sa.CheckConstraint(
            "(state IN ('rejected', 'answered')) = (reason IS NOT NULL)", name=op.f("ck_review_sent_back")
        ),
        sa.CheckConstraint(
            "reason IS NULL OR reason IN ('bad_scan', 'missing_pages', 'wrong_class', 'wrong_facts', "
            "'duplicate', 'not_ours', 'other')",
            name=op.f("ck_review_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('rejected', 'answered') OR submitted_at IS NOT NULL", name=op.f("ck_review_submitted")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_review_document_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["user.id"], name=op.f("fk_review_submitted_by")),
        sa.ForeignKeyConstraint(["mender"], ["user.id"], name=op.f("fk_review_mender")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_review_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(
        "uq_review_open", "review", ["document_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(
        "ix_review_pending_id",
        "review",
        ["id"],
        unique=False,
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "ix_review_mender_id",
        "review",
        ["mender", "id"],
        unique=False,
        sqlite_where=_SENT_BACK,
        postgresql_where=_SENT_BACK,
    )
    op.create_index("ix_review_document_id", "review", ["document_id"], unique=False)
    op.create_table(
        "edit_lock",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("held_by", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at >= taken_at", name=op.f("ck_edit_lock_expires")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_edit_lock_document_id")),
        sa.ForeignKeyConstraint(["held_by"], ["user.id"], name=op.f("fk_edit_lock_held_by")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_edit_lock")),
    )
    op.create_table(
        "lock_break",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_lock_break_reason")),
        sa.CheckConstraint('"by" <> held_by', name=op.f("ck_lock_break_other")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_lock_break_document_id")),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_lock_break_by")),
        sa.ForeignKeyConstraint(["held_by"], ["user.id"], name=op.f("fk_lock_break_held_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lock_break")),
    )
    op.create_index("ix_lock_break_document_id", "lock_break", ["document_id"], unique=False)
    op.create_index(
        "ix_document_unfiled_id",
        "document",
        ["id", "class_code", "level", "created_by", "archival_no", "discarded_at"],
        unique=False,
        sqlite_where=_UNFILED,
        postgresql_where=_UNFILED,
    )
    op.create_index("ix_filing_class_code_filed_at", "filing", ["class_code", "filed_at"], unique=False)
    op.drop_index("uq_document_archival_no", table_name="document")
    op.create_index(
        "uq_document_archival_no",
        "document",
        ["archival_no"],
        unique=True,
        sqlite_where=_NUMBERED,
        postgresql_where=_NUMBERED,
    )
    # Why a paper was sent back, or a lock broken, is told for ever.
    for table in ("review", "lock_break"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
            )


def downgrade() -> None:
    raise NotImplementedError("why a paper was sent back is kept; an older service could not tell it")
