"""What a two-way line does backwards: proved possible from its parts, or refused with the part that stands in the way.

For every value in the domain, backward(forward(x)) == x and forward(backward(y)) == y. What a CRM holds outside of it is
refused when it is read back (`OutOfDomain`), never turned into something else. Letters' case does not count in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.flow.mapping.expressions import Expression
from core.flow.mapping.model import Chain, Computed, Constant, Joined, Line, Paths, Table, Unlisted
from core.flow.mapping.transforms import OutOfDomain, two_way
from core.model.records import Scalar


class OneWay(Exception):
    """A line cannot be read backwards; the message names the part."""


Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Inverse:
    """How the remote value becomes golden values.

    `changes` run in their order on the remote value; with a separator the result is cut into the `fields`. `fields` with a
    chain or an expression of their own (`back:`) stand in `given`.
    """

    fields: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    separator: str | None = None
    given: Mapping[str, Chain | Expression] | None = None


def invert(line: Line) -> Inverse:
    """Give the inverse of a line; raises OneWay."""
    if line.back is not None:
        return Inverse(tuple(line.back.fields), given=line.back.fields)
    match line.source:
        case Constant():
            raise OneWay("a constant has nothing to give back.")
        case Computed(expression):
            raise OneWay(f"`{expression.text}` is computed.")
        case Paths(paths) if len(paths) != 1:
            raise OneWay(f"it is not clear which of {', '.join(paths)} a value belongs to.")
        case Joined(_, separator) if not separator:
            raise OneWay("without a separator the parts cannot be told apart.")
        case Paths(paths):
            return Inverse(paths, _changes(line.chain))
        case Joined(paths, separator):
            return Inverse(paths, _changes(line.chain), separator)


def _changes(chain: Chain) -> tuple[Change, ...]:
    changes: list[Change] = []
    if chain.table is not None:
        changes.append(untabled(chain.table))
    for step in reversed(chain.steps):
        ways = two_way(step.transform, step.arguments)
        if ways is None:
            raise OneWay(f"`{step.text}` cannot be undone.")
        changes.append(ways[1])
    return tuple(changes)


def untabled(table: Table) -> Change:
    """Give the table read from right to left; raises OneWay where two lines of it give the same."""
    back = _turned(table)

    def look_up(value: Scalar) -> Scalar:
        word = _fold(value)
        if value is None or word in back:
            return None if value is None else back[word]
        if table.unlisted is Unlisted.DROP:
            return None
        if table.unlisted is Unlisted.REFUSE or word in table.entries:
            raise OutOfDomain("is not among the values that the table gives")
        return value

    return look_up


def _turned(table: Table) -> dict[str, str]:
    back: dict[str, str] = {}
    for folded, value in table.entries.items():
        if value is None or value == "":
            raise OneWay(f"the table gives nothing for '{table.written[folded]}'.")
        word = _fold(value)
        if word in back:
            raise OneWay(f"the table gives '{value}' for '{back[word]}' and for '{table.written[folded]}'.")
        back[word] = table.written[folded]
    return back


def cut(text: Any, separator: str, count: int) -> list[str]:
    """Cut a joined text into its parts; raises OutOfDomain when there are more or fewer of them."""
    parts = str(text).split(separator)
    if len(parts) != count:
        raise OutOfDomain(f"has {len(parts)} parts between '{separator}', not {count}")
    return parts


def _fold(value: Scalar) -> str:
    return str(value).strip().casefold()
