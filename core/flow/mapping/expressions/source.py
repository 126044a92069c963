"""Writes Python source for a plan. Nothing of the admin's text gets into it but literals, through repr."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core.flow.mapping.expressions import arithmetic, loops, values
from core.flow.mapping.expressions.functions import FUNCTIONS
from core.flow.mapping.expressions.model import Limits, Path, Type
from core.flow.mapping.expressions.plan import (
    Apply,
    Arithmetic,
    Choose,
    Compare,
    Constant,
    Filled,
    ListOf,
    Local,
    Logic,
    Not,
    Pick,
    Plan,
    Read,
    Walk,
    Within,
)
from core.flow.mapping.expressions.times import moment, span

Reader = Callable[[Path], str]
"""Gives the source that reads a constant path."""

_COMPARISONS: dict[str, tuple[str, Callable[..., Any]]] = {
    "==": ("x_eq", values.equals),
    "!=": ("x_ne", values.differs),
    "<": ("x_lt", values.is_less),
    "<=": ("x_le", values.is_at_most),
    ">": ("x_gt", values.is_greater),
    ">=": ("x_ge", values.is_at_least),
}
_OPERATORS: dict[str, tuple[str, Callable[..., Any]]] = {
    "+": ("x_add", arithmetic.add),
    "-": ("x_sub", arithmetic.subtract),
    "*": ("x_mul", arithmetic.multiply),
    "/": ("x_div", arithmetic.divide),
    "%": ("x_mod", arithmetic.remainder),
}
_CHEAP = frozenset({"x_sub", "x_mul", "x_div", "x_mod", "x_neg", "x_get"})
"""Helpers that take the same time whatever they are given; what others are given is paid for inside macros."""
_CLASSES: dict[type, str] = {int: "x_Int", str: "x_Str", bool: "x_Bool"}
_HELPERS: dict[str, Any] = {
    **{name: kind for kind, name in _CLASSES.items()},
    **dict([*_COMPARISONS.values(), *_OPERATORS.values()]),
    **{f"x_{function.name}": function.implementation for function in FUNCTIONS.values() if function.implementation},
    "x_neg": arithmetic.negate,
    "x_in": values.contains_item,
    "x_get": values.pick,
    "x_read": values.read,
    "x_end": values.finish,
    "x_Time": datetime,
    "x_Span": timedelta,
    "x_utc": UTC,
    "x_Budget": loops.Budget,
    "x_Loop": loops.Loop,
}


def helpers() -> Mapping[str, Any]:
    """Give the globals that the source of expressions needs; all names begin with `x_`."""
    return dict(_HELPERS)


class Writer:
    """Writes one expression; the names it binds are `x_1`, `x_2` and so on."""

    def __init__(self, read: Reader, limits: Limits) -> None:
        """Take how the caller reads a path."""
        self._read_path = read
        self._limits = limits
        self._names = 0
        self._budget = ""
        self._inside = 0

    def whole(self, plan: Plan) -> str:
        """Write a whole expression for its value."""
        inner = self.value(plan)
        return self._with_budget(inner if _is_plain(plan) else f"x_end({self._limits.text_size}, {self._limits.list_size}, {inner})")

    def whole_truth(self, plan: Plan) -> str:
        """Write a whole expression for its truth, a Python bool."""
        return self._with_budget(self.truth(plan))

    def value(self, plan: Plan) -> str:
        """Write a part of an expression for its value."""
        write: Callable[[Any], str] = getattr(self, f"_{type(plan).__name__.lower()}")
        return write(plan)

    def truth(self, plan: Plan) -> str:
        """Write a part of an expression for its truth, a Python bool."""
        return self.value(plan) if _is_bool(plan) else f"(not not {self.value(plan)})"

    def condition(self, plan: Plan) -> str:
        """Write a part of an expression for where Python asks for its truth itself."""
        if not isinstance(plan, Logic):
            return self.value(plan)
        word = " and " if plan.operator == "&&" else " or "
        return f"({word.join(map(self.condition, plan.operands))})"

    def _with_budget(self, source: str) -> str:
        if not self._budget:
            return source
        return f"({source} if ({self._budget} := x_Budget({self._limits.steps})) else None)"

    def _fresh(self) -> str:
        self._names += 1
        return f"x_{self._names}"

    def _helper(self, name: str, *arguments: str) -> str:
        if not self._inside or name in _CHEAP:
            return f"{name}({', '.join(arguments)})"
        way = "search" if name == "x_matches" else "call"
        return f"{self._budget}.{way}({', '.join((name, *arguments))})"

    def _constant(self, plan: Constant) -> str:
        return f"({plan.value!r})" if plan.type is Type.NUMBER else repr(plan.value)

    def _read(self, plan: Read) -> str:
        return f"({self._read_path(plan.path)})"

    def _local(self, plan: Local) -> str:
        return f"x_v{plan.number}"

    def _pick(self, plan: Pick) -> str:
        return f"x_get({self.value(plan.target)}, {self.value(plan.key)})"

    def _listof(self, plan: ListOf) -> str:
        return f"[{', '.join(map(self.value, plan.items))}]"

    def _logic(self, plan: Logic) -> str:
        source = self.condition(plan)
        return source if _is_of_bools(plan) else f"(not not {source})"

    def _not(self, plan: Not) -> str:
        return f"(not {self.condition(plan.operand)})"

    def _filled(self, plan: Filled) -> str:
        return f"({self.value(plan.operand)} is not None)"

    def _choose(self, plan: Choose) -> str:
        return f"({self.value(plan.yes)} if {self.condition(plan.condition)} else {self.value(plan.no)})"

    def _compare(self, plan: Compare) -> str:
        left, right = plan.left, plan.right
        if plan.operator in ("==", "!="):
            for one, other in ((left, right), (right, left)):
                if _is_null(other) and isinstance(one, Read | Local):
                    return f"({self.value(one)} is {'not ' if plan.operator == '!=' else ''}None)"
            if _is_as_in_python(left, right):
                return f"({self.value(left)} {plan.operator} {self.value(right)})"
        if isinstance(left, Read | Local) and isinstance(right, Constant) and type(right.value) in _CLASSES:
            return self._compare_quickly(plan.operator, left, right)
        return self._helper(_COMPARISONS[plan.operator][0], self.value(left), self.value(right))

    def _compare_quickly(self, operator: str, left: Read | Local, right: Constant) -> str:
        """Python's own comparison when the value has the very class of the literal, ours when it has not."""
        name, literal = self._fresh(), self.value(right)
        slow = self._helper(_COMPARISONS[operator][0], name, literal)
        return f"({name} {operator} {literal} if ({name} := {self.value(left)}).__class__ is {_CLASSES[type(right.value)]} else {slow})"

    def _within(self, plan: Within) -> str:
        item, container = plan.item, plan.container
        if isinstance(container, ListOf) and container.items and all(map(_is_text, container.items)):
            return f"({self.value(item)} in ({', '.join(map(self.value, container.items))},))"
        return self._helper("x_in", self.value(item), self.value(container))

    def _arithmetic(self, plan: Arithmetic) -> str:
        operands = tuple(map(self.value, plan.operands))
        if len(operands) == 1:
            return self._helper("x_neg", *operands)
        bounds = (str(self._limits.text_size), str(self._limits.list_size)) if plan.operator == "+" else ()
        return self._helper(_OPERATORS[plan.operator][0], *bounds, *operands)

    def _apply(self, plan: Apply) -> str:
        literal = _time_literal(plan)
        if literal:
            return literal
        bound = (str(getattr(self._limits, plan.function.bound)),) if plan.function.bound else ()
        return self._helper(f"x_{plan.function.name}", *bound, *map(self.value, plan.arguments))

    def _walk(self, plan: Walk) -> str:
        self._budget = self._budget or self._fresh()
        source = self.value(plan.source)
        self._inside += 1
        condition = None if plan.condition is None else f"lambda x_v{plan.variable}: {self.condition(plan.condition)}"
        value = None if plan.value is None else f"lambda x_v{plan.variable}: {self.value(plan.value)}"
        self._inside -= 1
        loop = f"x_Loop({self._budget}, {plan.price}, {self._limits.list_size}, {source})"
        return f"{loop}.{plan.macro.name}({', '.join(part for part in (value, condition) if part)})"


def _time_literal(plan: Apply) -> str:
    """The source of a literal time or duration, reckoned once and for all; empty for any other call."""
    if plan.type not in (Type.TIME, Type.DURATION) or not _is_text(plan.arguments[0]):
        return ""
    read_literal = moment if plan.type is Type.TIME else span
    value = read_literal(plan.arguments[0].value) if isinstance(plan.arguments[0], Constant) else None
    if isinstance(value, datetime):
        return f"x_Time({', '.join(map(str, value.timetuple()[:6]))}, {value.microsecond}, x_utc)"
    return f"x_Span({value.days}, {value.seconds}, {value.microseconds})" if isinstance(value, timedelta) else "None"


def _is_bool(plan: Plan) -> bool:
    """Whether the source gives a Python bool and nothing else."""
    if isinstance(plan, Apply | Walk):
        function = plan.function if isinstance(plan, Apply) else plan.macro
        return function.returns is Type.BOOLEAN and not function.nullable
    return isinstance(plan, Logic | Not | Compare | Within | Filled) or (isinstance(plan, Constant) and plan.type is Type.BOOLEAN)


def _is_of_bools(plan: Plan) -> bool:
    """Whether what Python's own `and` and `or` give for a condition is a bool, at all levels of it."""
    return all(map(_is_of_bools, plan.operands)) if isinstance(plan, Logic) else _is_bool(plan)


def _is_plain(plan: Plan) -> bool:
    """Whether the value is none that must be written otherwise at the end: a time, a duration, a list with such."""
    return isinstance(plan, Read) or plan.type in (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.NULL)


def _is_null(plan: Plan) -> bool:
    return isinstance(plan, Constant) and plan.value is None


def _is_text(plan: Plan) -> bool:
    return isinstance(plan, Constant) and isinstance(plan.value, str)


def _is_as_in_python(left: Plan, right: Plan) -> bool:
    """Whether Python's `==` says the same as ours: for a literal text that could be nothing else, and for known simple types."""
    if left.type is right.type and left.type in (Type.TEXT, Type.NUMBER, Type.BOOLEAN):
        return True
    return any(_is_mere_text(one) and other.type in (Type.ANY, Type.TEXT) for one, other in ((left, right), (right, left)))


def _is_mere_text(plan: Plan) -> bool:
    """A literal text, blank or one that looks like no number, truth value or time: whatever else there is just is not equal to it."""
    if not isinstance(plan, Constant) or not isinstance(plan.value, str):
        return False
    text = plan.value.strip()
    return not text or (not text[0].isdigit() and text[0] not in "+-." and text.lower() not in ("true", "false", "yes", "no"))
