"""Running the migrations over the store's own engine."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from core.store.database import SchemaOutdated


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The newest migration there is."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`; foreign keys are off while tables are rebuilt and checked before the commit."""
    config = _config()
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            _foreign_keys(connection, "OFF")
        with connection.begin():
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, revision)
            except CommandError as error:
                raise SchemaOutdated(
                    "The database was made by a newer Leadloom. Install that version again, or restore the backup made before the upgrade."
                ) from error
            if sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise SchemaOutdated(
                    "The migration would leave dangling references; nothing was changed. Restore a backup and report this."
                )
        if sqlite:
            _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: str) -> None:
    """Switch outside of any transaction: inside one SQLite ignores this PRAGMA without a word."""
    raw = connection.connection.driver_connection
    if raw is not None:
        raw.execute(f"PRAGMA foreign_keys={state}")
