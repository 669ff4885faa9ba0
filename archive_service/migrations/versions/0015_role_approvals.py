"""Roles are proposed by one person and approved by another"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STANDING = sa.text("approved_at IS NOT NULL AND revoked_at IS NULL")
_WAITING = sa.text("approved_at IS NULL AND refused_at IS NULL AND withdrawn_at IS NULL")
_CHECKS = {
    "approved_by_a_second": "approved_by <> granted_by",
    "not_approved_by_oneself": "approved_by <> user_id",
    "approved_when": "approved_by IS NULL OR approved_at IS NOT NULL",
    "refused_by_a_second": "refused_by <> granted_by",
    "not_refused_by_oneself": "refused_by <> user_id",
    "refused_when": "refused_by IS NULL OR refused_at IS NOT NULL",
    "refused_why": "(refused_at IS NULL) = (refuse_reason = '')",
    "withdrawn_when": "withdrawn_by IS NULL OR withdrawn_at IS NOT NULL",
    "decided_once": "(CASE WHEN approved_at IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN refused_at IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END) <= 1",
    "revoked_if_approved": "revoked_at IS NULL OR approved_at IS NOT NULL",
}


def upgrade() -> None:
    op.drop_index("uq_role_grant_standing", table_name="role_grant")
    with op.batch_alter_table("role_grant") as batch_op:
        batch_op.add_column(sa.Column("replaces", sa.Integer(), nullable=True))
        for done in ("approved", "refused", "withdrawn"):
            batch_op.add_column(sa.Column(f"{done}_by", sa.Integer(), nullable=True))
            batch_op.add_column(sa.Column(f"{done}_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("refuse_reason", sa.String(length=255), server_default="", nullable=False)
        )
    # What holds in an archive that ran before was granted by one person alone, and goes on to hold.
    op.execute("UPDATE role_grant SET approved_at = granted_at")
    with op.batch_alter_table("role_grant") as batch_op:
        batch_op.alter_column("refuse_reason", server_default=None)
        batch_op.create_foreign_key(op.f("fk_role_grant_replaces"), "role_grant", ["replaces"], ["id"])
        for done in ("approved", "refused", "withdrawn"):
            batch_op.create_foreign_key(op.f(f"fk_role_grant_{done}_by"), "user", [f"{done}_by"], ["id"])
        for name, says in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_role_grant_{name}"), says)
    op.create_index(
        "uq_role_grant_standing",
        "role_grant",
        ["user_id", "role"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "uq_role_grant_waiting",
        "role_grant",
        ["user_id", "role"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    raise NotImplementedError("an older service would take roles that wait, or were refused, for granted")
