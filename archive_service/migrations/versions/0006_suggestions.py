"""Proposals for papers in the inbox, and the models that made them"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
