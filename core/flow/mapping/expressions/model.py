"""What the parts of the expression language share: the types of values, the limits, and the two ways in which it can go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

Path = tuple[str | int, ...]
"""Where a value stands in a record: names of fields and positions in lists (from 0)."""


class Type(StrEnum):
    """What is known about a value before there is one; ANY when nothing is."""

    ANY = "any"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    DURATION = "duration"
    LIST = "list"
    MAP = "map"
    NULL = "null"


WORDS: dict[Type, str] = {
    Type.ANY: "a value",
    Type.TEXT: "text",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.TIME: "a time",
    Type.DURATION: "a duration",
    Type.LIST: "a list",
    Type.MAP: "a group of fields",
    Type.NULL: "null",
}
"""The types in an admin's words."""

MOST_INTEGER = 2**63 - 1
"""Whole numbers have 64 bits, as in CEL."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an expression and what it computes may become."""

    length: int = 2_000
    """Characters of the expression."""
    nodes: int = 300
    """Names, values, operators and calls in it."""
    depth: int = 30
    """Levels of nesting; a chain of `and`, `or` or `+` is one level."""
    macro_depth: int = 2
    """Macros inside macros."""
    list_size: int = 1_000
    """Items of a list that a macro walks through or an operation makes."""
    steps: int = 100_000
    """What the macros of one evaluation may do: a step is one node for one item, and one for each 100 characters touched."""
    text_size: int = 100_000
    """Characters of a text that an operation makes."""


LIMITS = Limits()


class ExpressionError(Exception):
    """The expression is not sound; says where, in an admin's words."""

    def __init__(self, message: str, column: int) -> None:
        """Take the message and the column, counted from 1 at the beginning of the text."""
        super().__init__(message)
        self.message = message
        self.column = column


class EvaluationError(Exception):
    """The expression has no value for this record; the message holds nothing of the record itself."""

    def __init__(self, message: str) -> None:
        """Take the message, a sentence in an admin's words."""
        super().__init__(message)
        self.message = message


class StepLimit(EvaluationError):
    """The macros of the expression did more than is allowed for one record."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Give a sentence that proposes the nearest valid name, empty when none is near."""
    close = get_close_matches(name, list(names), 1)
    return f" Did you mean '{close[0]}'?" if close else ""


def counted(number: int, thing: str) -> str:
    """Put a number before a thing: `1 argument`, `2 arguments`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
