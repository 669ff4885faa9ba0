import hashlib
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from archive_service import migrations
from archive_service.kernel.db import make_engine
from archive_service.schema import metadata

RELEASED: Final = {
    "0001_the_first_tables.py": "867978f6772a61095bd8a4c38fc195ebc72094a57729d457f511b944a9b4d738",
}
"""SHA-256 of the revisions that archives have run already."""


def test_migrations_from_nothing_make_what_the_models_say(database_url: str) -> None:
    """The template every test copies was made by the migrations alone."""
    engine = make_engine(database_url)
    assert migrations.is_current(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("name", RELEASED)
def test_a_revision_that_archives_have_run_never_changes(name: str) -> None:
    """They would go on without what was written into it later: that is the next revision's."""
    content = (Path(migrations.__file__).parent / "versions" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == RELEASED[name]
