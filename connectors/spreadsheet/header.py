"""Which row holds the column names, and what the columns are called in the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from connectors.spreadsheet.tables import FileUnreadable

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
_INVISIBLE = re.compile("[\x00\u200b\u200c\u200d\u2060\ufeff]")
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_UNIMPORTANT = re.compile(r"[\s_.\-]+")
_DATA_LIKE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[+-]?[\d\s.,/:]*\d[\d\s.,/:]*")


def clean(text: str) -> str:
    """Drop what nobody sees (NUL, zero-width characters) and make every run of blanks one plain blank; for names and keys only."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def fold(name: str) -> str:
    """What two spellings of one column name have in common: case, blanks, `_`, `-` and `.` do not matter."""
    return _UNIMPORTANT.sub("", clean(name).casefold())


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


def column_names(cells: Iterable[str], aliases: Mapping[str, Sequence[str]]) -> list[str]:
    """Name the columns: cleaned, by alias where one fits, doubles numbered, trailing columns without a name left out.

    A column without a name in the middle is called `column_<n>`.
    """
    meant = {fold(variant): name for name, variants in aliases.items() for variant in (name, *variants)}
    cleaned = [clean(cell) for cell in cells]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    names: list[str] = []
    for number, cell in enumerate(cleaned, start=1):
        names.append(_unused(meant.get(fold(cell), cell) if cell else f"column_{number}", names))
    return names


def _unused(name: str, taken: Sequence[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _is_all_data(row: Sequence[str]) -> bool:
    return all(_DATA_LIKE.fullmatch(clean(cell)) for cell in row if clean(cell))
