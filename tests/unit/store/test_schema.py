"""The schema: made at once or by migrations it is the same; older ones are migrated, newer ones refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, UniqueConstraint, event, inspect, text
from sqlmodel import Session, select

from core.store.database import (
    SCHEMA_FILE,
    SCHEMA_HEAD,
    SchemaOutdated,
    is_prepared,
    open_prepared,
    open_writer,
    prepare_schema,
    sqlite_url,
    sqlite_warning,
)
from core.store.ddl import schema_text
from core.store.match_tables import MatchDueRow
from core.store.migrate import head, upgrade
from core.store.tables import AttemptRow, Base, LaneRow, MappingRelease, MappingVersion


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_writer(sqlite_url(tmp_path / "s.db"))
    yield made
    made.dispose()


def statements(engine: Engine) -> dict[str, str]:
    """How SQLite remembers tables and indexes, without the white space."""
    with engine.begin() as tx:
        rows = tx.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {row.name: " ".join(row.sql.replace("\n", " ").replace("\t", " ").replace("( ", "(").split()) for row in rows}


def described(engine: Engine) -> dict[str, Any]:
    """Columns, keys and indexes as the database reports them."""
    seen = inspect(engine)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)],
            seen.get_pk_constraint(table),
            sorted(seen.get_unique_constraints(table), key=str),
            sorted((str(index["name"]), index["column_names"], bool(index["unique"])) for index in seen.get_indexes(table)),
        )
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_making_the_schema_at_once_equals_running_all_migrations(engine: Engine, tmp_path: Path) -> None:
    migrated = open_writer(sqlite_url(tmp_path / "m.db"))

    prepare_schema(engine)
    upgrade(migrated)

    assert described(migrated) == described(engine)
    partial = {name: sql for name, sql in statements(engine).items() if " WHERE " in sql}
    assert {name: statements(migrated)[name] for name in partial} == partial
    assert set(partial) == {"uq_link_primary", "ix_link_next"}
    autoincrement = {name for name, sql in statements(engine).items() if "AUTOINCREMENT" in sql}
    assert autoincrement == {name for name, sql in statements(migrated).items() if "AUTOINCREMENT" in sql} == {"inbox", "audit"}
    migrated.dispose()


def test_the_statements_that_make_a_new_database_are_those_of_the_tables() -> None:
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), "write them anew: python -m core.store.ddl"


def test_an_empty_file_is_made_ready_without_sqlalchemy(tmp_path: Path) -> None:
    script = f"import sys\nfrom core.store.database import open_prepared\nopen_prepared({sqlite_url(tmp_path / 'n.db')!r}).close()\n"
    done = subprocess.run([sys.executable, "-c", script + "print('sqlalchemy' in sys.modules)"], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
    assert is_prepared(sqlite_url(tmp_path / "n.db"))
    assert not is_prepared(sqlite_url(tmp_path / "other.db"))
    assert not (tmp_path / "other.db").exists()


def test_a_file_of_an_older_version_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "old.db")
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    old.close()

    open_prepared(url).close()

    assert is_prepared(url)


def test_the_migrations_leave_nothing_of_the_tables_out(engine: Engine) -> None:
    upgrade(engine)

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []


def test_the_stamp_of_a_new_database_is_the_newest_migration(engine: Engine) -> None:
    prepare_schema(engine)

    with engine.begin() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [SCHEMA_HEAD]
    assert head() == SCHEMA_HEAD


def test_every_constraint_and_index_has_a_name(engine: Engine) -> None:
    upgrade(engine)

    seen = inspect(engine)
    for table in Base.metadata.tables:
        # SQLite has no name for a key that counts up by itself
        assert seen.get_pk_constraint(table)["name"] == (None if table in ("inbox", "audit") else f"pk_{table}")
        assert all(found["name"] for found in [*seen.get_unique_constraints(table), *seen.get_indexes(table)])


def test_every_table_and_every_unique_key_begins_with_the_workspace() -> None:
    for table in Base.metadata.tables.values():
        assert "workspace" in table.columns
        keys = [list(index.columns) for index in table.indexes if index.unique]
        keys += [list(constraint.columns) for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
        keys += [list(table.primary_key.columns)] if "id" not in table.primary_key.columns or len(table.primary_key.columns) > 1 else []
        assert all(key[0].name == "workspace" for key in keys), table.name


def test_a_present_database_is_left_as_it_is(engine: Engine) -> None:
    prepare_schema(engine)
    with engine.begin() as tx:
        tx.execute(text("INSERT INTO counter VALUES ('main', 'a', 'b', 3)"))
    before = statements(engine)

    prepare_schema(engine)
    upgrade(engine)

    assert statements(engine) == before
    with engine.begin() as tx:
        assert tx.execute(text("SELECT value FROM counter")).scalar() == 3


def test_an_older_database_is_migrated(engine: Engine) -> None:
    # given a database from before the first migration
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))

    prepare_schema(engine)

    assert set(described(engine)) == set(Base.metadata.tables)


def test_what_ran_before_releases_were_kept_is_the_first_release_and_nothing_is_lost(engine: Engine) -> None:
    # given a database of the first version, with an attempt and mappings of two times
    upgrade(engine, "0001")
    with engine.begin() as tx:
        for name, version, at in (("a", "v1", "2026-01-01"), ("a", "v2", "2026-02-01"), ("b", "v1", "2026-02-01")):
            row = {"name": name, "version": version, "at": f"{at} 12:00:00.000000"}
            tx.execute(text("INSERT INTO mapping_version VALUES ('main', :name, :version, 'text', :at)"), row)
        values = "'main', 'x', 'l', 'r', '2026-02-01 12:00:00.000000', 'created', NULL, 'k', NULL, NULL"
        tx.execute(text(f"INSERT INTO attempt VALUES ({values})"))

    prepare_schema(engine)

    with Session(engine) as session:
        (release,) = session.exec(select(MappingRelease)).all()
        (attempt,) = session.exec(select(AttemptRow)).all()
        assert len(session.exec(select(MappingVersion)).all()) == 3
    assert release.members == [["a", "v2", "a.yaml"], ["b", "v1", "b.yaml"]]
    assert (release.number, release.at) == (1, datetime(2026, 2, 1, 12, tzinfo=UTC))
    assert (attempt.id, attempt.mapping_version) == ("x", None)


def test_people_and_accounts_that_were_there_before_matching_wait_to_be_matched(engine: Engine) -> None:
    # given a database from before matching, with a lead, a company and a lead that was merged away
    upgrade(engine, "0009")
    with engine.begin() as tx:
        for row_id, subject, state in (("a", "Lead", "active"), ("b", "Account", "active"), ("c", "Lead", "merged")):
            at = "'2026-02-01 12:00:00.000000'"
            columns = "workspace, id, subject, version, state, key_id, created_at, updated_at"
            tx.execute(text(f"INSERT INTO golden ({columns}) VALUES ('main', '{row_id}', '{subject}', 3, '{state}', 'k', {at}, {at})"))

    prepare_schema(engine)

    with Session(engine) as session:
        due = session.exec(select(MatchDueRow).order_by(MatchDueRow.golden_id)).all()
        (lane,) = session.exec(select(LaneRow)).all()
    assert [(each.golden_id, each.version, each.held) for each in due] == [("a", 3, False), ("b", 3, False)]
    assert (lane.name, lane.next_at, lane.token) == ("match", datetime(2026, 2, 1, 12, tzinfo=UTC), 0)


def test_a_newer_database_is_refused_and_left_alone(engine: Engine) -> None:
    prepare_schema(engine)
    with engine.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaOutdated, match="newer Leadloom"):
        prepare_schema(engine)

    with engine.begin() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_foreign_keys_are_really_off_while_tables_are_rebuilt_and_on_afterwards(engine: Engine) -> None:
    seen: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _look(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().startswith("CREATE TABLE inbox"):
            seen.append(connection.connection.driver_connection.execute("PRAGMA foreign_keys").fetchone()[0])

    upgrade(engine)

    assert seen == [0]
    with engine.begin() as tx:
        assert tx.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_migration_that_would_leave_dangling_references_is_undone(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        tx.execute(text("CREATE TABLE child (id INTEGER REFERENCES parent)"))
    raw = engine.raw_connection()
    assert raw.driver_connection is not None
    raw.driver_connection.execute("PRAGMA foreign_keys=OFF")
    raw.driver_connection.execute("INSERT INTO child VALUES (7)")
    raw.close()

    with pytest.raises(SchemaOutdated, match="dangling"):
        upgrade(engine)

    assert not inspect(engine).has_table("inbox")


@pytest.mark.parametrize(("version", "warned"), [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False)])
def test_a_sqlite_with_the_wal_fault_is_warned_about(version: tuple[int, int, int], warned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)

    assert (sqlite_warning() is not None) is warned
