"""The parts of a SOQL query once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Path = tuple[str, ...]
"""A field, possibly of a parent: `Owner.Email` is `("Owner", "Email")`."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; numbers and booleans are Python values, everything else is its text, strings without their quotes and escapes."""

    kind: Literal["string", "number", "boolean", "null", "date", "datetime"]
    content: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`; IN and NOT IN hold several values, all others one."""

    path: Path
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions that hold together (AND) or of which one holds (OR)."""

    operator: Literal["AND", "OR"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """A condition that must not hold."""

    part: Condition


Condition = Comparison | Junction | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One sorting criterion; empty values come first unless the query says otherwise."""

    path: Path
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `counts` stands for SELECT COUNT(), which has no columns."""

    object: str
    columns: tuple[Path, ...]
    counts: bool = False
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
