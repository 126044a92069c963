"""What connectors of tables share: column names as people mean them, and a row's identity by its key or its content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

LONGEST_KEY = 200
_INVISIBLE = re.compile("[\x00\u200b\u200c\u200d\u2060\ufeff]")
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_UNIMPORTANT = re.compile(r"[\s_.\-]+")
_encode = json.JSONEncoder(ensure_ascii=False).encode


def clean(text: str) -> str:
    """Drop what nobody sees (NUL, zero-width characters) and make every run of blanks one plain blank; for names and keys only."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def fold(name: str) -> str:
    """What two spellings of one column name have in common: case, blanks, `_`, `-` and `.` do not matter."""
    return _UNIMPORTANT.sub("", clean(name).casefold())


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


def row_digest(fields: Mapping[str, JsonValue]) -> bytes:
    """The hash of a row's content, whatever the order of its columns."""
    return hashlib.sha256(_encode(sorted(fields.items())).encode("utf-8", "surrogatepass")).digest()


def key_text(cells: Iterable[str]) -> str | None:
    """The id that a row's key columns make: cleaned, joined by `|`, hashed where it is too long; None when all are empty."""
    parts = [clean(cell) for cell in cells]
    if not any(parts):
        return None
    text = parts[0] if len(parts) == 1 else "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _unused(name: str, taken: Sequence[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
