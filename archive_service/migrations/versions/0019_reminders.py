"""The working calendar; notices to people and what became of sending them on"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_UNREAD = sa.text("read_at IS NULL")
_TROUBLED = sa.text("state IN ('failed', 'given_up')")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _working_days()
    _notices()


def _working_days() -> None:
    op.create_table(
        "working_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_working_year_changed_by")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_working_year")),
    )
    op.create_table(
        "working_day_exception",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_working_day_exception_name")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_working_day_exception_changed_by")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_working_day_exception")),
    )
    op.create_table(
        "working_day_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("was", sa.Boolean(), nullable=True),
        sa.Column("was_name", sa.String(length=60), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "was IS NOT NULL OR worked IS NOT NULL", name=op.f("ck_working_day_change_something")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_working_day_change_by")),
        sa.ForeignKeyConstraint(["year"], ["working_year.year"], name=op.f("fk_working_day_change_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_day_change")),
    )
    op.create_index("ix_working_day_change_year_id", "working_day_change", ["year", "id"], unique=False)
    op.create_index(
        "uq_working_day_change_year_revision_day",
        "working_day_change",
        ["year", "revision", "day"],
        unique=True,
    )


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind <> '' AND subject <> '' AND key <> ''", name=op.f("ck_notice_told")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notice_user_id_key")),
    )
    op.create_index("ix_notice_user_id_id", "notice", ["user_id", "id"], unique=False)
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["user_id", "id"],
        unique=False,
        sqlite_where=_UNREAD,
        postgresql_where=_UNREAD,
    )
    op.create_table(
        "delivery",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("notice_id", _BIG, nullable=False),
        sa.Column("channel", sa.String(length=7), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('mail', 'webhook')", name=op.f("ck_delivery_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'given_up')", name=op.f("ck_delivery_state")
        ),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_delivery_sent")),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'given_up') OR trouble <> ''", name=op.f("ck_delivery_trouble")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_delivery_tries")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notice_id", "channel", "target", name=op.f("uq_delivery_notice_id_channel_target")
        ),
    )
    op.create_index(
        "ix_delivery_troubled",
        "delivery",
        ["id"],
        unique=False,
        sqlite_where=_TROUBLED,
        postgresql_where=_TROUBLED,
    )


def downgrade() -> None:
    raise NotImplementedError("what people were told, and who changed the calendar, is kept")
