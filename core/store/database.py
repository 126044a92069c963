"""Opening a database: SQLite with the settings that durability needs, or PostgreSQL; schema made or migrated.

SQLAlchemy loads with the first function that needs it: the server takes leads in before, and often without it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

SCHEMA_HEAD = "0012"
"""The newest migration; a test keeps it equal to Alembic's head."""

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
"""The tables as statements, written by `python -m core.store.ddl`; a test keeps it equal to them."""

WAL_RESET_FIXED = (3, 51, 3)

_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "wal_autocheckpoint=4000",
    "cache_size=-8000",
)
_BUSY_SECONDS = 30
_SQLITE = "sqlite:///"

_OUT_OF_ORDER = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


class SchemaOutdated(Exception):
    """The database was made by another version of Leadloom."""


def is_out_of_order(error: BaseException) -> bool:
    """Whether the database as a whole cannot be used now (full, locked, read-only): no fault of what was to be written."""
    found = getattr(error, "orig", None) or error  # what SQLAlchemy wrapped, or the driver's own
    if type(found).__name__ != "OperationalError":
        return False
    code = getattr(found, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _OUT_OF_ORDER


def sqlite_warning() -> str | None:
    """Say why this machine's SQLite wants care: before 3.51.3 two writers at once can corrupt a WAL database."""
    if sqlite3.sqlite_version_info >= WAL_RESET_FIXED:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault (fixed in 3.51.3). "
        "Leadloom writes through one connection only, which avoids it; do not open the database file for writing with other tools."
    )


def open_file(url: str) -> sqlite3.Connection:
    """Open a SQLite file for its one writer; transactions are begun and ended by hand."""
    raw = sqlite3.connect(sqlite_path(url), timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None, cached_statements=256)
    _set_up_writer(raw)
    return raw


def _set_up_writer(raw: Any) -> None:
    raw.isolation_level = None
    for pragma in _WRITER_PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def engine_over(raw: sqlite3.Connection) -> Engine:
    """SQLAlchemy on a connection that somebody else begins and ends the transactions of."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    return create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True)


def open_writer(url: str) -> Engine:
    """Open an engine that writes. On SQLite it holds one connection, and every transaction is BEGIN IMMEDIATE."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool, StaticPool

    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=QueuePool, pool_pre_ping=True, hide_parameters=True)
    arguments = {"check_same_thread": False, "timeout": _BUSY_SECONDS}
    engine = create_engine(url, poolclass=StaticPool, hide_parameters=True, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        _set_up_writer(raw)

    @event.listens_for(engine, "begin")
    def _immediate(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_reader(url: str) -> Engine:
    """Open the engine that reads: each connection sees one snapshot per transaction and cannot write."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool

    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=QueuePool, pool_pre_ping=True, hide_parameters=True)
    arguments = {"check_same_thread": False, "timeout": _BUSY_SECONDS}
    engine = create_engine(url, poolclass=QueuePool, max_overflow=-1, hide_parameters=True, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _deferred(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"{_SQLITE}{path}"


def sqlite_path(url: str) -> str:
    """The file of a SQLite URL."""
    return url.removeprefix(_SQLITE)


def is_prepared(url: str) -> bool:
    """Whether the SQLite file is there with this version's schema; reads only, and makes no file."""
    path = Path(sqlite_path(url))
    if not path.is_file():
        return False
    raw = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    try:
        return _stamp(raw) == SCHEMA_HEAD
    except sqlite3.Error:
        return False
    finally:
        raw.close()


def open_prepared(url: str) -> sqlite3.Connection:
    """Open a SQLite file for its one writer, with the schema made in an empty one, or an older one migrated.

    A newer one is refused. A new one is made from `schema.sql` at once and stamped (SQLAlchemy and Alembic are slow to
    load); tests prove that this equals the tables, and running all migrations.
    """
    raw = open_file(url)
    try:
        if not _is_made_or_current(raw):
            engine = open_writer(url)
            _upgrade(engine)
            engine.dispose()
    except BaseException:
        raw.close()
        raise
    return raw


def prepare_schema(engine: Engine) -> None:
    """Make or migrate the schema through an engine that `open_writer` made."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        is_current = _is_made_or_current(raw)
    if not is_current:
        _upgrade(engine)


def _is_made_or_current(raw: sqlite3.Connection) -> bool:
    if _has_stamps(raw):
        return _stamp(raw) == SCHEMA_HEAD
    statements = f"BEGIN IMMEDIATE;\n{SCHEMA_FILE.read_text('utf-8')}INSERT INTO alembic_version VALUES ('{SCHEMA_HEAD}');\nCOMMIT;"
    try:
        raw.executescript(statements)
    except sqlite3.Error:
        raw.rollback()
        raise
    return True


def _upgrade(engine: Engine) -> None:
    from core.store.migrate import upgrade  # Alembic costs 0.3 s and 11 MiB: only when it is needed

    upgrade(engine)


def _has_stamps(raw: sqlite3.Connection) -> bool:
    return raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is not None


def _stamp(raw: sqlite3.Connection) -> str | None:
    if not _has_stamps(raw):
        return None
    found = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])
