"""The file plan in versions, with retention rules of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What these columns hold comes with the plan, which the next start loads: no version has any content yet.
    with op.batch_alter_table("scheme_version") as batch_op:
        batch_op.add_column(sa.Column("content", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("reason", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("loaded_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_scheme_version_loaded_by"), "user", ["loaded_by"], ["id"])
    op.execute("UPDATE scheme_version SET version = version || '-' || id")
    with op.batch_alter_table("scheme_version") as batch_op:
        batch_op.alter_column("content", server_default=None)
        batch_op.alter_column("changes", server_default=None)
        batch_op.alter_column("reason", server_default=None)
        batch_op.create_unique_constraint(op.f("uq_scheme_version_version"), ["version"])
    with op.batch_alter_table("record_class") as batch_op:
        batch_op.drop_column("retention_zh")
        batch_op.add_column(sa.Column("is_closed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("disposition", sa.String(length=10), nullable=True))
        batch_op.add_column(
            sa.Column("on_exit", sa.String(length=16), nullable=False, server_default="retain")
        )
        batch_op.add_column(sa.Column("sources", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("source_status", sa.String(length=16), nullable=False, server_default="practice")
        )
        batch_op.add_column(sa.Column("note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.create_check_constraint(
            op.f("ck_record_class_disposition"), "disposition IN ('permanent', 'review', 'destroy')"
        )
        batch_op.create_check_constraint(
            op.f("ck_record_class_on_exit"), "on_exit IN ('transfer', 'transfer_copy', 'retain')"
        )
        batch_op.create_check_constraint(
            op.f("ck_record_class_source_status"), "source_status IN ('cited', 'cited+practice', 'practice')"
        )
    with op.batch_alter_table("record_class") as batch_op:
        for name in ("is_closed", "on_exit", "sources", "source_status", "note"):
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("scheme_version_id", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label_zh", sa.String(length=80), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("trigger", sa.String(length=40), nullable=True),
        sa.Column("period_limit", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("figure", sa.String(length=8), nullable=False),
        sa.Column("blocked_while", sa.String(length=40), nullable=False),
        sa.CheckConstraint("kind IN ('permanent', 'fixed', 'event')", name=op.f("ck_retention_rule_kind")),
        sa.CheckConstraint(
            "period_limit IN ('min', 'max', 'both')", name=op.f("ck_retention_rule_period_limit")
        ),
        sa.CheckConstraint("figure IN ('law', 'derived', 'practice')", name=op.f("ck_retention_rule_figure")),
        sa.CheckConstraint("(kind = 'permanent') = (years IS NULL)", name=op.f("ck_retention_rule_years")),
        sa.CheckConstraint('(years IS NULL) = ("trigger" IS NULL)', name=op.f("ck_retention_rule_trigger")),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_retention_rule_class_code")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_version.id"], name=op.f("fk_retention_rule_scheme_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    op.create_index(op.f("ix_retention_rule_class_code"), "retention_rule", ["class_code"])
    op.create_index(
        "uq_retention_rule_in_force",
        "retention_rule",
        ["class_code"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )


def downgrade() -> None:
    raise NotImplementedError("papers may be filed under rules that the former tables can't hold")
