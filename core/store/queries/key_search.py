"""Finding identity keys by their index, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.model.records import IdentityKey


def has_one_of(table: Any, keys: Sequence[IdentityKey]) -> Any:
    """The rows that hold one of these keys.

    Two lists rather than one of pairs: for pairs SQLite walks through every key that there is. A digest is made of its kind
    as well, so that none is found under another kind.
    """
    return table.c.kind.in_(sorted({key.kind for key in keys})) & table.c.digest.in_([key.digest for key in keys])
