"""Laws of the expression language: it says what a plain walk over the tree says, it cannot be broken into, it never crashes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.flow.mapping.expressions import EvaluationError, ExpressionError, Type, helpers, parse

NAMES = {"n": Type.NUMBER, "m": Type.NUMBER, "s": Type.TEXT, "t": Type.TEXT, "b": Type.BOOLEAN, "l": Type.LIST}
Tree = tuple[Any, ...]
"""A kind and its parts, as the tests write it: the text is made of it, and the walk goes over it."""


def _binary(signs: str, left: st.SearchStrategy[Tree], right: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.tuples(st.just("binary"), st.sampled_from(signs.split()), left, right)


def _numbers(depth: int) -> st.SearchStrategy[Tree]:
    simple = st.one_of(
        st.tuples(st.just("name"), st.sampled_from(["n", "m"])),
        st.tuples(st.just("literal"), st.integers(0, 1_000) | st.floats(0, 100).map(lambda value: round(value, 2))),
    )
    if not depth:
        return simple
    inner = _numbers(depth - 1)
    return st.one_of(
        simple,
        _binary("+ - * / %", inner, inner),
        st.tuples(st.just("size"), _texts(depth - 1)),
        st.tuples(st.just("choice"), _conditions(depth - 1), inner, inner),
    )


def _texts(depth: int) -> st.SearchStrategy[Tree]:
    simple = st.one_of(
        st.tuples(st.just("name"), st.sampled_from(["s", "t"])),
        st.tuples(st.just("literal"), st.text(max_size=5)),
    )
    if not depth:
        return simple
    inner = _texts(depth - 1)
    return st.one_of(
        simple,
        _binary("+", inner, inner),
        st.tuples(st.just("method"), st.sampled_from(["trim", "lowerAscii", "upperAscii"]), inner),
        st.tuples(st.just("choice"), _conditions(depth - 1), inner, inner),
    )


def _conditions(depth: int) -> st.SearchStrategy[Tree]:
    simple: st.SearchStrategy[Tree] = st.sampled_from([("name", "b"), ("literal", True), ("literal", False), ("has", "s")])
    if not depth:
        return simple
    numbers, texts, inner = _numbers(depth - 1), _texts(depth - 1), _conditions(depth - 1)
    return st.one_of(
        simple,
        _binary("== != < <= > >=", numbers, numbers),
        _binary("== != < <= > >=", texts, texts),
        _binary("== !=", inner, inner),
        _binary("&& || and or", inner | texts, inner | numbers),
        st.tuples(st.just("not"), inner | texts | numbers),
        st.tuples(st.just("test"), st.sampled_from(["contains", "startsWith", "endsWith"]), texts, texts),
        st.tuples(st.just("in"), texts, st.lists(texts, max_size=3)),
        st.tuples(st.just("macro"), st.sampled_from(["exists", "all", "exists_one"]), texts),
    )


TREES = st.one_of(_numbers(3), _texts(3), _conditions(3))
NUMBERS = st.none() | st.integers(-1_000, 1_000) | st.floats(-1_000, 1_000)
TEXTS = st.none() | st.text(max_size=5)
RECORDS = st.fixed_dictionaries(
    {"n": NUMBERS, "m": NUMBERS, "s": TEXTS, "t": TEXTS, "b": st.none() | st.booleans(), "l": st.none() | st.lists(TEXTS, max_size=4)}
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-31", "12", "true", "1h", "("]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["n", "s", "x y"]) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


class _Undefined(Exception):
    """The walk has no value; the language must say so too."""


@settings(max_examples=400, deadline=None)
@given(TREES, RECORDS)
def test_what_is_compiled_gives_what_a_walk_over_the_tree_gives(tree: Tree, record: dict[str, Any]) -> None:
    expression = parse(_text(tree), NAMES)

    try:
        expected = _walk(tree, record)
    except _Undefined:
        with pytest.raises(EvaluationError):
            expression.evaluate(record)
        return

    got = expression.evaluate(record)
    assert (got, type(got)) == (expected, type(expected))
    assert expression.evaluate(record) == got
    assert _truth(tree, record) is bool(expected)


@settings(max_examples=200, deadline=None)
@given(TREES, st.fixed_dictionaries(dict.fromkeys(NAMES, JSON)))
def test_whatever_is_in_a_record_an_evaluation_gives_a_value_or_says_why_not(tree: Tree, record: dict[str, Any]) -> None:
    for names in (NAMES, None):
        expression = parse(_text(tree), names)
        try:
            expression.evaluate(record)
        except EvaluationError as error:
            assert error.message


WILD = [
    "a == c", "a != c", "a < c", "a + c", "a - c", "a * c", "a / c", "a % c", "-a", "a in c", "a[c]", "a.n.s", "a.size()",
    "int(a)", "double(a)", "string(a)", "bool(a)", "timestamp(a)", "duration(a)", "timestamp(a) > c",
    "timestamp(a) - timestamp(c)", "a.matches(c)", "a.join(c)", "a.split(c)", "a.replace(c, c)", "a.substring(c)",
    "a.substring(0, c)", "a.map(x, x + c)", "a.filter(x, x == c)", "a.exists(x, x > c)", "a.all(x, c.exists_one(y, x == y))",
    "a == 1", "a == true", "a == '1'", "a == 1.5", "a >= 0", "a ? c : a", "[a, [c]]", "a == timestamp('2026-01-31')",
    "timestamp(a) + duration(c)", "a.map(x, timestamp(x))", "not a and c", "has(a.n)", "a < timestamp(c)", "[a] == [c]",
    "a.trim() + c",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WILD), JSON, JSON)
def test_operators_and_functions_take_anything_that_json_can_hold(text: str, first: Any, second: Any) -> None:
    expression = parse(text, None)

    try:
        expression.evaluate({"a": first, "c": second})
    except EvaluationError as error:
        assert error.message


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="\\\"'`(){}[]\n%__import__{x_1}; \u2028"))
def test_a_literal_text_comes_back_as_it_was_whatever_it_holds(text: str) -> None:
    literal = _quoted(text)

    assert parse(literal, None).evaluate({}) == text
    assert parse(f"a == {literal}", None).evaluate({"a": text}) is True
    assert parse(f"a in [{literal}]", None).evaluate({"a": text}) is True


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=20), st.integers())
def test_a_field_of_any_name_is_read_through_brackets(name: str, value: int) -> None:
    expression = parse(f"a[{_quoted(name)}]", None)

    assert expression.paths == (("a", name),)
    assert expression.evaluate({"a": {name: value}}) == value


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1.\"'`()[]=!<>&|?:+-*/% ,\\\n_{}#@") | st.text())
def test_any_text_is_an_expression_or_is_refused_with_a_place(text: str) -> None:
    try:
        expression = parse(text, None)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1
        assert error.message
        return
    compile(expression.python(lambda _: "None"), "<expression>", "eval")


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_WRITTEN: dict[str, Callable[..., str]] = {
    "name": lambda name: name,
    "literal": _quoted,
    "has": lambda name: f"has({name})",
    "binary": lambda sign, left, right: f"({_text(left)} {sign} {_text(right)})",
    "not": lambda inner: f"!({_text(inner)})",
    "size": lambda inner: f"size({_text(inner)})",
    "choice": lambda condition, yes, no: f"({_text(condition)} ? {_text(yes)} : {_text(no)})",
    "method": lambda name, inner: f"{_text(inner)}.{name}()",
    "test": lambda name, left, right: f"{_text(left)}.{name}({_text(right)})",
    "in": lambda item, items: f"({_text(item)} in [{', '.join(map(_text, items))}])",
    "macro": lambda name, inner: f"l.{name}(i, i == {_text(inner)})",
}


def _text(tree: Tree) -> str:
    return _WRITTEN[tree[0]](*tree[1:])


def _walk(tree: Tree, record: dict[str, Any]) -> Any:
    match tree:
        case ("name" | "literal" | "has" as kind, part):
            return {"name": record.get(part), "has": record.get(part) is not None}.get(kind, part) if isinstance(part, str) else part
        case ("binary", sign, left, right):
            return _walk_binary(sign, left, right, record)
        case ("choice", condition, yes, no):
            return _walk(yes if _walk(condition, record) else no, record)
        case ("not", inner):
            return not _walk(inner, record)
        case ("macro", name, inner):
            return _walk_list(name, inner, record)
        case ("in", item, items):
            others = [_walk(other, record) for other in items]
            return _walk(item, record) in others
    return _call(tree[0], [_walk(part, record) if isinstance(part, tuple) else part for part in tree[1:]])


def _walk_binary(sign: str, left: Tree, right: Tree, record: dict[str, Any]) -> Any:
    if sign in ("&&", "and"):
        return bool(_walk(left, record)) and bool(_walk(right, record))
    if sign in ("||", "or"):
        return bool(_walk(left, record)) or bool(_walk(right, record))
    return _apply(sign, _walk(left, record), _walk(right, record))


def _call(kind: str, parts: list[Any]) -> Any:
    if kind == "size":
        return 0 if parts[0] is None else len(parts[0])
    if kind == "test":
        method: dict[str, Callable[[str, str], bool]] = {
            "contains": str.__contains__,
            "startsWith": str.startswith,
            "endsWith": str.endswith,
        }
        return None not in parts and method[parts[0]](parts[1], parts[2])
    if parts[1] is None:
        return None
    if parts[0] == "trim":
        return parts[1].strip()
    change = str.lower if parts[0] == "lowerAscii" else str.upper
    return "".join(change(letter) if letter.isascii() else letter for letter in parts[1])


def _walk_list(name: str, inner: Tree, record: dict[str, Any]) -> bool:
    if record["l"] is None:
        return False
    held = [item == _walk(inner, record) for item in record["l"]]
    return {"exists": any(held), "all": all(held), "exists_one": held.count(True) == 1}[name]


def _apply(sign: str, left: Any, right: Any) -> Any:
    if sign in ("==", "!="):
        return (left == right) is (sign == "==")
    if left is None or right is None:
        return False if sign[0] in "<>" else None
    simple: dict[str, Callable[[], Any]] = {
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: _divide(left, right),
        "%": lambda: _rest(left, right),
    }
    value = simple[sign]()
    if isinstance(value, float) and not math.isfinite(value):
        raise _Undefined
    if type(value) is int and abs(value) >= 2**63:
        raise _Undefined
    return value


def _divide(left: Any, right: Any) -> Any:
    if right == 0:
        raise _Undefined
    whole = isinstance(left, int) and isinstance(right, int) and left % right == 0
    return left // right if whole else left / right


def _rest(left: Any, right: Any) -> Any:
    if right == 0:
        raise _Undefined
    rest = math.fmod(left, right)
    return int(rest) if isinstance(left, int) and isinstance(right, int) else rest


def _truth(tree: Tree, record: dict[str, Any]) -> Any:
    source = parse(_text(tree), NAMES).truth(lambda path: f"record[{path[0]!r}]")
    namespace: dict[str, Any] = dict(helpers())
    exec(f"def ask(record): return {source}", namespace)
    return namespace["ask"](record)
