"""Reading blocks of a document with every problem noted in its place, in an admin's words, while reading goes on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.flow.mapping.model import Place
from core.model.records import Scalar


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One thing that is wrong in a mapping file, in an admin's words."""

    place: Place
    message: str


class Blocks:
    """Checks pieces of a document; `problems` gathers what is wrong."""

    def __init__(self) -> None:
        """Start without problems."""
        self.problems: list[MappingProblem] = []

    def problem(self, place: Place, message: str) -> None:
        """Note a problem."""
        self.problems.append(MappingProblem(place, message))

    def known(self, block: Mapping[str, Any], allowed: Iterable[str], place: Place) -> None:
        """Note every key that is not known here."""
        names = tuple(allowed)
        for key in block:
            if key not in names:
                self.problem((*place, key), f"`{key}` is not known here.{nearest(str(key), names)}")

    def block(self, value: object, place: Place, allowed: Sequence[str], needed: Sequence[str] = ()) -> dict[str, Any]:
        """Give a block with known keys, empty when it is none."""
        if not isinstance(value, dict):
            names = ", ".join(f"`{name}:`" for name in (needed or allowed))
            self.problem(place, f"`{place[-1]}` must be a block with {names}.")
            return {}
        self.known(value, allowed, place)
        for name in needed:
            if name not in value:
                self.problem(place, f"`{place[-1]}` lacks `{name}:`.")
        return value

    def text(self, block: Mapping[str, Any], key: str, place: Place) -> str | None:
        """Give a text that may be left out."""
        value = block.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self.problem((*place, key), f"`{key}` must be a text, not {value!r}.")
        return None

    def texts(self, block: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        """One text or a list of texts; a number stands for the text it looks like (the first column, `0`)."""
        value = block.get(key)
        if value is None and key not in block:
            return ()
        items = value if isinstance(value, list | tuple) else [value]
        if not items:
            self.problem((*place, key), f"`{key}` names nothing.")
        if any(isinstance(item, bool) or not isinstance(item, str | int) or item == "" for item in items):
            self.problem((*place, key), f"`{key}` must be a text or a list of texts, not {value!r}.")
            return ()
        return tuple(str(item) for item in items)

    def whole(self, block: Mapping[str, Any], key: str, default: int) -> int:
        """Give a whole number."""
        value = block.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem((key,), f"`{key}` must be a whole number, not {value!r}.")
            return default
        return value

    def scalar(self, block: Mapping[str, Any], key: str, place: Place) -> Scalar:
        """Give one value of any type."""
        value = block.get(key)
        if value is None or isinstance(value, str | int | float | bool):
            return value
        self.problem((*place, key), f"`{key}` must be one value, not {value!r}. Put a date into quotes.")
        return None

    def choice(self, block: Mapping[str, Any], key: str, choices: Sequence[str], place: Place) -> str | None:
        """Give one of some words, None when it is left out; `yes` and `no` may be written as true and false."""
        value = block.get(key)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if value is None or value in choices:
            return value
        names = ", ".join(f"`{choice}`" for choice in choices)
        self.problem((*place, key), f"`{key}` must be one of {names}, not {value!r}.{nearest(str(value), choices)}")
        return None

    def flag(self, block: Mapping[str, Any], key: str, place: Place) -> bool:
        """Give a yes or no, no when it is left out."""
        value = block.get(key, False)
        if value in ("yes", "no"):
            return bool(value == "yes")
        if not isinstance(value, bool):
            self.problem((*place, key), f"`{key}` must be `true` or `false`, not {value!r}.")
        return value is True


def nearest(name: str, names: Iterable[str]) -> str:
    """A sentence with the nearest valid name, empty when none is near."""
    close = difflib.get_close_matches(name, list(names), 1)
    return f" Did you mean '{close[0]}'?" if close else ""
