from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from archive_service import migrations
from archive_service.kernel.db import make_engine
from archive_service.schema import metadata


def test_migrations_from_nothing_make_what_the_models_say(database_url: str) -> None:
    """The template every test copies was made by the migrations alone."""
    engine = make_engine(database_url)
    assert migrations.is_current(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
