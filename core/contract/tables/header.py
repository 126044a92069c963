"""Which row holds the column names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.contract.rows import clean
from core.contract.tables.table import FileUnreadable

SEARCHED_ROWS = 25
"""The header is looked for in so many rows that are not blank."""
FULL_ENOUGH = 0.5
"""A header fills more than this share of the fullest of the searched rows; titles and merged group headings do not."""
USUAL_NAMES = frozenset(
    [
        "email",
        "mail",
        "emailaddress",
        "name",
        "fullname",
        "firstname",
        "lastname",
        "vorname",
        "nachname",
        "phone",
        "telefon",
        "company",
        "firma",
        "city",
        "ort",
        "zip",
        "plz",
        "country",
        "land",
        "street",
        "strasse",
        "id",
        "key",
        "value",
        "title",
        "date",
        "datum",
    ]
)
"""Folded column names that are no one's data: a row with one of them is a header."""
_DATA_LIKE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[+-]?[\d\s.,/:]*\d[\d\s.,/:]*")


def choose_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Tell which of the first rows holds the column names; None when there is no row at all.

    Raises FileUnreadable when the row that should be the header looks like a record: without that, the first record of
    a file without header would be lost.
    """
    filled = [sum(1 for cell in row if clean(cell)) for row in rows]
    fullest = max(filled, default=0)
    if fullest == 0:
        return None
    index = next(at for at, count in enumerate(filled) if count > fullest * FULL_ENOUGH)
    if any("@" in cell and _DATA_LIKE.fullmatch(clean(cell)) for cell in rows[index]) or _is_all_data(rows[index]):
        raise FileUnreadable(
            "The row where the column names should be looks like a record.",
            hint="Put a row with column names on top, or name that row with 'header_row'.",
        )
    return index


def _is_all_data(row: Sequence[str]) -> bool:
    return all(_DATA_LIKE.fullmatch(clean(cell)) for cell in row if clean(cell))
