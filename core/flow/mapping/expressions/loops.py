"""The macros over lists while an expression runs, with the budget that bounds what they may do for one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core.flow.mapping.expressions.arithmetic import must_have_few
from core.flow.mapping.expressions.model import WORDS, EvaluationError, StepLimit
from core.flow.mapping.expressions.values import type_of

_CHARACTERS_PER_STEP = 100
_SEARCH_STEPS = 200
"""A search with a regular expression counts so many steps, and more with the square of the length: that is how most slow ones grow."""
_LENGTH_SQUARED_PER_STEP = 500


class Budget:
    """The steps that are left to one evaluation; calls of functions inside macros go through it."""

    __slots__ = ("left", "steps")

    def __init__(self, steps: int) -> None:
        """Start with so many steps."""
        self.steps = self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps away; raises StepLimit when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise StepLimit(f"The expression did more than {self.steps:,} steps for one record. Its lists are too long for what it does.")

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function and pay for what it is given, before."""
        self.spend(1 + sum(weight(argument, self.left) for argument in arguments))
        return function(*arguments)

    def search(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that searches with a regular expression."""
        length = max((len(argument) for argument in arguments if isinstance(argument, str)), default=0)
        self.spend(_SEARCH_STEPS + length * length // _LENGTH_SQUARED_PER_STEP)
        return self.call(function, *arguments)


def weight(value: Any, most: int) -> int:
    """Count what a value is worth in steps: its items at every level, and every 100 characters; up to a little more than `most`."""
    if value.__class__ is str:
        return len(value) // _CHARACTERS_PER_STEP
    if not isinstance(value, list | tuple | dict):
        return 0
    steps, waiting = 0, [value]
    while waiting and steps <= most:
        inner = waiting.pop()
        items = inner.values() if isinstance(inner, dict) else inner
        steps += len(inner) + sum(len(item) // _CHARACTERS_PER_STEP for item in items if isinstance(item, str))
        waiting.extend(item for item in items if isinstance(item, list | tuple | dict))
    return steps


class Loop:
    """How one macro walks through a list: at what price, how far, with which condition; null in place of a list has nothing to walk."""

    __slots__ = ("budget", "items", "price")

    def __init__(self, budget: Budget, price: int, most: int, items: Any) -> None:
        """Check the list; raises EvaluationError when it is no list or too long."""
        if items is not None and not isinstance(items, list | tuple):
            raise EvaluationError(f"`exists`, `all`, `map` and `filter` walk through a list, not {WORDS[type_of(items)]}.")
        must_have_few(len(items or ()), most)
        self.budget = budget
        self.price = price
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        """Give the items, each paid for before."""
        budget, price = self.budget, self.price
        for item in self.items or ():
            budget.left -= price
            if budget.left < 0:
                budget.spend(0)
            yield item

    def exists(self, holds: Callable[[Any], Any]) -> bool:
        """Tell whether the condition holds for an item."""
        return any(holds(item) for item in self)

    def all(self, holds: Callable[[Any], Any]) -> bool:
        """Tell whether the condition holds for every item; it does for an empty list, and does not for null."""
        return self.items is not None and all(holds(item) for item in self)

    def exists_one(self, holds: Callable[[Any], Any]) -> bool:
        """Tell whether the condition holds for exactly one item."""
        return sum(1 for item in self if holds(item)) == 1

    def filter(self, holds: Callable[[Any], Any]) -> list[Any] | None:
        """Give the items for which the condition holds."""
        return None if self.items is None else [item for item in self if holds(item)]

    def map(self, make: Callable[[Any], Any], holds: Callable[[Any], Any] | None = None) -> list[Any] | None:
        """Give what is made of every item, or of those for which the condition holds."""
        if self.items is None:
            return None
        return [make(item) for item in self if holds is None or holds(item)]
