"""The schema's history. ``upgrade`` brings a database from nothing or any earlier state to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """``to``: the revision to stop at. Raises what a revision raises; the database stands at the one before then."""
    command.upgrade(_config(engine), to)


def is_current(engine: Engine) -> bool:
    """Whether the database stands at the newest revision: cheap, so that a warm start skips the rest."""
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at == ScriptDirectory.from_config(_config(engine)).get_current_head()
