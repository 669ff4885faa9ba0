"""Scans split and merged, and what looks alike"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REPLACED = "replaced_at IS NULL OR discarded_at IS NOT NULL"


def upgrade() -> None:
    _add_replaced_at()
    op.create_table(
        "rearrangement",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (trouble IS NOT NULL)", name=op.f("ck_rearrangement_trouble")
        ),
        sa.CheckConstraint(
            "(state = 'undone') = (undone_at IS NOT NULL)", name=op.f("ck_rearrangement_undone")
        ),
        sa.CheckConstraint(
            "(state = 'wanted') = (finished_at IS NULL)", name=op.f("ck_rearrangement_finished")
        ),
        sa.CheckConstraint(
            "state IN ('wanted', 'done', 'failed', 'undone')", name=op.f("ck_rearrangement_state")
        ),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_rearrangement_undone_by")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_rearrangement_created_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["user.id"], name=op.f("fk_rearrangement_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rearrangement")),
    )
    op.create_index("ix_rearrangement_created_by_id", "rearrangement", ["created_by", "id"], unique=False)
    op.create_table(
        "separator_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=True),
        sa.Column("file_no", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_separator_sheet_class_code")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_separator_sheet_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separator_sheet")),
        sa.UniqueConstraint("target", name=op.f("uq_separator_sheet_target")),
        sa.UniqueConstraint("token", name=op.f("uq_separator_sheet_token")),
    )
    op.create_table(
        "look_key",
        sa.Column("key", _BIG, autoincrement=False, nullable=False),
        sa.Column("version_id", _BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_look_key_version_id")),
        sa.PrimaryKeyConstraint("key", "version_id", name=op.f("pk_look_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "page_look",
        sa.Column("version_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_blank", sa.Boolean(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("is_blank OR sheet_id IS NOT NULL", name=op.f("ck_page_look_something")),
        sa.ForeignKeyConstraint(["sheet_id"], ["separator_sheet.id"], name=op.f("fk_page_look_sheet_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_page_look_version_id")),
        sa.PrimaryKeyConstraint("version_id", "number", name=op.f("pk_page_look")),
    )
    op.create_table(
        "rearranged_paper",
        sa.Column("rearrangement_id", _BIG, nullable=False),
        sa.Column("role", sa.String(length=6), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", _BIG, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('source', 'result')", name=op.f("ck_rearranged_paper_role")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_rearranged_paper_position")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_rearranged_paper_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["rearrangement_id"], ["rearrangement.id"], name=op.f("fk_rearranged_paper_rearrangement_id")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_rearranged_paper_version_id")),
        sa.PrimaryKeyConstraint("rearrangement_id", "role", "position", name=op.f("pk_rearranged_paper")),
    )
    op.create_index("ix_rearranged_paper_document_id", "rearranged_paper", ["document_id"], unique=False)
    op.create_index(
        "uq_rearranged_paper_live",
        "rearranged_paper",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("role = 'source' AND live"),
        postgresql_where=sa.text("role = 'source' AND live"),
    )
    op.create_table(
        "scan_look",
        sa.Column("version_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_print", sa.LargeBinary(), nullable=False),
        sa.Column("number_print", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(length=8), nullable=True),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "proposal IN ('none', 'open', 'taken', 'declined')", name=op.f("ck_scan_look_proposal")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_scan_look_document_id")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_scan_look_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_scan_look")),
    )
    op.create_index("ix_scan_look_document_id", "scan_look", ["document_id"], unique=False)
    op.create_index(
        "ix_scan_look_proposal",
        "scan_look",
        ["document_id"],
        unique=False,
        sqlite_where=sa.text("proposal = 'open'"),
        postgresql_where=sa.text("proposal = 'open'"),
    )

    _add_triggers()


def _add_replaced_at() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # In one statement: SQLite adds a rule to a table only together with the column that it is about.
        op.execute(
            f"ALTER TABLE document ADD COLUMN replaced_at DATETIME CONSTRAINT ck_document_replaced CHECK ({_REPLACED})"
        )
        return
    op.add_column("document", sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_document_replaced"), "document", _REPLACED)


def _add_triggers() -> None:
    """What was asked for, and what came of it, stays on record."""
    for table in ("rearrangement", "rearranged_paper"):
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
    raise NotImplementedError("which paper was made of which pages is never forgotten")
