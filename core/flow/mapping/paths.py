"""Reading a value out of a vendor's record by a path such as `field_data.email` or `answers.0.text`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.model.records import Scalar

ABSENT: Any = object()
"""What `find_path` gives when there is nothing at a path; an explicit null is something."""


def read_path(record: Any, path: str) -> Any:
    """Follow a path; the whole rest is tried as one name first, so that names with dots and spaces work. None when absent."""
    found = find_path(record, path)
    return None if found is ABSENT else found


def find_path(record: Any, path: str) -> Any:
    """Follow a path like `read_path`, telling `ABSENT` and null apart."""
    if isinstance(record, dict | Mapping):  # a dict is recognised at once, other mappings by a slow search
        if path in record:
            return record[path]
        head, dot, rest = path.partition(".")
        while dot:
            if head in record:
                return find_path(record[head], rest)
            more, dot, rest = rest.partition(".")
            head = f"{head}.{more}"
        return ABSENT
    if isinstance(record, Sequence) and not isinstance(record, str | bytes):
        head, dot, rest = path.partition(".")
        if not (head.isascii() and head.isdigit()) or int(head) >= len(record):
            return ABSENT
        return find_path(record[int(head)], rest) if dot else record[int(head)]
    return ABSENT


def as_scalar(value: Any) -> Scalar:
    """Make one value of what a path found: lists are joined by `; `, blocks are no value."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Sequence):
        return "; ".join(str(item) for item in value if item is not None and not isinstance(item, Mapping)) or None
    return None
