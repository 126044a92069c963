"""Calls of functions, methods and macros: whether there is such a one, written this way, with these arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.flow.mapping.expressions.functions import FUNCTIONS, Form, Function
from core.flow.mapping.expressions.model import WORDS, EvaluationError, ExpressionError, Limits, Type, counted, nearest
from core.flow.mapping.expressions.names import ABSENT
from core.flow.mapping.expressions.plan import Constant, Plan
from core.flow.mapping.expressions.tree import Call, Index, Literal, Member, Name, Node, children
from core.flow.mapping.patterns import PatternRefused, pattern

_OTHER_WORDS = {
    **dict.fromkeys(("lower", "toLowerCase", "downcase", "tolower"), "lowerAscii"),
    **dict.fromkeys(("upper", "toUpperCase", "upcase", "toupper"), "upperAscii"),
    **dict.fromkeys(("len", "length", "count"), "size"),
    **dict.fromkeys(("includes", "include"), "contains"),
    **dict.fromkeys(("strip",), "trim"),
    **dict.fromkeys(("str", "text", "toString"), "string"),
    **dict.fromkeys(("float", "number", "decimal"), "double"),
    **dict.fromkeys(("any", "some"), "exists"),
    **dict.fromkeys(("every",), "all"),
    **dict.fromkeys(("slice", "substr", "left"), "substring"),
    **dict.fromkeys(("regex", "match", "test"), "matches"),
    **dict.fromkeys(("exist", "defined", "isset"), "has"),
}


def resolve(node: Call) -> Function:
    """Find the function that is meant; raises ExpressionError."""
    function = FUNCTIONS.get(node.name)
    if function is None:
        if node.name in ABSENT:
            raise ExpressionError(f"There is no `{node.name}()`. {ABSENT[node.name]}", node.column)
        other = _OTHER_WORDS.get(node.name)
        hint = f" Did you mean '{other}'?" if other else nearest(node.name, FUNCTIONS)
        raise ExpressionError(f"There is no function '{node.name}'.{hint}", node.column)
    wrong = (Form.METHOD, Form.MACRO) if node.target is None else (Form.FUNCTION,)
    if function.form in wrong:
        raise ExpressionError(f"`{function.name}` is written `{function.signature}`.", node.column)
    return function


def field_of_has(node: Call) -> Node:
    """Give the field that `has` asks for; raises ExpressionError when it is given anything else."""
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], Name | Member | Index):
        raise ExpressionError("`has` takes the name of one field: `has(email)`.", node.column)
    return node.arguments[0]


def check_arguments(function: Function, node: Call, arguments: Sequence[Plan], limits: Limits) -> None:
    """Check the number of arguments, their types, and literals such as patterns and times; raises ExpressionError."""
    most = len(function.accepts)
    if not most - function.optional <= len(arguments) <= most:
        given = len(arguments) - (node.target is not None)
        message = f"`{function.name}` is written `{function.signature}`; here it has {counted(given, 'argument')}."
        raise ExpressionError(message, node.column)
    written = node.arguments if node.target is None else (node.target, *node.arguments)
    for argument, accepted, place in zip(arguments, function.accepts, written, strict=False):
        if argument.type not in accepted and argument.type not in (Type.ANY, Type.NULL):
            raise ExpressionError(_wrong_type(function, argument.type, accepted), place.column)
    _try_literals(function, node, arguments, limits)


def _wrong_type(function: Function, given: Type, accepted: frozenset[Type]) -> str:
    if function.name == "contains" and given is Type.LIST:
        return "`contains` looks into a text. To look into a list, write `value in list`."
    wanted = " or ".join(WORDS[kind] for kind in Type if kind in accepted)
    hint = " Convert it with `string(...)`." if accepted == {Type.TEXT} and given is not Type.LIST else ""
    return f"`{function.name}` needs {wanted}, not {WORDS[given]}.{hint}"


def _try_literals(function: Function, node: Call, arguments: Sequence[Plan], limits: Limits) -> None:
    """Literals are tried on an empty text or list, so that a bad pattern or time shows before there is a record."""
    _try_pattern(function, node, arguments)
    values: list[Any] = [argument.value if isinstance(argument, Constant) else None for argument in arguments]
    fixed = [isinstance(argument, Constant) for argument in arguments]
    if function.form in (Form.METHOD, Form.EITHER) and not fixed[0]:
        values[0], fixed[0] = [] if Type.TEXT not in function.accepts[0] else "", len(arguments) > 1
    if not all(fixed) or function.implementation is None:
        return
    bound = (getattr(limits, function.bound),) if function.bound else ()
    try:
        function.implementation(*bound, *values)
    except EvaluationError as error:
        place = node.arguments[0] if node.arguments else node
        raise ExpressionError(error.message, place.column) from None


def _try_pattern(function: Function, node: Call, arguments: Sequence[Plan]) -> None:
    """A literal pattern may be named in full, unlike one that comes from a record."""
    if function.name != "matches" or not isinstance(arguments[1], Constant) or not isinstance(arguments[1].value, str):
        return
    try:
        pattern(arguments[1].value)
    except PatternRefused as error:
        raise ExpressionError(str(error), node.arguments[-1].column) from None


def check_macro(node: Call, depth: int, limits: Limits) -> None:
    """Check how a macro is written and how deep it stands in others; raises ExpressionError."""
    macro = FUNCTIONS[node.name]
    if depth >= limits.macro_depth:
        message = f"Macros such as `{node.name}` may stand in one another {limits.macro_depth} levels deep, not deeper."
        raise ExpressionError(message, node.column)
    if len(node.arguments) not in ((2, 3) if macro.name == "map" else (2,)):
        raise ExpressionError(f"`{macro.name}` is written `{macro.signature}`.", node.column)
    variable = node.arguments[0]
    if not isinstance(variable, Name):
        message = f"`{macro.name}` is written `{macro.signature}`; the first argument is a name of your choice for the item."
        raise ExpressionError(message, variable.column)


def price(node: Call) -> int:
    """Count the steps of a macro for one item: the nodes of what is evaluated for it without those of inner macros, and the walk itself."""
    waiting, count = list(node.arguments[1:]), 0
    while waiting:
        inner = waiting.pop()
        count += not isinstance(inner, Literal)
        is_macro = isinstance(inner, Call) and inner.name in FUNCTIONS and FUNCTIONS[inner.name].form is Form.MACRO
        waiting.extend(children(inner)[:1] if is_macro else children(inner))
    return count + 2
