"""Proposals for papers in the inbox, and the models that made them"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FIELDS = (
    "'class_code', 'unit', 'owner', 'doc_number', 'doc_date', 'amount', 'title', 'drawing_no', 'drawing_title', "
    "'discipline', 'stage', 'scale', 'edition', 'sheet', 'sheet_of', 'floors', 'design_unit', 'issue_date', 'change_refs'"
)


def upgrade() -> None:
    op.create_table(
        "suggestion_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("accuracy", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("documents >= 1", name=op.f("ck_suggestion_model_documents")),
        sa.CheckConstraint("classes >= 2", name=op.f("ck_suggestion_model_classes")),
        sa.CheckConstraint("held_back >= 1", name=op.f("ck_suggestion_model_held_back")),
        sa.CheckConstraint("accuracy >= 0 AND accuracy <= 1", name=op.f("ck_suggestion_model_accuracy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_model")),
    )
    op.create_index(
        "uq_suggestion_model_active",
        "suggestion_model",
        ["is_active"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index("ix_suggestion_model_digest", "suggestion_model", ["digest"])
    op.create_table(
        "proposal",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_proposal_version_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_proposal_document_id")),
        sa.ForeignKeyConstraint(["model_id"], ["suggestion_model.id"], name=op.f("fk_proposal_model_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_document_id", "proposal", ["document_id"])
    op.create_table(
        "likeness",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("band >= 0", name=op.f("ck_likeness_band")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_likeness_document_id")),
        sa.PrimaryKeyConstraint("document_id", "band", name=op.f("pk_likeness")),
    )
    op.create_index("ix_likeness_mark_band", "likeness", ["mark", "band", "document_id"])
    op.create_table(
        "suggestion_feedback",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("met", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"field IN ({_FIELDS})", name=op.f("ck_suggestion_feedback_field")),
        sa.CheckConstraint(
            "met IN ('first', 'listed', 'missed', 'none')", name=op.f("ck_suggestion_feedback_met")
        ),
        sa.CheckConstraint(
            "source IS NULL OR source IN ('rule', 'model', 'look-alike')",
            name=op.f("ck_suggestion_feedback_source"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_suggestion_feedback_document_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_suggestion_feedback_by")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["suggestion_model.id"], name=op.f("fk_suggestion_feedback_model_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_feedback")),
    )
    op.create_index(
        "uq_suggestion_feedback_document_id_field",
        "suggestion_feedback",
        ["document_id", "field"],
        unique=True,
    )
    op.create_index("ix_suggestion_feedback_field_met", "suggestion_feedback", ["field", "met", "at"])


def downgrade() -> None:
    raise NotImplementedError("what people made of proposals is told nowhere else")
