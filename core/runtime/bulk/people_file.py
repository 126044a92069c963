"""A CSV or Excel file of people: its columns recognised as an import recognises them, its values made canonical row by row."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.contract import ConfigInvalid
from core.contract.tables.reading import open_tables
from core.contract.tables.settings import TableSettings
from core.contract.tables.table import FileUnreadable, Table
from core.model.records import Scalar
from core.model.vocabulary import LEAD_FIELDS
from core.runtime.bulk.preparing import Record, Refine
from core.runtime.labelled_file import ENTITY, ID, canonical, recognise

GROUP = "group"
"""The column that a copy has more: rows with the same number are one person, as far as can be told."""
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """One table of people. `columns` names the column by which each of our fields is read."""

    path: Path
    table: Table
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        """What a plan calls it."""
        return self.path.name

    def fingerprint(self) -> str:
        """Says whether the file is as it was."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def expected(self) -> int:
        """About how many rows it has, told by the length of its first ones."""
        size, first = self.path.stat().st_size, 0
        for number, row in enumerate(self.table.rows(self.table.start), 1):
            first = row.after.offset - self.table.start.offset
            if number == 1000:
                break
        else:
            return number if first else 0
        return max(1, size * number // first) if first > number else number

    @property
    def refine(self) -> Refine:
        """What makes the values canonical."""
        return canonical

    def records(self) -> Iterator[Record]:
        """All readable rows: the number that a person sees beside it, and the values as they stand there."""
        places = {name: self.table.header.index(column) for name, column in self.columns.items()}
        for row in self.table.rows(self.table.start):
            if row.fault is None and any(row.cells):
                cells = row.cells
                yield str(row.row), {name: cells[place] for name, place in places.items() if place < len(cells)}

    def some(self, numbers: Collection[str]) -> dict[str, Mapping[str, Scalar]]:
        """The values of some rows as they stand in the file, by number."""
        places = {name: self.table.header.index(column) for name, column in self.columns.items()}
        found: dict[str, Mapping[str, Scalar]] = {}
        wanted = set(numbers)
        for row in self.table.rows(self.table.start) if wanted else ():
            if str(row.row) in wanted:
                found[str(row.row)] = {name: row.cells[place] for name, place in places.items() if place < len(row.cells)}
                if len(found) == len(wanted):
                    break
        return found

    def write_copy(self, path: Path, groups: Mapping[str, int]) -> None:
        """Write a CSV copy of the rows as they stand in the file, with the group's number behind those that stand in one."""
        heads = [*self.table.header, GROUP if GROUP not in self.table.header else f"leadloom_{GROUP}"]
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(heads)
            for row in self.table.rows(self.table.start):
                if row.fault is None and any(row.cells):
                    cells = [*row.cells, *[""] * (len(heads) - 1 - len(row.cells))]
                    out.writerow([*cells[: len(heads) - 1], groups.get(str(row.row), "")])


def open_people(path: Path) -> PeopleFile:
    """Find the first table whose columns are recognised; raises ConfigInvalid where there is none, or the file cannot be read."""
    try:
        tables = open_tables(path, path.stat().st_size, TableSettings())
    except FileUnreadable as error:
        raise ConfigInvalid(f"{path.name}: {error.message}", setting=str(path), hint=error.hint or "Save it as CSV in UTF-8.") from error
    for table in tables:
        columns = {name: column for name, column in recognise(table.header).items() if name not in (ENTITY, ID)}
        if columns.keys() & LEAD_FIELDS.keys():
            return PeopleFile(path, table, columns)
    heads = ", ".join(tables[0].header) if tables else "no columns"
    hint = "Give the columns names such as first_name, last_name, email, phone, company."
    raise ConfigInvalid(
        f"No column of {path.name} is recognised as a name, an address or a phone. It has: {heads}.", setting=str(path), hint=hint
    )
