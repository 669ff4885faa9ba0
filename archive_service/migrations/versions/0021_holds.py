"""Holds"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STANDING = sa.text("released_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=13), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("class_code", sa.String(length=12), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("release_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "kind IN ('preserve', 'preserve_no_takeout', 'no_access')", name=op.f("ck_hold_kind")
        ),
        sa.CheckConstraint(
            "cause IN ('litigation', 'arbitration', 'audit', 'investigation', 'complaint', 'other')",
            name=op.f("ck_hold_cause"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_hold_reason")),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_hold_one_scope"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_hold_days")),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason = '')",
            name=op.f("ck_hold_release"),
        ),
        sa.CheckConstraint("released_by <> placed_by", name=op.f("ck_hold_released_by_another")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_hold_document_id")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_hold_case_file_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hold_unit_id")),
        sa.ForeignKeyConstraint(["class_code"], ["record_class.code"], name=op.f("fk_hold_class_code")),
        sa.ForeignKeyConstraint(["placed_by"], ["user.id"], name=op.f("fk_hold_placed_by")),
        sa.ForeignKeyConstraint(["released_by"], ["user.id"], name=op.f("fk_hold_released_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("number", name=op.f("uq_hold_number")),
    )
    for column in ("document_id", "case_file_id", "unit_id", "class_code", "review_on"):
        op.create_index(
            f"ix_hold_standing_{column}",
            "hold",
            [column],
            unique=False,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        )
    op.create_index("ix_hold_released_at", "hold", ["released_at", "id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what was held, by whom and why is kept")
