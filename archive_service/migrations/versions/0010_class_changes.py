"""Class changes after filing, due dates, numbers left empty, relations, units by id"""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LEVELS = "('PUBLIC', 'INTERNAL', 'PERSONAL', 'CONFIDENTIAL', 'SENSITIVE')"
_WAITING = sa.text("state = 'waiting'")
_LIVE = sa.text("removed_at IS NULL")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLACE = (
    "archival_no_ascii",
    "fonds",
    "class_code",
    "file_year",
    "case_file_id",
    "dept",
    "series",
    "item",
)
"""What a filed paper's number is made of: it changes with the number only, when the old one stays empty."""


def upgrade() -> None:
    op.create_table(
        "retention_term",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("retention_rule_id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=9), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("trigger_date", sa.Date(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "standing IN ('permanent', 'running', 'waiting')", name=op.f("ck_retention_term_standing")
        ),
        sa.CheckConstraint(
            "(standing = 'running') = (due_date IS NOT NULL) AND (due_date IS NULL) = (start_date IS NULL) "
            "AND (due_date IS NULL) = (trigger_date IS NULL)",
            name=op.f("ck_retention_term_dates"),
        ),
        sa.CheckConstraint(
            "due_date > start_date AND start_date > trigger_date", name=op.f("ck_retention_term_order")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_retention_term_document_id")),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_retention_term_class_code")
        ),
        sa.ForeignKeyConstraint(
            ["retention_rule_id"], ["retention_rule.id"], name=op.f("fk_retention_term_retention_rule_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_retention_term")),
    )
    op.create_index(
        "ix_retention_term_class_code_retention_rule_id",
        "retention_term",
        ["class_code", "retention_rule_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_retention_term_due_date_document_id", "retention_term", ["due_date", "document_id"], unique=False
    )
    op.create_index(
        "ix_retention_term_standing_class_code",
        "retention_term",
        ["standing", "class_code", "document_id"],
        unique=False,
    )
    op.create_table(
        "rule_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("retention_rule_id", sa.Integer(), nullable=False),
        sa.Column("plan_changed_by", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("approved_by <> plan_changed_by", name=op.f("ck_rule_approval_two_people")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_approval_reason")),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_rule_approval_progress")),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_rule_approval_class_code")
        ),
        sa.ForeignKeyConstraint(
            ["retention_rule_id"], ["retention_rule.id"], name=op.f("fk_rule_approval_retention_rule_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_changed_by"], ["user.id"], name=op.f("fk_rule_approval_plan_changed_by")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["user.id"], name=op.f("fk_rule_approval_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_approval")),
    )
    op.create_index("ix_rule_approval_class_code_id", "rule_approval", ["class_code", "id"], unique=False)
    op.create_table(
        "empty_number",
        sa.Column("archival_no", sa.String(length=64), nullable=False),
        sa.Column("archival_no_ascii", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("fonds", sa.String(length=5), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("file_year", sa.Integer(), nullable=False),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emptied_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('withdrawn', 'reclassed', 'moved')", name=op.f("ck_empty_number_kind")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_empty_number_reason")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_empty_number_document_id")),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_empty_number_class_code")
        ),
        sa.ForeignKeyConstraint(
            ["case_file_id"], ["case_file.id"], name=op.f("fk_empty_number_case_file_id")
        ),
        sa.ForeignKeyConstraint(["emptied_by"], ["user.id"], name=op.f("fk_empty_number_emptied_by")),
        sa.PrimaryKeyConstraint("archival_no", name=op.f("pk_empty_number")),
        sa.UniqueConstraint("archival_no_ascii", name=op.f("uq_empty_number_archival_no_ascii")),
        sa.UniqueConstraint("series", "item", name=op.f("uq_empty_number_series_item")),
    )
    op.create_index(
        "ix_empty_number_case_file_id_item", "empty_number", ["case_file_id", "item"], unique=False
    )
    op.create_index(
        "ix_empty_number_catalogue",
        "empty_number",
        ["fonds", "class_code", "file_year", "series", "item"],
        unique=False,
    )
    op.create_index("ix_empty_number_document_id", "empty_number", ["document_id"], unique=False)
    op.create_table(
        "level_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("from_level", sa.String(length=12), nullable=False),
        sa.Column("to_level", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused', 'withdrawn')", name=op.f("ck_level_request_state")
        ),
        sa.CheckConstraint(
            f"from_level IN {_LEVELS} AND to_level IN {_LEVELS}", name=op.f("ck_level_request_level")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_level_request_decided")
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR "
            "(decided_by IS NOT NULL AND (asked_by IS NULL OR decided_by <> asked_by))",
            name=op.f("ck_level_request_two_people"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_level_request_reason")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_level_request_document_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_level_request_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_level_request_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_request")),
    )
    op.create_index(
        "uq_level_request_waiting",
        "level_request",
        ["document_id"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("ix_level_request_document_id_id", "level_request", ["document_id", "id"], unique=False)
    op.create_index("ix_level_request_state_id", "level_request", ["state", "id"], unique=False)
    op.create_table(
        "relation",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("other_document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("other_case_file_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('see_also', 'refers_to', 'supersedes', 'amends', 'answers', 'attached_to')",
            name=op.f("ck_relation_kind"),
        ),
        sa.CheckConstraint(
            "(document_id IS NULL) = (other_document_id IS NULL) AND (case_file_id IS NULL) = "
            "(other_case_file_id IS NULL) AND (document_id IS NULL) <> (case_file_id IS NULL)",
            name=op.f("ck_relation_ends"),
        ),
        sa.CheckConstraint("document_id <> other_document_id", name=op.f("ck_relation_other_document")),
        sa.CheckConstraint("case_file_id <> other_case_file_id", name=op.f("ck_relation_other_case_file")),
        sa.CheckConstraint("removed_at IS NOT NULL OR removed_by IS NULL", name=op.f("ck_relation_removed")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_relation_document_id")),
        sa.ForeignKeyConstraint(
            ["other_document_id"], ["document.id"], name=op.f("fk_relation_other_document_id")
        ),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_relation_case_file_id")),
        sa.ForeignKeyConstraint(
            ["other_case_file_id"], ["case_file.id"], name=op.f("fk_relation_other_case_file_id")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_relation_added_by")),
        sa.ForeignKeyConstraint(["removed_by"], ["user.id"], name=op.f("fk_relation_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    for name, ends in (
        ("uq_relation_documents", ("document_id", "other_document_id", "kind")),
        ("uq_relation_case_files", ("case_file_id", "other_case_file_id", "kind")),
    ):
        op.create_index(name, "relation", ends, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index("ix_relation_other_document_id", "relation", ["other_document_id"], unique=False)
    op.create_index("ix_relation_other_case_file_id", "relation", ["other_case_file_id"], unique=False)
    for table in ("document", "case_file"):
        # Written out: elsewhere a column and its foreign key would be added one after the other, which SQLite can't.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN unit_id INTEGER CONSTRAINT fk_{table}_unit_id REFERENCES unit (id)"
        )
        op.create_index(f"ix_{table}_unit_id_id", table, ["unit_id", "id"], unique=False)
    _add_terms()
    if op.get_bind().dialect.name == "sqlite":
        _add_sqlite_triggers()
    else:
        _add_postgres_triggers()


def _add_terms() -> None:
    """Of papers filed before: what is known of their periods. No event of theirs has been recorded yet."""
    bind = op.get_bind()
    filed = sa.text(
        "SELECT f.document_id, f.class_code, f.retention_rule_id, f.file_year, r.kind, r.years, r.blocked_while "
        "FROM filing f JOIN retention_rule r ON r.id = f.retention_rule_id"
    )
    term = sa.table(
        "retention_term",
        sa.column("document_id"),
        sa.column("class_code"),
        sa.column("retention_rule_id"),
        sa.column("standing"),
        sa.column("trigger_date", sa.Date()),
        sa.column("start_date", sa.Date()),
        sa.column("due_date", sa.Date()),
        sa.column("computed_at", sa.DateTime(timezone=True)),
    )
    on_sqlite = bind.dialect.name == "sqlite"
    now = datetime.now(UTC).replace(tzinfo=None) if on_sqlite else datetime.now(UTC)
    for part in bind.execute(filed).partitions(1000):
        rows = []
        for document_id, class_code, rule_id, year, kind, years, blocked in part:
            runs = kind == "fixed" and blocked != "deposit_unsettled"
            rows.append(
                {
                    "document_id": document_id,
                    "class_code": class_code,
                    "retention_rule_id": rule_id,
                    "standing": "running" if runs else "permanent" if kind == "permanent" else "waiting",
                    "trigger_date": date(year, 12, 31) if runs else None,
                    "start_date": date(year + 1, 1, 1) if runs else None,
                    "due_date": date(year + 1 + years, 1, 1) if runs else None,
                    "computed_at": now,
                }
            )
        bind.execute(term.insert(), rows)


def _add_sqlite_triggers() -> None:
    op.execute("DROP TRIGGER document_number_kept")
    op.execute(
        "CREATE TRIGGER document_number_kept BEFORE UPDATE OF archival_no ON document "
        "WHEN OLD.archival_no IS NOT NULL AND NEW.archival_no IS NOT OLD.archival_no "
        "AND NOT EXISTS (SELECT 1 FROM empty_number WHERE archival_no = OLD.archival_no) "
        "BEGIN SELECT RAISE(ABORT, 'document_number_kept'); END"
    )
    for verb, name in (("UPDATE OF archival_no", "update"), ("INSERT", "insert")):
        op.execute(
            f"CREATE TRIGGER document_number_never_again_{name} BEFORE {verb} ON document "  # noqa: S608
            "WHEN NEW.archival_no IS NOT NULL "
            "AND EXISTS (SELECT 1 FROM empty_number WHERE archival_no = NEW.archival_no) "
            "BEGIN SELECT RAISE(ABORT, 'document_number_kept'); END"
        )
    op.execute("DROP TRIGGER filing_kept")
    op.execute(
        "CREATE TRIGGER filing_kept BEFORE UPDATE OF document_id, filed_at, filed_by ON filing "
        "BEGIN SELECT RAISE(ABORT, 'filing_kept'); END"
    )
    left = "NOT EXISTS (SELECT 1 FROM empty_number WHERE archival_no_ascii = OLD.archival_no_ascii)"
    op.execute(
        f"CREATE TRIGGER filing_place_kept BEFORE UPDATE OF {', '.join(_PLACE)} ON filing WHEN {left} "
        "BEGIN SELECT RAISE(ABORT, 'filing_kept'); END"
    )
    op.execute("DROP TRIGGER filing_no_delete")
    op.execute(
        f"CREATE TRIGGER filing_no_delete BEFORE DELETE ON filing WHEN {left} "
        "BEGIN SELECT RAISE(ABORT, 'filing_kept'); END"
    )
    op.execute(
        "CREATE TRIGGER empty_number_kept BEFORE UPDATE ON empty_number "
        "BEGIN SELECT RAISE(ABORT, 'empty_number_kept'); END"
    )
    for table in ("empty_number", "rule_approval", "level_request", "relation"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
        )


def _add_postgres_triggers() -> None:
    op.execute(
        "CREATE FUNCTION refuse_unless_emptied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_TABLE_NAME = 'document' THEN "
        "IF EXISTS (SELECT 1 FROM empty_number WHERE archival_no = OLD.archival_no) THEN RETURN NEW; END IF; "
        "ELSE "
        "IF EXISTS (SELECT 1 FROM empty_number WHERE archival_no_ascii = OLD.archival_no_ascii) THEN "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "
        "END IF; "
        "RAISE EXCEPTION '%_kept', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_emptied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM empty_number WHERE archival_no = NEW.archival_no) THEN "
        "RAISE EXCEPTION '%_kept', TG_TABLE_NAME USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute("DROP TRIGGER document_number_kept ON document")
    op.execute(
        "CREATE TRIGGER document_number_kept BEFORE UPDATE OF archival_no ON document FOR EACH ROW "
        "WHEN (OLD.archival_no IS NOT NULL AND NEW.archival_no IS DISTINCT FROM OLD.archival_no) "
        "EXECUTE FUNCTION refuse_unless_emptied()"
    )
    for verb, name in (("UPDATE OF archival_no", "update"), ("INSERT", "insert")):
        op.execute(
            f"CREATE TRIGGER document_number_never_again_{name} BEFORE {verb} ON document FOR EACH ROW "
            "WHEN (NEW.archival_no IS NOT NULL) EXECUTE FUNCTION refuse_emptied()"
        )
    op.execute("DROP TRIGGER filing_kept ON filing")
    op.execute(
        "CREATE TRIGGER filing_kept BEFORE UPDATE OF document_id, filed_at, filed_by ON filing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
    )
    op.execute(
        f"CREATE TRIGGER filing_place_kept BEFORE UPDATE OF {', '.join(_PLACE)} ON filing FOR EACH ROW "
        "EXECUTE FUNCTION refuse_unless_emptied()"
    )
    op.execute("DROP TRIGGER filing_no_delete ON filing")
    op.execute(
        "CREATE TRIGGER filing_no_delete BEFORE DELETE ON filing FOR EACH ROW "
        "EXECUTE FUNCTION refuse_unless_emptied()"
    )
    op.execute(
        "CREATE TRIGGER filing_no_truncate BEFORE TRUNCATE ON filing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
    )
    op.execute(
        "CREATE TRIGGER empty_number_kept BEFORE UPDATE ON empty_number "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
    )
    for table in ("empty_number", "rule_approval", "level_request", "relation"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )


def downgrade() -> None:
    raise NotImplementedError("a number left empty would be given again, and cross-references would be lost")
