"""The expression language's front door: from the text of an expression to one that can be compiled, asked and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.flow.mapping.expressions.check import Checker, must_be_small
from core.flow.mapping.expressions.model import LIMITS, Limits, Path, Type
from core.flow.mapping.expressions.plan import Plan
from core.flow.mapping.expressions.scan import look_over
from core.flow.mapping.expressions.source import Reader, Writer, helpers
from core.flow.mapping.expressions.tree import Name, Node


class Expression:
    """A sound expression. Equal to another of the same text, checked against the same types and limits."""

    __slots__ = ("_evaluate", "_limits", "_plan", "paths", "text", "type")

    def __init__(self, text: str, plan: Plan, paths: tuple[Path, ...], limits: Limits) -> None:
        """Made by `parse`."""
        self.text = text
        self.type: Type = plan.type
        self.paths = paths
        self._plan = plan
        self._limits = limits
        self._evaluate: Callable[[Mapping[str, Any]], Any] | None = None

    def python(self, read: Reader) -> str:
        """Write Python source that gives the value: null, text, number, bool, list or dict; times as ISO text, durations as `86400s`.

        It is one expression, closed in itself and free of statements, for a namespace with `helpers()`. It binds names such as
        `x_1`; what `read` gives must bind none and may be evaluated several times. Running it raises EvaluationError only, as long
        as reading does not raise.
        """
        return Writer(read, self._limits).whole(self._plan)

    def truth(self, read: Reader) -> str:
        """Write Python source that gives a bool: false for null, an empty text, 0, false and an empty list. Else as `python`."""
        return Writer(read, self._limits).whole_truth(self._plan)

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """Evaluate with a record, for previews and tests; raises EvaluationError. Compiled at the first use."""
        if self._evaluate is None:
            source = self.python(lambda path: f"x_read(x_record, {path!r})")
            self._evaluate = _compile(f"def x_evaluate(x_record):\n    return {source}\n")
        return self._evaluate(variables)

    def __eq__(self, other: object) -> bool:
        """Compare what is written and what it was checked against."""
        if not isinstance(other, Expression):
            return False
        return self.text == other.text and self._limits == other._limits and self._plan == other._plan

    def __hash__(self) -> int:
        """Agree with `==`."""
        return hash(self.text)

    def __repr__(self) -> str:
        """Show the text."""
        return f"Expression({self.text!r})"


def parse(text: str, names: Mapping[str, Type] | None, limits: Limits = LIMITS) -> Expression:
    """Check a text and make an expression of it; raises ExpressionError.

    `names` are the fields that may be used with their types (with dots for parts of groups: `context.received_at`); with None any
    name may be used, all of unknown type.
    """
    look_over(text, limits)
    tree = Name(text, 1) if names is not None and text in names and text.isidentifier() else _read(text)
    must_be_small(tree, limits)
    checker = Checker(names, limits)
    plan = checker.plan(tree)
    return Expression(text, plan, tuple(checker.paths), limits)


def _read(text: str) -> Node:
    """The parser library is loaded here: a process whose conditions are names alone does without its 5 MiB."""
    from core.flow.mapping.expressions.grammar import read

    return read(text)


def _compile(source: str) -> Callable[[Mapping[str, Any]], Any]:
    namespace = dict(helpers())
    exec(compile(source, "<expression>", "exec"), namespace)  # the source is our own; of the admin's text it holds literals through repr
    made: Callable[[Mapping[str, Any]], Any] = namespace["x_evaluate"]
    return made
