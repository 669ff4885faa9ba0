"""Titles of case files as lists show and find them"""

import sqlalchemy as sa
from alembic import op

from archive_service.kernel.masking import mask

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    # With a default instead of a new table on SQLite, which would lose the triggers of the old one.
    op.add_column(
        "case_file", sa.Column("title_masked", sa.String(length=255), server_default="", nullable=False)
    )
    file = sa.table("case_file", sa.column("id"), sa.column("title"), sa.column("title_masked"))
    to_mask = (
        sa.update(file)
        .where(file.c.id == sa.bindparam("of"))
        .values(title_masked=sa.bindparam("masked", type_=sa.String()))
    )
    connection, after = op.get_bind(), 0
    newer = sa.select(file.c.id, file.c.title).order_by(file.c.id).limit(_AT_ONCE)
    while rows := connection.execute(newer.where(file.c.id > after)).all():
        connection.execute(to_mask, [{"of": row.id, "masked": mask(row.title)} for row in rows])
        after = rows[-1].id


def downgrade() -> None:
    raise NotImplementedError("an older service would find case files by digits that it covers")
