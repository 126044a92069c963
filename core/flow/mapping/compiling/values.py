"""What generated functions call for the rarer cases: values that are no text, names with dots, lists, tables, problems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.flow.mapping.model import Line, Table, Unlisted
from core.flow.mapping.transforms import TransformFailed
from core.model.records import Scalar

Segments = tuple[str | int, ...]
NOTHING: dict[str, Any] = {}
"""The block that there is not: nobody writes into it."""
_LONGEST_JSON = 1_000_000
ANY = "*"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the line of the file, the path that was read (or `const`, `default`, `value`), and the steps."""

    line: int
    path: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line could give no value: a code, the line, and what happened in an admin's words, without the value itself."""

    code: str
    line: int
    target: str
    message: str

    def __str__(self) -> str:
        """Say it with its place."""
        place = f"line {self.line} " if self.line else ""
        return f"{place}({self.target}): {self.message}"


class Unlistable(TransformFailed):
    """A table refuses what it does not list."""


def plain(value: Any) -> Any:
    """Make one value of what a path found: '' for nothing, lists joined by `; `, blocks are no value."""
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Sequence):
        return "; ".join(text(item) for item in value if item is not None and not isinstance(item, Mapping))
    return text(value)


def text(value: Any) -> str:
    """Write a value as text; yes and no as `true` and `false`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(text(item) for item in value if item is not None)
    return str(value)


def items(value: Any) -> list[Any]:
    """Make a list: of a list itself, of one value a list of one, of nothing an empty one."""
    if isinstance(value, list | tuple):
        return [item for item in value if item is not None and item != ""]
    return [] if value is None or value == "" or isinstance(value, Mapping) else [value]


def block(value: Any) -> Mapping[str, Any]:
    """Make a block of what stands where one is expected: JSON in a text is read, anything else is an empty block."""
    found = value if isinstance(value, Mapping) else _json(value)
    return found if isinstance(found, dict) else dict(found) if isinstance(found, Mapping) else NOTHING


def _json(value: Any) -> Any:
    """What a text holds as JSON; None when it holds none."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[") or len(value) > _LONGEST_JSON:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def find(value: Any, path: Segments) -> Any:
    """Follow a path through blocks and lists; None when it leads nowhere. `*` gives the list of what is found in every item.

    Names may have dots themselves: `a` then `b.c`, or `a.b` then `c`, are looked for where the single names lead nowhere.
    """
    if not path:
        return value
    if isinstance(value, Mapping):
        for length in range(1, len(path) + 1):
            name = ".".join(str(part) for part in path[:length])
            found = find(value[name], path[length:]) if name in value else None
            if found is not None:
                return found
        return None
    if isinstance(value, str):
        read = _json(value)
        return None if read is None else find(read, path)
    if not isinstance(value, list | tuple):
        return None
    if path[0] == ANY:
        every = [find(item, path[1:]) for item in value]
        return [item for item in every if item is not None] or None
    place = str(path[0])
    return find(value[int(place)], path[1:]) if place.isdecimal() and place.isascii() and int(place) < len(value) else None


def is_there(record: Any, path: Segments) -> bool:
    """Whether the path leads to something, be it empty: an explicit nothing."""
    holder, name = (find(record, path[:-1]) if len(path) > 1 else record), str(path[-1])
    return (isinstance(holder, Mapping) and name in holder) or find(record, path) is not None


def unlisted(table: Table, value: Any) -> Scalar:
    """What a table makes of a value that it does not hold as it is written: folded, or by its rule."""
    folded = text(value).strip().casefold()
    if folded in table.entries:
        found = table.entries[folded]
        return "" if found is None else found
    if table.unlisted is Unlisted.KEEP:
        return value  # type: ignore[no-any-return]
    if table.unlisted is Unlisted.DROP:
        return ""
    raise Unlistable("is not listed in the table (`unlisted: refuse`)")


def failed(line: Line, error: Exception, value: Any) -> LineProblem:
    """Note that a step failed, with the value masked."""
    told = f"{masked(value)} {error}." if isinstance(error, TransformFailed) else str(error)
    return LineProblem("invalid_value", line.number, line.target, told)


def refused(line: Line, problem: str, value: Any) -> LineProblem:
    """Note that a value is not what its kind says, with the value masked."""
    return LineProblem("invalid_value", line.number, line.target, f"{masked(value)} {problem}.")


def undecided(problem: LineProblem, error: Exception) -> LineProblem:
    """Note that a condition could not be evaluated."""
    return LineProblem("invalid_value", problem.line, problem.target, str(error))


def noted(origin: Origin, note: str | None) -> Origin:
    """Add to an origin what its kind left out of the value, where it did."""
    return Origin(origin.line, origin.path, (*origin.steps, note)) if note else origin


def kept(origin: Origin) -> Origin:
    """Note that a value stands as it came, because its kind could not read it."""
    return Origin(origin.line, origin.path, (*origin.steps, "kept as it came"))


def missing(line: Line, source: str) -> LineProblem:
    """Note that a required field has no value."""
    return LineProblem("required_missing", line.number, line.target, f"it is required, but nothing was found in {source}.")


def masked(value: Any) -> str:
    """Show of a value as much as may stand in a list: its first character and its length."""
    written = text(value)
    return f"'{written[:1]}…' ({len(written)} characters)" if written else "an empty value"
