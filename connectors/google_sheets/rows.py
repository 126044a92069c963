"""Turns a row of cells into a record with an id of its own, or into a reject with its reason. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.contract import Change, ConfigInvalid, Invalid, JsonValue, NativeId, ObjectName, Reject, Version
from core.contract.rows import clean, fold, key_text, row_digest

ROW = ObjectName("row")
EXACT_BELOW = 10**15
"""Spreadsheets keep 15 digits; what has more was rounded when it was typed or pasted."""
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|ERROR!)")
_SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?E\+\d{2,}")


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes the rows of one tab. `key` holds the positions of the key columns; empty: rows are known by content."""

    tab: str
    names: Sequence[str]
    key: Sequence[int]
    occurrences: Counter[bytes]

    def make(self, number: int, cells: Sequence[JsonValue]) -> Change | Reject | None:
        """Give the record or the reject; None for a blank row. Cells that are missing at the end are empty."""
        texts = [text_of(cell) for cell in cells]
        if not any(map(clean, texts)):
            return None
        width = len(self.names)
        if any(map(clean, texts[width:])):
            return self._reject(number, cells, "it has a value in a column without a name", None)
        fault = next(((why, at) for at, cell in enumerate(cells[:width]) if (why := _fault(cell))), None)
        if fault is not None:
            return self._reject(number, cells, *fault)
        texts = [*texts[:width], *[""] * (width - len(texts))]
        fields: dict[str, JsonValue] = {name: text or None for name, text in zip(self.names, texts, strict=True)}
        digest = row_digest(fields)
        native_id = key_text(texts[at] for at in self.key) if self.key else self._numbered(digest)
        if native_id is None:
            return self._reject(number, cells, "its key is empty", self.key[0])
        place: dict[str, JsonValue] = {"tab": self.tab, "row": number}
        return Change(ROW, NativeId(native_id), {**fields, "_row": place}, version=Version(digest.hex()[:32]))

    def _numbered(self, digest: bytes) -> str:
        """An id for a row without a key: equal rows of a tab are different records."""
        self.occurrences[digest] += 1
        return f"{digest.hex()[:32]}.{self.occurrences[digest] - 1}"

    def _reject(self, number: int, cells: Sequence[JsonValue], reason: str, column: int | None) -> Reject:
        raw = json.dumps(list(cells)).encode()
        digest = hashlib.sha256(raw + reason.encode()).hexdigest()[:32]
        field = self.names[column] if column is not None else None
        named = f", column '{field}'" if field is not None else ""
        error = Invalid(
            f"Tab '{self.tab}', row {number}{named}: {reason}.", hint="Correct the row; it is read again by itself.", field=field
        )
        return Reject(ROW, NativeId(f"{digest}@{number}"), error, raw, Version(digest))


def key_positions(names: Sequence[str], key: Sequence[str], tab: str) -> list[int]:
    """Find the key columns; raises ConfigInvalid naming the one that the tab does not have."""
    folded = [fold(name) for name in names]
    missing = [name for name in key if fold(name) not in folded]
    if missing:
        raise ConfigInvalid(
            f"The tab '{tab}' has no column '{missing[0]}'.", hint="Add it or an alias for it, or name the tabs to read.", setting="key"
        )
    return [folded.index(fold(name)) for name in key]


def text_of(cell: JsonValue) -> str:
    """Write a cell as text: whole numbers without a fraction, truth values as the spreadsheet shows them."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float) and abs(cell) < EXACT_BELOW:  # nothing else is exact, nor finite
        return str(int(cell)) if cell == int(cell) else format(Decimal(f"{cell:.15g}"), "f")
    return cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell)


def _fault(cell: JsonValue) -> str | None:
    """Why the true value of a cell is not in the answer, if it is not."""
    if isinstance(cell, str):
        if _ERROR.fullmatch(cell):
            return f"the cell shows the error {cell}"
        if cell == "Loading...":
            return "the cell is still being calculated"
        return "the number is shown shortened; format the column as plain text and enter it again" if _SHORTENED.fullmatch(cell) else None
    if isinstance(cell, int | float) and not abs(cell) < EXACT_BELOW:
        return "the number has more than 15 digits, so the spreadsheet has rounded it; format the column as text and enter it again"
    return None
