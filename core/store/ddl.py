"""Writes `schema.sql` anew after a change of the tables: `python -m core.store.ddl`."""

from __future__ import annotations

import sys

from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from core.store.database import SCHEMA_FILE
from core.store.tables import Base

_STAMPS = "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY\n)"


def schema_text() -> str:
    """The statements that make all tables and indexes, as SQLite takes them."""
    kind = dialect()
    statements = [_STAMPS]
    for table in Base.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=kind)))
        statements += [str(CreateIndex(index).compile(dialect=kind)) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    return "".join(f"{_tidied(statement)};\n" for statement in statements)


def _tidied(statement: str) -> str:
    return "\n".join(line.rstrip() for line in statement.strip().splitlines())


def main() -> int:
    """Write the file."""
    SCHEMA_FILE.write_text(schema_text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
