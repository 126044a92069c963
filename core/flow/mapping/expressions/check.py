"""Makes a plan of a tree: every name, type, number of arguments and limit is checked, each mistake with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.flow.mapping.expressions import calls, names
from core.flow.mapping.expressions.functions import FUNCTIONS, Form, Function
from core.flow.mapping.expressions.model import WORDS, EvaluationError, ExpressionError, Limits, Path, Type
from core.flow.mapping.expressions.operators import arithmetic_type, comparison_problem
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
from core.flow.mapping.expressions.times import moment
from core.flow.mapping.expressions.tree import Binary, Call, Chain, Choice, Index, Items, Literal, Member, Name, Node, Unary, children

_LITERALS: dict[type, Type] = {str: Type.TEXT, int: Type.NUMBER, float: Type.NUMBER, bool: Type.BOOLEAN, type(None): Type.NULL}


def must_be_small(tree: Node, limits: Limits) -> None:
    """Refuse a tree with too many nodes or levels; does not recurse itself."""
    waiting, count = [(tree, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > limits.depth:
            raise ExpressionError(f"The expression is nested more than {limits.depth} levels deep.", node.column)
        waiting.extend((child, depth + 1) for child in children(node))
    if count > limits.nodes:
        message = f"The expression has {count:,} parts; {limits.nodes:,} are allowed. Divide it."
        raise ExpressionError(message, 1)


class Checker:
    """Walks through a tree; `paths` gathers the constant paths that are read."""

    def __init__(self, known: Mapping[str, Type] | None, limits: Limits) -> None:
        """Take the names that may be used, None when any may."""
        self.paths: dict[Path, None] = {}
        self._known = known
        self._limits = limits
        self._scope: dict[str, int] = {}
        self._macros = 0
        self._depth = 0

    def plan(self, node: Node) -> Plan:
        """Plan one node; raises ExpressionError."""
        make: Callable[[Any], Plan] = getattr(self, f"_{type(node).__name__.lower()}")
        return make(node)

    def _literal(self, node: Literal) -> Plan:
        return Constant(node.value, _LITERALS[type(node.value)])

    def _name(self, node: Name) -> Plan:
        if node.name in self._scope:
            return Local(self._scope[node.name])
        return self._read((node.name,), node.column)

    def _member(self, node: Member) -> Plan:
        path = names.constant_path(node, self._scope)
        if path is not None:
            return self._read(path, names.root_column(node))
        return Pick(self._target(node.target, node.column), Constant(node.name, _LITERALS[type(node.name)]))

    def _index(self, node: Index) -> Plan:
        path = names.constant_path(node, self._scope)
        if path is not None:
            return self._read(path, names.root_column(node))
        target, key = self._target(node.target, node.column), self.plan(node.key)
        if key.type not in (Type.ANY, Type.TEXT, Type.NUMBER):
            raise ExpressionError(f"Brackets take a position or the name of a field, not {WORDS[key.type]}.", node.key.column)
        return Pick(target, key)

    def _target(self, node: Node, column: int) -> Plan:
        target = self.plan(node)
        if target.type not in (Type.ANY, Type.LIST, Type.MAP, Type.NULL):
            hint = " To cut out of a text, write `text.substring(start, end)`." if target.type is Type.TEXT else ""
            raise ExpressionError(f"{WORDS[target.type].capitalize()} has no parts.{hint}", column)
        return target

    def _read(self, path: Path, column: int) -> Plan:
        kind = names.type_of_path(path, self._known, column, self._scope)
        self.paths[path] = None
        return Read(path, kind)

    def _items(self, node: Items) -> Plan:
        if len(node.items) > self._limits.list_size:
            raise ExpressionError(f"The list has more than {self._limits.list_size:,} items.", node.column)
        return ListOf(tuple(map(self.plan, node.items)))

    def _unary(self, node: Unary) -> Plan:
        operand = self.plan(node.operand)
        if node.operator == "!":
            return Not(operand)
        if isinstance(operand, Constant) and operand.type is Type.NUMBER and isinstance(operand.value, int | float):
            return Constant(-operand.value, Type.NUMBER)
        if operand.type not in (Type.ANY, Type.NUMBER, Type.DURATION, Type.NULL):
            raise ExpressionError(f"`-` needs a number, not {WORDS[operand.type]}.", node.column)
        return Arithmetic("-", (operand,), operand.type)

    def _choice(self, node: Choice) -> Plan:
        condition, yes, no = self.plan(node.condition), self.plan(node.yes), self.plan(node.no)
        known = {yes.type, no.type} - {Type.NULL}
        return Choose(condition, yes, no, known.pop() if len(known) == 1 else Type.ANY if known else Type.NULL)

    def _chain(self, node: Chain) -> Plan:
        operands = tuple(map(self.plan, node.operands))
        if node.operator != "+":
            return Logic(node.operator, operands)
        return self._reckon("+", tuple(map(_as_time, operands)), node.column)

    def _binary(self, node: Binary) -> Plan:
        left, right = self.plan(node.left), self.plan(node.right)
        if node.operator in ("in", "not in"):
            return self._within(node, left, right)
        if node.operator in "-*/%":
            return self._reckon(node.operator, (_as_time(left), _as_time(right)), node.column)
        left, right = _with_times(left, right, node)
        problem = comparison_problem(node.operator, left.type, right.type)
        if problem:
            raise ExpressionError(problem, node.column)
        return Compare(node.operator, left, right)

    def _within(self, node: Binary, item: Plan, container: Plan) -> Plan:
        if container.type is Type.TEXT:
            raise ExpressionError("`in` looks into a list. To look into a text, write `text.contains(part)`.", node.column)
        if container.type not in (Type.ANY, Type.LIST, Type.MAP, Type.NULL):
            raise ExpressionError(f"`in` looks into a list, not into {WORDS[container.type]}.", node.column)
        for other in container.items if isinstance(container, ListOf) else ():
            problem = comparison_problem("==", item.type, other.type)
            if problem:
                raise ExpressionError(problem.replace("==", "in", 1), node.column)
        found = Within(item, container)
        return Not(found) if node.operator == "not in" else found

    def _reckon(self, operator: str, operands: tuple[Plan, ...], column: int) -> Plan:
        kind = operands[0].type
        for operand in operands[1:]:
            kind = arithmetic_type(operator, kind, operand.type, column)
        return Arithmetic(operator, operands, kind)

    def _call(self, node: Call) -> Plan:
        function = calls.resolve(node)
        if function.form is Form.MACRO:
            return self._walk(node, function)
        if function.name == "has":
            return Filled(self.plan(calls.field_of_has(node)))
        written = node.arguments if node.target is None else (node.target, *node.arguments)
        arguments = tuple(map(self.plan, written))
        calls.check_arguments(function, node, arguments, self._limits)
        return Apply(function, arguments, function.returns)

    def _walk(self, node: Call, macro: Function) -> Plan:
        calls.check_macro(node, self._depth, self._limits)
        assert node.target is not None
        source = self.plan(node.target)
        if source.type not in (Type.ANY, Type.LIST, Type.NULL):
            raise ExpressionError(f"`{macro.name}` walks through a list, not {WORDS[source.type]}.", node.column)
        variable = node.arguments[0]
        assert isinstance(variable, Name)
        outer, self._scope = self._scope, self._scope | {variable.name: self._macros}
        number, self._macros, self._depth = self._macros, self._macros + 1, self._depth + 1
        parts = tuple(map(self.plan, node.arguments[1:]))
        self._scope, self._depth = outer, self._depth - 1
        value = parts[-1] if macro.name == "map" else None
        condition = parts[0] if value is None or len(parts) > 1 else None
        return Walk(macro, source, number, condition, value, calls.price(node), macro.returns)


def _as_time(plan: Plan) -> Plan:
    """A field of type time holds a text; make a point in time of it."""
    if isinstance(plan, Read | Choose) and plan.type is Type.TIME:
        return Apply(FUNCTIONS["timestamp"], (plan,), Type.TIME)
    return plan


def _with_times(left: Plan, right: Plan, node: Binary) -> tuple[Plan, Plan]:
    """Beside a time, a literal text is one too."""
    if Type.TIME in (left.type, right.type):
        return _literal_as_time(_as_time(left), node.left), _literal_as_time(_as_time(right), node.right)
    return left, right


def _literal_as_time(plan: Plan, node: Node) -> Plan:
    if not isinstance(plan, Constant) or not isinstance(plan.value, str):
        return plan
    try:
        moment(plan.value)
    except EvaluationError as error:
        raise ExpressionError(error.message, node.column) from None
    return Apply(FUNCTIONS["timestamp"], (plan,), Type.TIME)
