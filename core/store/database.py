"""Opening a database: SQLite with the settings that durability needs, or PostgreSQL; schema made or migrated."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from core.store.tables import Base

SCHEMA_HEAD = "0002"
"""The newest migration; a test keeps it equal to Alembic's head."""

WAL_RESET_FIXED = (3, 51, 3)


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
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _OUT_OF_ORDER


def sqlite_warning() -> str | None:
    """Say why this machine's SQLite wants care: before 3.51.3 two writers at once can corrupt a WAL database."""
    if sqlite3.sqlite_version_info >= WAL_RESET_FIXED:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault (fixed in 3.51.3). "
        "Leadloom writes through one connection only, which avoids it; do not open the database file for writing with other tools."
    )


def open_writer(url: str) -> Engine:
    """Open the engine that writes. On SQLite it holds one connection, and every transaction is BEGIN IMMEDIATE."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=QueuePool, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, poolclass=StaticPool, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "wal_autocheckpoint=4000"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _immediate(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_reader(url: str) -> Engine:
    """Open the engine that reads: each connection sees one snapshot per transaction and cannot write."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=QueuePool, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url, poolclass=QueuePool, max_overflow=-1, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30}
    )

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
    return f"sqlite:///{path}"


def is_prepared(engine: Engine) -> bool:
    """Whether the database is there with this version's schema; reads only, and makes no file."""
    path = engine.url.database
    if engine.dialect.name == "sqlite" and not (path and Path(path).is_file()):
        return False
    try:
        with engine.begin() as tx:
            return bool(tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == SCHEMA_HEAD)
    except DBAPIError:
        return False


def prepare_schema(engine: Engine) -> None:
    """Make the schema in an empty database, or migrate an older one; a newer one is refused.

    A new database is made from the tables at once and stamped (Alembic is slow to load); a test proves that this equals
    running all migrations.
    """
    if not inspect(engine).has_table("alembic_version"):
        with engine.begin() as tx:
            Base.metadata.create_all(tx)
            tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"))
            tx.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": SCHEMA_HEAD})
        return
    with engine.begin() as tx:
        found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != SCHEMA_HEAD:
        from core.store.migrate import upgrade  # Alembic costs 0.3 s and 11 MiB: only when it is needed

        upgrade(engine)
