"""Sight granted to persons by name, classes of their own, why closed pages were opened"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEPT = {
    "sight_grant": (
        "user_id",
        "document_id",
        "case_file_id",
        "class_code",
        "up_to",
        "sight",
        "valid_from",
        "valid_to",
        "reason",
        "granted_by",
        "granted_at",
    ),
    "access_reason": ("user_id", "document_id", "reason", "given_at", "ends_at"),
}
"""What was granted, and why something was opened, stands as it was written."""


def upgrade() -> None:
    op.add_column("role_grant", sa.Column("classes", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "sight_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("class_code", sa.String(length=12), nullable=True),
        sa.Column("up_to", sa.String(length=12), nullable=False),
        sa.Column("sight", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.String(length=255), nullable=False),
        sa.CheckConstraint("granted_by <> user_id", name=op.f("ck_sight_grant_not_to_oneself")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_sight_grant_dates_in_order")),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_sight_grant_one_thing"),
        ),
        sa.CheckConstraint("sight IN ('view', 'download')", name=op.f("ck_sight_grant_sight")),
        sa.CheckConstraint(
            "up_to IN ('PUBLIC', 'INTERNAL', 'PERSONAL', 'CONFIDENTIAL', 'SENSITIVE')",
            name=op.f("ck_sight_grant_up_to"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_sight_grant_reason")),
        sa.CheckConstraint(
            "revoked_at IS NULL OR revoke_reason <> ''", name=op.f("ck_sight_grant_revoke_reason")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sight_grant_user_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_sight_grant_document_id")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_sight_grant_case_file_id")),
        sa.ForeignKeyConstraint(
            ["class_code"], ["record_class.code"], name=op.f("fk_sight_grant_class_code")
        ),
        sa.ForeignKeyConstraint(["granted_by"], ["user.id"], name=op.f("fk_sight_grant_granted_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["user.id"], name=op.f("fk_sight_grant_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sight_grant")),
    )
    for column in ("user_id", "document_id", "case_file_id", "class_code"):
        op.create_index(f"ix_sight_grant_{column}", "sight_grant", [column], unique=False)
    op.create_table(
        "access_reason",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_access_reason_reason")),
        sa.CheckConstraint("ends_at > given_at", name=op.f("ck_access_reason_ends")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_access_reason_user_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_access_reason_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_reason")),
    )
    op.create_index(
        "ix_access_reason_user_id_document_id_ends_at",
        "access_reason",
        ["user_id", "document_id", "ends_at"],
        unique=False,
    )
    op.create_index("ix_access_reason_document_id_id", "access_reason", ["document_id", "id"], unique=False)
    _add_triggers()


def _add_triggers() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, columns in _KEPT.items():
        if on_sqlite:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
            )


def downgrade() -> None:
    raise NotImplementedError("what was granted, and why something was opened, is not forgotten")
