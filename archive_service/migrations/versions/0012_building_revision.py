"""Buildings count their changes, so that nobody writes over somebody else's"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("building", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("building") as batch_op:
        batch_op.alter_column("revision", server_default=None)


def downgrade() -> None:
    raise NotImplementedError("what was renamed meanwhile would be written over")
