"""Stored four-property checks, major and minor versions"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REASONS = "'rescan', 'completed', 'corrected', 'new_edition', 'restored', 'other'"
_KEPT = {
    "property_check": ("document_id", "version_id", "stage", "checker", "at", "by", "verdict"),
    "property_check_line": ("check_id", "code", "position", "verdict", "words", "figures"),
}
"""A report says what was found then, whatever would be found today."""


def upgrade() -> None:
    op.create_table(
        "property_check",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("checker", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=5), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_note", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_note = '')", name=op.f("ck_property_check_confirmed")
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR verdict = 'warn'", name=op.f("ck_property_check_confirmable")
        ),
        sa.CheckConstraint(
            "stage IN ('filing', 'version', 'review', 'delivery')", name=op.f("ck_property_check_stage")
        ),
        sa.CheckConstraint("verdict IN ('pass', 'warn', 'fatal')", name=op.f("ck_property_check_verdict")),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_property_check_by")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["user.id"], name=op.f("fk_property_check_confirmed_by")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_property_check_document_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_property_check_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_property_check")),
    )
    op.create_index("ix_property_check_document_id_id", "property_check", ["document_id", "id"], unique=False)
    op.create_index("ix_property_check_version_id_id", "property_check", ["version_id", "id"], unique=False)
    op.create_table(
        "property_check_line",
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=24), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_property_check_line_position")),
        sa.CheckConstraint(
            "verdict IN ('pass', 'warn', 'fatal', 'not_checked')", name=op.f("ck_property_check_line_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["check_id"], ["property_check.id"], name=op.f("fk_property_check_line_check_id")
        ),
        sa.PrimaryKeyConstraint("check_id", "code", name=op.f("pk_property_check_line")),
    )
    op.add_column("page", sa.Column("long_mm", sa.Double(), nullable=True))
    op.add_column("page", sa.Column("grid", sa.LargeBinary(), nullable=True))
    op.add_column("version", sa.Column("properties", sa.JSON(), nullable=True))
    op.add_column("version", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("version", sa.Column("unmarked_at", sa.DateTime(timezone=True), nullable=True))
    # Said in SQL because Alembic would copy the whole table for a CHECK on SQLite, and what refers to it forbids that.
    for column in (
        (
            "reason_code VARCHAR(12) DEFAULT '' NOT NULL "
            f"CONSTRAINT ck_version_reason_code CHECK (reason_code IN ('', {_REASONS}))"
        ),
        'unmarked_by INTEGER CONSTRAINT fk_version_unmarked_by REFERENCES "user" (id)',
        (
            "unmarked_why VARCHAR(255) DEFAULT '' NOT NULL "
            "CONSTRAINT ck_version_unmarked CHECK ((unmarked_at IS NULL) = (unmarked_why = ''))"
        ),
    ):
        op.execute(f"ALTER TABLE version ADD COLUMN {column}")
    # What was said of the paper when these bytes came: what had been corrected by then.
    op.execute(
        "UPDATE version SET revision = COALESCE((SELECT MAX(correction.revision) FROM correction "
        "WHERE correction.document_id = version.document_id AND correction.at <= version.created_at), 1)"
    )
    _add_triggers()


def _add_triggers() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, columns in _KEPT.items():
        told = ", ".join(f'"{column}"' for column in columns)
        if is_sqlite:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {told} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {told} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
            )


def downgrade() -> None:
    raise NotImplementedError("what was found in a check is never forgotten")
