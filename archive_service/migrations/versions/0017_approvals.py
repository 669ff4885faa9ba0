"""Requests for approval, their chains and decisions, delegations"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NEVER_CHANGES = ("approval_rule", "approval_step", "approval_decision", "approval_comment")
_KEPT = {
    "approval_request": (
        "kind",
        "case_code",
        "subject",
        "title",
        "requester_id",
        "asked_at",
        "facts",
        "rule_id",
        "lapses_at",
    ),
    "approval_delegation": ("from_id", "to_id", "first_day", "last_day", "reason", "made_at"),
}
"""What was asked or lent stays as it was; only how it goes on and ends is written later."""
_ENDS = {"approval_request": "OLD.state <> 'waiting'", "approval_delegation": "OLD.ended_at IS NOT NULL"}
_NO_DELETE = (*_NEVER_CHANGES, *_KEPT)


def upgrade() -> None:
    op.create_table(
        "approval_delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_approval_delegation_reason")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_approval_delegation_ended")
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_approval_delegation_to_another")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_approval_delegation_dates_in_order")),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_approval_delegation_ended_by")),
        sa.ForeignKeyConstraint(["from_id"], ["user.id"], name=op.f("fk_approval_delegation_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_approval_delegation_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegation")),
        sa.UniqueConstraint("id", "from_id", "to_id", name=op.f("uq_approval_delegation_id_from_id_to_id")),
    )
    op.create_index("ix_approval_delegation_from_id", "approval_delegation", ["from_id"], unique=False)
    op.create_index(
        "ix_approval_delegation_to_id",
        "approval_delegation",
        ["to_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "approval_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("case_code", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint("changed_by IS NULL OR reason <> ''", name=op.f("ck_approval_rule_reason")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_approval_rule_revision")),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_approval_rule_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rule")),
        sa.UniqueConstraint(
            "kind", "case_code", "revision", name=op.f("uq_approval_rule_kind_case_code_revision")
        ),
    )
    op.create_table(
        "approval_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("case_code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_found", sa.JSON(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'void') = (facts_found IS NOT NULL)", name=op.f("ck_approval_request_void")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_approval_request_ended")
        ),
        sa.CheckConstraint("(state = 'waiting') = (role IS NOT NULL)", name=op.f("ck_approval_request_role")),
        sa.CheckConstraint("(state = 'waiting') = (step IS NOT NULL)", name=op.f("ck_approval_request_step")),
        sa.CheckConstraint(
            "state <> 'refused' OR ended_by IS NOT NULL", name=op.f("ck_approval_request_refused_by")
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR (ended_by IS NOT NULL AND ended_by = requester_id)",
            name=op.f("ck_approval_request_withdrawn_by"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused', 'withdrawn', 'lapsed', 'void')",
            name=op.f("ck_approval_request_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR ended_by <> requester_id",
            name=op.f("ck_approval_request_not_own"),
        ),
        sa.CheckConstraint(
            "ended_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_approval_request_ended_by")
        ),
        sa.CheckConstraint(
            "lapses_at IS NULL OR lapses_at > asked_at", name=op.f("ck_approval_request_lapses_later")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_approval_request_ended_by")),
        sa.ForeignKeyConstraint(["requester_id"], ["user.id"], name=op.f("fk_approval_request_requester_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["approval_rule.id"], name=op.f("fk_approval_request_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint("id", "requester_id", name=op.f("uq_approval_request_id_requester_id")),
    )
    op.create_index(
        "ix_approval_request_lapses",
        "approval_request",
        ["lapses_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_approval_request_requester_id_id", "approval_request", ["requester_id", "id"], unique=False
    )
    op.create_index("ix_approval_request_subject", "approval_request", ["subject", "id"], unique=False)
    op.create_index(
        "ix_approval_request_waiting",
        "approval_request",
        ["role", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_approval_request_waiting",
        "approval_request",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "approval_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.String(length=500), nullable=False),
        sa.CheckConstraint("body <> ''", name=op.f("ck_approval_comment_body")),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_approval_comment_by")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_request.id"], name=op.f("fk_approval_comment_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_comment")),
    )
    op.create_index(
        "ix_approval_comment_request_id_id", "approval_comment", ["request_id", "id"], unique=False
    )
    op.create_table(
        "approval_step",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("deciders", sa.Integer(), nullable=False),
        sa.CheckConstraint("deciders > 0", name=op.f("ck_approval_step_deciders")),
        sa.CheckConstraint("number > 0", name=op.f("ck_approval_step_number")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_request.id"], name=op.f("fk_approval_step_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_approval_step")),
    )
    op.create_table(
        "approval_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("hat_id", sa.Integer(), nullable=False),
        sa.Column("delegation_id", sa.Integer(), nullable=True),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approves OR comment <> ''", name=op.f("ck_approval_decision_refused_why")),
        sa.CheckConstraint(
            "(hat_id = decided_by) = (delegation_id IS NULL)", name=op.f("ck_approval_decision_by_delegation")
        ),
        sa.CheckConstraint("decided_by <> requester_id", name=op.f("ck_approval_decision_not_own")),
        sa.CheckConstraint("hat_id <> requester_id", name=op.f("ck_approval_decision_not_for_the_requester")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_approval_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["delegation_id", "hat_id", "decided_by"],
            ["approval_delegation.id", "approval_delegation.from_id", "approval_delegation.to_id"],
            name="fk_approval_decision_delegation",
        ),
        sa.ForeignKeyConstraint(["hat_id"], ["user.id"], name=op.f("fk_approval_decision_hat_id")),
        sa.ForeignKeyConstraint(
            ["request_id", "requester_id"],
            ["approval_request.id", "approval_request.requester_id"],
            name=op.f("fk_approval_decision_request_id_requester_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id", "step"],
            ["approval_step.request_id", "approval_step.number"],
            name="fk_approval_decision_step",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decision")),
        sa.UniqueConstraint(
            "request_id", "decided_by", name=op.f("uq_approval_decision_request_id_decided_by")
        ),
        sa.UniqueConstraint("request_id", "hat_id", name=op.f("uq_approval_decision_request_id_hat_id")),
    )
    op.create_index(
        "ix_approval_decision_decided_by_request_id",
        "approval_decision",
        ["decided_by", "request_id"],
        unique=False,
    )
    _add_triggers()


def _add_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _NEVER_CHANGES:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table, columns in _KEPT.items():
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table, ended in _ENDS.items():
            op.execute(
                f"CREATE TRIGGER {table}_ended BEFORE UPDATE ON {table} WHEN {ended} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        for table in _NO_DELETE:
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        return
    for table in _NEVER_CHANGES:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )
    for table, columns in _KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )
    for table, ended in _ENDS.items():
        op.execute(
            f"CREATE TRIGGER {table}_ended BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({ended}) EXECUTE FUNCTION refuse_kept()"
        )
    for table in _NO_DELETE:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )


def downgrade() -> None:
    raise NotImplementedError("who agreed to what, and for whom, is kept")
