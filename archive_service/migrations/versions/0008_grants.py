"""Dated grants and scopes of people; signed heads of the trail"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
