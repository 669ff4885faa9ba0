"""Changes of names that wait for a second person, and what else premises were missing"""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
