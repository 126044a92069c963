"""A tie to another record, as it stands among the wanted fields until delivery knows that record's id."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.records import IdentityKey, Scalar

_MARK = "leadloom-tie:"


def write_tie(object_name: str, keys: Sequence[IdentityKey]) -> str:
    """Write the tie to the record of whoever owns the first of these keys."""
    return _MARK + "|".join([object_name, *(f"{key.kind}={key.digest.hex()}" for key in keys)])


def read_tie(value: Scalar) -> tuple[str, tuple[IdentityKey, ...]] | None:
    """Read what `write_tie` wrote; None for any other value."""
    if not isinstance(value, str) or not value.startswith(_MARK):
        return None
    object_name, *parts = value[len(_MARK) :].split("|")
    pairs = [part.partition("=") for part in parts]
    return object_name, tuple(IdentityKey(kind, bytes.fromhex(digest)) for kind, _, digest in pairs)
