"""What a transform is: its parameters, samples, its function, and the way back where there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Arguments = Mapping[str, Any]
"""Checked arguments by name, defaults filled in: text is str, `whole` int, `number` Decimal, `boolean` bool; None when not given."""

Step = Callable[[Any], Any]
"""Takes a value that is not None, gives a value or None (nothing there); raises TransformFailed only."""


class TransformRefused(Exception):
    """The mapping file asks for something that there is not; the message is in an admin's words."""


class TransformFailed(Exception):
    """The value cannot go through. The message ends a sentence that begins with the field, and does not hold the value."""


class OutOfDomain(TransformFailed):
    """The value could not be brought back exactly; a line that goes both ways refuses it."""


class Shape(StrEnum):
    """What a transform is given and gives."""

    TEXT = "text"
    LIST = "list"
    ANY = "any"
    """A number, boolean or text as it is, or a list."""


class Type(StrEnum):
    """What may be written for a parameter."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    BOOLEAN = "boolean"
    PATTERN = "pattern"
    FORMAT = "format"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument; positional in the order of the transform's parameters."""

    name: str
    summary: str
    type: Type = Type.TEXT
    required: bool = True
    default: Any = None
    choices: tuple[str, ...] = ()
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """An example that a test runs and the reference prints; `arguments` as a mapping file has them."""

    arguments: Any
    given: Any
    gives: Any


@dataclass(frozen=True, slots=True)
class Transform:
    """One named way of changing a value.

    `forward` and `backward` make the function for checked arguments; either may raise TransformRefused for arguments that
    make no sense together. `backward` is None, or gives None, where the way back is not known. `backward` alone does not
    promise exactness: see `two_way`. `inline` gives the source of an expression on a variable that holds text, equal to
    `forward`, using builtins only; None, or giving None: call the function. `touches` gives the source of a test on such a
    variable without which the transform leaves the text as it is.
    """

    name: str
    summary: str
    samples: tuple[Sample, ...]
    forward: Callable[[Arguments], Step]
    parameters: tuple[Parameter, ...] = ()
    takes: Shape = Shape.TEXT
    gives: Shape = Shape.TEXT
    backward: Callable[[Arguments], Step | None] | None = None
    inline: Callable[[Arguments, str], str | None] | None = None
    touches: Callable[[Arguments, str], str] | None = None


def two_way(transform: Transform, arguments: Arguments) -> tuple[Step, Step] | None:
    """Give both directions so that each is exactly undone by the other; None where the transform has no way back.

    Both raise OutOfDomain for a value that the other direction would not bring back as it was: never a silently different value.
    """
    back = transform.backward(arguments) if transform.backward else None
    if back is None:
        return None
    forth = transform.forward(arguments)
    return _exact(forth, back, transform.takes), _exact(back, forth, transform.gives)


def _exact(there: Step, back: Step, takes: Shape) -> Step:
    def checked(value: Any) -> Any:
        if takes is Shape.TEXT and not isinstance(value, str):
            raise OutOfDomain("is not text")
        result = there(value)
        if result is None:
            raise OutOfDomain(_NO_WAY_BACK)
        try:
            returned = back(result)
        except OutOfDomain:
            raise
        except TransformFailed as failure:
            raise OutOfDomain(_NO_WAY_BACK) from failure
        if returned != value or isinstance(returned, bool) != isinstance(value, bool):
            raise OutOfDomain(_NO_WAY_BACK)
        return result

    return checked


_NO_WAY_BACK = "could not be brought back as it is from the other side"
