"""Checklists, their entries, opened lists with their items, tasks for what is missing"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEPT = {
    "checklist_settlement": ("item_id", "kind", "document_id", "promised_for", "reason", "at", "by"),
    "checklist_fact": ("opened_id", "fact", "holds", "at", "by"),
    "checklist_change": ("opened_id", "at", "by", "action", "before", "after", "reason"),
}
"""What was said stays as it was said; of the first two only the end is written later, once."""
_ENDS = ("checklist_settlement", "checklist_fact")
_NO_DELETE = (*_KEPT, "opened_checklist", "checklist_item", "checklist_entry", "supplement_task")


def upgrade() -> None:
    op.create_table(
        "checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("event_zh", sa.String(length=80), nullable=False),
        sa.Column("event_en", sa.String(length=120), nullable=False),
        sa.Column("opens_for", sa.JSON(), nullable=False),
        sa.Column("note_zh", sa.String(length=200), nullable=False),
        sa.Column("note_en", sa.String(length=400), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("completion_rules", sa.JSON(), nullable=False),
        sa.Column("promise_opens_task", sa.Boolean(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_checklist_code_version")),
    )
    op.create_index(
        "uq_checklist_in_force",
        "checklist",
        ["code"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )
    op.create_table(
        "checklist_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("mandatory", sa.String(length=11), nullable=False),
        sa.Column("fact", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("pii", sa.String(length=9), nullable=False),
        sa.Column("note_zh", sa.String(length=200), nullable=False),
        sa.Column("note_en", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(mandatory = 'conditional') = (fact <> '')", name=op.f("ck_checklist_entry_fact")
        ),
        sa.CheckConstraint(
            "form IN ('original', 'copy', 'electronic')", name=op.f("ck_checklist_entry_form")
        ),
        sa.CheckConstraint(
            "mandatory IN ('yes', 'conditional', 'no')", name=op.f("ck_checklist_entry_mandatory")
        ),
        sa.ForeignKeyConstraint(
            ["checklist_id"], ["checklist.id"], name=op.f("fk_checklist_entry_checklist_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_entry")),
        sa.UniqueConstraint("checklist_id", "code", name=op.f("uq_checklist_entry_checklist_id_code")),
    )
    op.create_index("ix_checklist_entry_class_code", "checklist_entry", ["class_code"], unique=False)
    op.create_table(
        "opened_checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("case_class", sa.String(length=12), nullable=False),
        sa.Column("case_name", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=True),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("steward_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(case_file_id IS NULL) = (case_class = '')", name=op.f("ck_opened_checklist_case_class")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_opened_checklist_closed")
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_opened_checklist_state")),
        sa.CheckConstraint(
            "unit_id IS NOT NULL OR case_file_id IS NOT NULL OR case_name <> ''",
            name=op.f("ck_opened_checklist_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["case_file_id"], ["case_file.id"], name=op.f("fk_opened_checklist_case_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["checklist_id"], ["checklist.id"], name=op.f("fk_opened_checklist_checklist_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["user.id"], name=op.f("fk_opened_checklist_opened_by")),
        sa.ForeignKeyConstraint(["steward_id"], ["user.id"], name=op.f("fk_opened_checklist_steward_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_opened_checklist_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_checklist")),
        sa.UniqueConstraint("code", "origin", name=op.f("uq_opened_checklist_code_origin")),
    )
    op.create_index("ix_opened_checklist_case_file_id", "opened_checklist", ["case_file_id"], unique=False)
    op.create_index("ix_opened_checklist_state_id", "opened_checklist", ["state", "id"], unique=False)
    op.create_index("ix_opened_checklist_steward_id", "opened_checklist", ["steward_id"], unique=False)
    op.create_index("ix_opened_checklist_unit_id", "opened_checklist", ["unit_id"], unique=False)
    op.create_table(
        "checklist_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("after", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "action IN ('opened', 'stage', 'steward', 'closed', 'reopened')",
            name=op.f("ck_checklist_change_action"),
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_checklist_change_by")),
        sa.ForeignKeyConstraint(
            ["opened_id"], ["opened_checklist.id"], name=op.f("fk_checklist_change_opened_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_change")),
    )
    op.create_index("ix_checklist_change_opened_id_id", "checklist_change", ["opened_id", "id"], unique=False)
    op.create_table(
        "checklist_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=40), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_checklist_fact_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_checklist_fact_ended_by")),
        sa.ForeignKeyConstraint(
            ["opened_id"], ["opened_checklist.id"], name=op.f("fk_checklist_fact_opened_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_fact")),
    )
    op.create_index(
        "uq_checklist_fact_live",
        "checklist_fact",
        ["opened_id", "fact"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "checklist_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opened_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("need", sa.String(length=10), nullable=False),
        sa.Column("needed_since", sa.Date(), nullable=True),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.Column("promised_for", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(need = 'needed') = (needed_since IS NOT NULL)", name=op.f("ck_checklist_item_needed_since")
        ),
        sa.CheckConstraint(
            "need IN ('needed', 'not_needed', 'undecided', 'later')", name=op.f("ck_checklist_item_need")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["checklist_entry.id"], name=op.f("fk_checklist_item_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_id"], ["opened_checklist.id"], name=op.f("fk_checklist_item_opened_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
        sa.UniqueConstraint("opened_id", "entry_id", name=op.f("uq_checklist_item_opened_id_entry_id")),
    )
    op.create_index("ix_checklist_item_entry_id_id", "checklist_item", ["entry_id", "id"], unique=False)
    op.create_index(
        "ix_checklist_item_missing",
        "checklist_item",
        ["needed_since", "id"],
        unique=False,
        sqlite_where=sa.text("need = 'needed' AND NOT waived AND NOT linked"),
        postgresql_where=sa.text("need = 'needed' AND NOT waived AND NOT linked"),
    )
    op.create_index(
        "ix_checklist_item_needed",
        "checklist_item",
        ["needed_since", "id"],
        unique=False,
        sqlite_where=sa.text("need = 'needed' AND NOT waived"),
        postgresql_where=sa.text("need = 'needed' AND NOT waived"),
    )
    op.create_table(
        "checklist_settlement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("promised_for", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason = '')", name=op.f("ck_checklist_settlement_ended")
        ),
        sa.CheckConstraint(
            "(kind = 'link') = (document_id IS NOT NULL)", name=op.f("ck_checklist_settlement_document")
        ),
        sa.CheckConstraint(
            "(kind = 'promise') = (promised_for IS NOT NULL)",
            name=op.f("ck_checklist_settlement_promised_for"),
        ),
        sa.CheckConstraint(
            "kind <> 'not_applicable' OR reason <> ''", name=op.f("ck_checklist_settlement_reason")
        ),
        sa.CheckConstraint(
            "kind IN ('link', 'not_applicable', 'promise')", name=op.f("ck_checklist_settlement_kind")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_checklist_settlement_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_checklist_settlement_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_checklist_settlement_ended_by")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["checklist_item.id"], name=op.f("fk_checklist_settlement_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_settlement")),
    )
    op.create_index(
        "ix_checklist_settlement_document_id", "checklist_settlement", ["document_id"], unique=False
    )
    op.create_index(
        "ix_checklist_settlement_item_id_id", "checklist_settlement", ["item_id", "id"], unique=False
    )
    op.create_index(
        "uq_checklist_settlement_link",
        "checklist_settlement",
        ["item_id", "document_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_checklist_settlement_promise",
        "checklist_settlement",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND kind = 'promise'"),
        postgresql_where=sa.text("ended_at IS NULL AND kind = 'promise'"),
    )
    op.create_index(
        "uq_checklist_settlement_waiver",
        "checklist_settlement",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND kind = 'not_applicable'"),
        postgresql_where=sa.text("ended_at IS NULL AND kind = 'not_applicable'"),
    )
    op.create_table(
        "supplement_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("escalated_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "document_id IS NULL OR outcome = 'evidence'", name=op.f("ck_supplement_task_document")
        ),
        sa.CheckConstraint("outcome IN ('evidence', 'not_needed')", name=op.f("ck_supplement_task_outcome")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_supplement_task_closed")),
        sa.ForeignKeyConstraint(["closed_by"], ["user.id"], name=op.f("fk_supplement_task_closed_by")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_supplement_task_document_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["checklist_item.id"], name=op.f("fk_supplement_task_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement_task")),
    )
    op.create_index("ix_supplement_task_item_id", "supplement_task", ["item_id"], unique=False)
    op.create_index(
        "ix_supplement_task_open_due",
        "supplement_task",
        ["due_on", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_supplement_task_open",
        "supplement_task",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    _add_triggers()


def _add_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, columns in _KEPT.items():
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(_quoted(columns))} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table in _ENDS:
            op.execute(
                f"CREATE TRIGGER {table}_ended BEFORE UPDATE ON {table} WHEN OLD.ended_at IS NOT NULL "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table in _NO_DELETE:
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        return
    for table, columns in _KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(_quoted(columns))} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )
    for table in _ENDS:
        op.execute(
            f"CREATE TRIGGER {table}_ended BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_kept()"
        )
    for table in _NO_DELETE:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )


def _quoted(columns: tuple[str, ...]) -> list[str]:
    return [f'"{column}"' for column in columns]


def downgrade() -> None:
    raise NotImplementedError("what was said of a missing paper is kept")
