"""Turns a raw row into a change with an id of its own that does not depend on the file's name, or into a reject with its reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.contract import Change, Invalid, JsonValue, NativeId, ObjectName, Reject, Version
from core.contract.rows import clean, fold, key_text, row_digest
from core.contract.tables.table import FileUnreadable, RawRow

ROW = ObjectName("row")
SMALLEST_FILTER_BITS = 2**13
LARGEST_FILTER_BITS = 2**27
PROBES = 4
_encode = json.JSONEncoder(ensure_ascii=False).encode


class Occurrences:
    """Counts how often a content has come before in one file, in memory that does not grow with the file.

    A fixed filter knows contents that are new for certain; only contents that may have come before are counted one by
    one. A wrong "may have come before" (rarer than one in a million below a million rows) only gives a row a higher
    number, the same one each time the same file is read.
    """

    def __init__(self, file_bytes: int) -> None:
        """Choose the filter's size by the size of the file."""
        bits = max(SMALLEST_FILTER_BITS, min(LARGEST_FILTER_BITS, 1 << file_bytes.bit_length()))
        self._mask = bits - 1
        self._filter = bytearray(bits // 8)
        self._repeated: dict[bytes, int] = {}

    def number(self, digest: bytes) -> int:
        """How often this content came before: 0 for the first time."""
        known = True
        for probe in range(PROBES):
            bit = int.from_bytes(digest[probe * 8 : probe * 8 + 8], "big") & self._mask
            known &= bool(self._filter[bit >> 3] & (1 << (bit & 7)))
            self._filter[bit >> 3] |= 1 << (bit & 7)
        if not known:
            return 0
        self._repeated[digest[:12]] = self._repeated.get(digest[:12], 0) + 1
        return self._repeated[digest[:12]]


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes the rows of one table. `key` holds the positions of the key columns; empty: rows are known by content."""

    file: str
    sheet: str
    names: Sequence[str]
    key: Sequence[int]
    occurrences: Occurrences | None

    def make(self, raw: RawRow) -> Change | Reject | None:
        """Give the change or the reject; None for a blank row."""
        if raw.fault is not None:
            return self._reject(raw, raw.fault, raw.column)
        cells = list(raw.cells)
        if not any(map(clean, cells)):
            return None
        surplus = cells[len(self.names) :]
        if any(map(clean, surplus)) or len(cells) < len(self.names):
            return self._reject(raw, f"it has {len(cells)} cells, the header has {len(self.names)}", None)
        fields = {name: cell or None for name, cell in zip(self.names, cells, strict=False)}
        digest = row_digest(fields)
        native_id = self._native_id(cells, digest)
        if native_id is None:
            return self._reject(raw, "its key is empty", self.key[0])
        where: dict[str, JsonValue] = {"file": self.file, "sheet": self.sheet or None, "row": raw.row}
        return Change(ROW, NativeId(native_id), {**fields, "_row": where}, version=Version(digest.hex()[:32]))

    def place(self, row: int, column: int | None) -> str:
        """Name a row or a cell as a person finds it."""
        sheet = f", sheet '{self.sheet}'" if self.sheet else ""
        cell = f", column '{self.names[column]}'" if column is not None and column < len(self.names) else ""
        return f"{self.file}{sheet}, row {row}{cell}"

    def _native_id(self, cells: Sequence[str], digest: bytes) -> str | None:
        if not self.key:
            number = self.occurrences.number(digest) if self.occurrences else 0
            return f"{digest.hex()[:32]}.{number}"
        return key_text(cells[at] for at in self.key)

    def _reject(self, raw: RawRow, reason: str, column: int | None) -> Reject:
        content = raw.raw or _encode(list(raw.cells)).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(content + reason.encode()).hexdigest()[:32]
        field = self.names[column] if column is not None and column < len(self.names) else None
        error = Invalid(f"{self.place(raw.row, column)}: {reason}.", hint="Correct the row and put the file there again.", field=field)
        return Reject(ROW, NativeId(f"{digest}@{raw.row}"), error, content, Version(digest))


def key_positions(names: Sequence[str], key: Sequence[str]) -> list[int]:
    """Find the key columns; raises FileUnreadable naming the one that the file does not have."""
    folded = [fold(name) for name in names]
    missing = [name for name in key if fold(name) not in folded]
    if missing:
        raise FileUnreadable(f"The file has no column '{missing[0]}', which the setting 'key' names.", hint="Add it, or an alias for it.")
    return [folded.index(fold(name)) for name in key]


def file_reject(name: str, state: str, error: FileUnreadable) -> Reject:
    """Make the one reject for a file that cannot be read in this state."""
    digest = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Reject(ROW, NativeId(f"file:{name}"), Invalid(f"{name}: {error.message}", hint=error.hint), version=Version(digest))
