"""Case files, archival numbers, filing; corrections with a reason"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEPT = {
    "filing": (
        "document_id",
        "archival_no_ascii",
        "fonds",
        "class_code",
        "file_year",
        "case_file_id",
        "dept",
        "series",
        "item",
        "filed_at",
        "filed_by",
    ),
    "case_file": ("fonds", "class_code", "year", "building", "number", "file_no", "created_at", "created_by"),
}
"""A number is never changed, nor what it was made of: not even by a program with a mistake in it."""


def upgrade() -> None:
    op.create_table(
        "number_counter",
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 1", name=op.f("ck_number_counter_last")),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_counter")),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fonds", sa.String(length=5), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("building", sa.String(length=4), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_no", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("responsible_unit", sa.String(length=120), nullable=False),
        sa.Column("cross_ref", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_on", sa.String(length=10), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=False),
        sa.Column("checked_on", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_case_file_closed")),
        sa.CheckConstraint("(year IS NULL) = (building <> '')", name=op.f("ck_case_file_year")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_case_file_state")),
        sa.ForeignKeyConstraint(["class_code"], ["record_class.code"], name=op.f("fk_case_file_class_code")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_case_file_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("file_no", name=op.f("uq_case_file_file_no")),
    )
    op.create_index("ix_case_file_class_code_id", "case_file", ["class_code", "id"], unique=False)
    op.create_index("ix_case_file_unit", "case_file", ["unit"], unique=False)
    op.create_table(
        "case_file_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_file_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "action IN ('opened', 'described', 'closed', 'reopened')", name=op.f("ck_case_file_change_action")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_case_file_change_by")),
        sa.ForeignKeyConstraint(
            ["case_file_id"], ["case_file.id"], name=op.f("fk_case_file_change_case_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file_change")),
    )
    op.create_index(
        "ix_case_file_change_case_file_id_id", "case_file_change", ["case_file_id", "id"], unique=False
    )
    op.create_table(
        "filing",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("archival_no_ascii", sa.String(length=64), nullable=False),
        sa.Column("fonds", sa.String(length=5), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("file_year", sa.Integer(), nullable=False),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("dept", sa.String(length=2), nullable=True),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("retention_rule_id", sa.Integer(), nullable=False),
        sa.Column("responsible", sa.JSON(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("source_kind", sa.String(length=12), nullable=False),
        sa.Column("carries_pii", sa.String(length=9), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("copy_certified_by", sa.String(length=80), nullable=False),
        sa.Column("copy_certified_on", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "carries_pii IN ('none', 'low', 'personal', 'sensitive')", name=op.f("ck_filing_carries_pii")
        ),
        sa.CheckConstraint(
            "dept IS NULL OR dept IN ('KF', 'GC', 'ZX', 'CW', 'BG')", name=op.f("ck_filing_dept")
        ),
        sa.CheckConstraint(
            "form <> 'copy' OR (copy_certified_by <> '' AND copy_certified_on <> '')",
            name=op.f("ck_filing_copy_certified"),
        ),
        sa.CheckConstraint("form IN ('original', 'copy', 'electronic')", name=op.f("ck_filing_form")),
        sa.CheckConstraint(
            "medium IN ('paper', 'electronic', 'both', 'object')", name=op.f("ck_filing_medium")
        ),
        sa.CheckConstraint(
            "source_kind IN ('scan', 'born_digital', 'received', 'generated')",
            name=op.f("ck_filing_source_kind"),
        ),
        sa.CheckConstraint("(dept IS NULL) = (case_file_id IS NOT NULL)", name=op.f("ck_filing_place")),
        sa.CheckConstraint("item >= 1", name=op.f("ck_filing_item")),
        sa.CheckConstraint("pages >= 1", name=op.f("ck_filing_pages")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_filing_quantity")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_filing_case_file_id")),
        sa.ForeignKeyConstraint(["class_code"], ["record_class.code"], name=op.f("fk_filing_class_code")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_filing_document_id")),
        sa.ForeignKeyConstraint(["filed_by"], ["user.id"], name=op.f("fk_filing_filed_by")),
        sa.ForeignKeyConstraint(
            ["retention_rule_id"], ["retention_rule.id"], name=op.f("fk_filing_retention_rule_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_filing")),
        sa.UniqueConstraint("archival_no_ascii", name=op.f("uq_filing_archival_no_ascii")),
        sa.UniqueConstraint("series", "item", name=op.f("uq_filing_series_item")),
    )
    op.create_index("ix_filing_case_file_id_item", "filing", ["case_file_id", "item"], unique=False)
    op.create_index(
        "ix_filing_catalogue",
        "filing",
        ["fonds", "class_code", "file_year", "series", "item"],
        unique=False,
    )
    op.create_table(
        "drawing",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("building", sa.String(length=4), nullable=False),
        sa.Column("drawing_no", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("scale", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("sheet", sa.String(length=20), nullable=False),
        sa.Column("sheet_of", sa.String(length=20), nullable=False),
        sa.Column("floors", sa.String(length=40), nullable=False),
        sa.Column("design_unit", sa.String(length=120), nullable=False),
        sa.Column("designers", sa.String(length=120), nullable=False),
        sa.Column("issue_date", sa.String(length=10), nullable=False),
        sa.Column("change_refs", sa.String(length=200), nullable=False),
        sa.Column("as_built_stamp", sa.String(length=200), nullable=False),
        sa.Column("set_no", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "stage IN ('concept', 'preliminary', 'construction', 'change', 'as_built')",
            name=op.f("ck_drawing_stage"),
        ),
        sa.ForeignKeyConstraint(["class_code"], ["record_class.code"], name=op.f("fk_drawing_class_code")),
        sa.ForeignKeyConstraint(["document_id"], ["filing.document_id"], name=op.f("fk_drawing_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_drawing")),
    )
    op.create_index(
        "ix_drawing_building_class_code_drawing_no",
        "drawing",
        ["building", "class_code", "drawing_no"],
        unique=False,
    )
    op.add_column("correction", sa.Column("reason", sa.String(length=255), nullable=False, server_default=""))
    op.add_column("document", sa.Column("archival_no", sa.String(length=64), nullable=True))
    op.create_index("uq_document_archival_no", "document", ["archival_no"], unique=True)
    _add_triggers()


def _add_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER document_number_kept BEFORE UPDATE OF archival_no ON document "
            "WHEN OLD.archival_no IS NOT NULL AND NEW.archival_no IS NOT OLD.archival_no "
            "BEGIN SELECT RAISE(ABORT, 'document_number_kept'); END"
        )
        op.execute(
            "CREATE TRIGGER number_counter_up BEFORE UPDATE ON number_counter "
            "WHEN NEW.last <= OLD.last OR NEW.series <> OLD.series "
            "BEGIN SELECT RAISE(ABORT, 'number_counter_kept'); END"
        )
        for table, columns in _KEPT.items():
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table in (*_KEPT, "number_counter"):
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER document_number_kept BEFORE UPDATE OF archival_no ON document FOR EACH ROW "
        "WHEN (OLD.archival_no IS NOT NULL AND NEW.archival_no IS DISTINCT FROM OLD.archival_no) "
        "EXECUTE FUNCTION refuse_kept()"
    )
    op.execute(
        "CREATE TRIGGER number_counter_up BEFORE UPDATE ON number_counter FOR EACH ROW "
        "WHEN (NEW.last <= OLD.last OR NEW.series <> OLD.series) EXECUTE FUNCTION refuse_kept()"
    )
    for table, columns in _KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )
    for table in (*_KEPT, "number_counter"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )


def downgrade() -> None:
    raise NotImplementedError("a number that was given is never taken back")
