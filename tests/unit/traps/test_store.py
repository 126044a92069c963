"""What SQLite, SQLModel and encryption at rest fall into by default."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import DateTime, Engine, text
from sqlalchemy.exc import OperationalError, StatementError

from core.store.database import open_reader, open_writer, prepare_schema, sqlite_url
from core.store.tables import Base
from core.store.vault import GcmVault, Unreadable

MASTER = bytes(range(32))
ROUNDS = 40
CANARY = "canary-9184@example.com"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leadloom.db"


@pytest.fixture
def writer(file: Path) -> Iterator[Engine]:
    engine = open_writer(sqlite_url(file))
    yield engine
    engine.dispose()


def add_many(engine: Engine) -> None:
    for _ in range(ROUNDS):
        with engine.begin() as tx:
            value = tx.execute(text("SELECT value FROM tally")).scalar()
            tx.execute(text("UPDATE tally SET value = :value"), {"value": (value or 0) + 1})


def test_two_processes_that_read_and_write_back_lose_no_update(file: Path) -> None:
    engines = [open_writer(sqlite_url(file)) for _ in range(2)]
    with engines[0].begin() as tx:
        tx.execute(text("CREATE TABLE tally (value INTEGER)"))
        tx.execute(text("INSERT INTO tally VALUES (0)"))
    threads = [threading.Thread(target=add_many, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engines[0].begin() as tx:
        assert tx.execute(text("SELECT value FROM tally")).scalar() == 2 * ROUNDS
    for engine in engines:
        engine.dispose()


def test_an_acknowledged_commit_survives_a_power_cut(writer: Engine) -> None:
    with writer.begin() as tx:
        found = {
            name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "secure_delete", "mmap_size")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "mmap_size": 0}


def test_deleted_text_is_gone_from_every_file_once_the_log_is_folded_in(writer: Engine, file: Path) -> None:
    with writer.begin() as tx:
        tx.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)"))
        tx.execute(text("INSERT INTO note VALUES (1, :body)"), {"body": CANARY * 300})
    with writer.begin() as tx:
        tx.execute(text("DELETE FROM note"))
    raw = writer.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert not [path.name for path in file.parent.iterdir() if CANARY.encode() in path.read_bytes()]


def test_a_reader_cannot_write(writer: Engine, file: Path) -> None:
    with writer.begin() as tx:
        tx.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))
    reader = open_reader(sqlite_url(file))
    with pytest.raises(OperationalError), reader.begin() as tx:
        tx.execute(text("INSERT INTO note VALUES (1)"))
    reader.dispose()


def test_a_time_with_an_offset_is_the_same_instant_after_storing_and_one_without_is_refused(writer: Engine) -> None:
    prepare_schema(writer)
    table = Base.metadata.tables["subject_key"]
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    with writer.begin() as tx:
        tx.execute(table.insert().values(workspace="main", id="k", destroyed_at=noon))
        found = tx.execute(table.select().where(table.c.destroyed_at == noon)).one()
    assert found.destroyed_at == noon and found.destroyed_at.utcoffset() == timedelta(0)
    with pytest.raises((StatementError, ValueError)), writer.begin() as tx:
        tx.execute(table.insert().values(workspace="main", id="naive", destroyed_at=noon.replace(tzinfo=None)))


def test_no_column_stores_times_in_the_way_that_loses_the_offset() -> None:
    times = [column for table in Base.metadata.tables.values() for column in table.columns if column.name.endswith("_at")]
    assert len(times) > 10
    assert not [str(column) for column in times if type(column.type) is DateTime]


def test_every_constraint_has_the_name_that_migrations_need() -> None:
    constraints = [constraint for table in Base.metadata.tables.values() for constraint in table.constraints]
    assert constraints and not [str(constraint) for constraint in constraints if constraint.name is None]


def test_sealed_bytes_open_in_their_own_place_with_their_own_key_only() -> None:
    vault = GcmVault(MASTER)
    ada, bob = vault.new_key("ada"), vault.new_key("bob")
    sealed = vault.seal(ada, "inbox.record", CANARY.encode())
    assert CANARY.encode() not in sealed
    assert vault.open(ada, "inbox.record", sealed) == CANARY.encode()
    for key, place in [(bob, "inbox.record"), (ada, "inbox.raw")]:
        with pytest.raises(Unreadable):
            vault.open(key, place, sealed)
    with pytest.raises(Unreadable):
        vault.open_key("bob", ada.wrapped)
    with pytest.raises(Unreadable):
        GcmVault(MASTER[::-1]).open_key("ada", ada.wrapped)


def test_a_token_opens_for_its_own_connection_only() -> None:
    vault = GcmVault(MASTER)
    sealed = vault.seal_own("token/crm", b"secret-token")
    with pytest.raises(Unreadable):
        vault.open_own("token/other", sealed)
    with pytest.raises(Unreadable):
        vault.open_own("token/crm", sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_destroyed_key_opens_nothing_even_while_it_is_remembered() -> None:
    vault = GcmVault(MASTER)
    key = vault.new_key("ada")
    vault.open_key("ada", key.wrapped)
    with pytest.raises(Unreadable):
        vault.open_key("ada", None)


def test_a_looked_up_value_cannot_be_guessed_without_the_key() -> None:
    assert GcmVault(MASTER).digest("email", CANARY) != GcmVault(MASTER[::-1]).digest("email", CANARY)
    assert GcmVault(MASTER).digest("email", CANARY) != GcmVault(MASTER).digest("phone", CANARY)
