"""The few versions with the mark of a state secret are found without walking all that can't be opened"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MARKED = sa.text("trouble = 'state_secret' AND is_current")


def upgrade() -> None:
    op.create_index(
        "ix_version_marked", "version", ["document_id"], sqlite_where=_MARKED, postgresql_where=_MARKED
    )


def downgrade() -> None:
    op.drop_index("ix_version_marked", table_name="version")
