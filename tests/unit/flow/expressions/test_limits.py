"""Expressions and records that are made to exhaust the machine are stopped at once, with a word why."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from core.flow.mapping.expressions import EvaluationError, ExpressionError, Limits, StepLimit, Type, parse

NUMBERS = list(range(1_000))
DEEP: list[Any] = []
for _ in range(3_000):
    DEEP = [DEEP]
RECORD: dict[str, Any] = {
    "numbers": NUMBERS,
    "table": [NUMBERS] * 100,
    "same": [list(NUMBERS)] * 100,
    "long": [*NUMBERS, 1_000],
    "texts": ["x" * 1_000] * 1_000,
    "text": "a" * 100_000,
    "larger": "a" * 1_000_000,
    "huge": 10**5_000,
    "deep": DEEP,
    "huge_span": "999999999999d",
}
SECONDS = 0.1
"""Of processor time, at most."""


@pytest.fixture(autouse=True)
def _parser_is_loaded() -> None:
    parse("a", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * 1_000_000, "The expression has 1,000,000 characters; 2,000 are allowed."),
        ("(" * 1_999, "The brackets are nested more than 30 levels deep."),
        ("(" * 900 + "1" + ")" * 900, "The brackets are nested more than 30 levels deep."),
        ("[" * 40 + "]" * 40, "The brackets are nested more than 30 levels deep."),
        ("!" * 1_000 + "a", "The expression is nested more than 30 levels deep."),
        ("-" * 1_000 + "1", "The expression is nested more than 30 levels deep."),
        ("a" + ".a" * 900, "The expression is nested more than 30 levels deep."),
        ("a ? b : " * 200 + "c", "The expression is nested more than 30 levels deep."),
        ("1" + " + 1" * 400, "parts; 300 are allowed."),
        ("[" + "1," * 900 + "1]", "parts; 300 are allowed."),
        ("a.map(b, a.map(c, a.map(d, a.map(e, a.map(f, 1)))))", "Macros such as `map` may stand in one another 2 levels deep"),
    ],
)
def test_an_expression_that_is_too_large_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, None)

    assert message in caught.value.message
    assert _seconds(lambda: parse(text, None)) < SECONDS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numbers.map(a, numbers.map(b, a * b))", "The expression did more than 100,000 steps"),
        ("numbers.filter(a, numbers.exists(b, b == -1))", "The expression did more than 100,000 steps"),
        ("texts.all(a, texts.all(b, a.replace('x', 'y') != b))", "The expression did more than 100,000 steps"),
        ("numbers.map(a, text.contains('b'))", "The expression did more than 100,000 steps"),
        ("numbers.map(a, numbers == table)", "The expression did more than 100,000 steps"),
        ("numbers.all(a, deep != table)", "The expression did more than 100,000 steps"),
        ("long.map(a, a)", "A list has more than 1,000 items."),
        ("numbers + numbers", "A list has more than 1,000 items."),
        ("larger.split('a')", "A list has more than 1,000 items."),
        ("numbers.map(a, larger)", "The list is too large"),
        ("numbers.map(a, numbers)", "The list is too large"),
        ("[deep]", "The list is too large"),
        ("text + text", "A text would have more than 100,000 characters."),
        ("text.replace('a', 'aaaaaaaaaa')", "A text would have more than 100,000 characters."),
        ("texts.join('')", "A text would have more than 100,000 characters."),
        ("[1, 2].map(a, text.substring(0, 50000)).join(text)", "A text would have more than 100,000 characters."),
        ("table == same", "Values with more than 10,000 parts cannot be compared."),
        ("huge * huge", "A number is too large"),
        ("huge + 1", "A number is too large"),
        ("-huge", "A number is too large"),
        ("string(huge)", "A number is too large"),
        ("double(huge)", "A number is too large"),
        ("9000000000000000000 * 9000000000000000000", "A number is too large"),
        ("10.0 * 1e308", "A number is too large"),
        ("int('9' + '9'.replace('9', text))", "A text would have more than 100,000 characters."),
        ("int('9'.replace('9', text).replace('a', '9'))", "`int` needs a text of digits."),
        ("duration(huge_span)", "The duration is too long."),
        ('timestamp("9999-12-31") + duration("2d")', "What `+` gives is too large."),
        ('timestamp("0001-01-01") - duration("2d")', "What `-` gives is too large."),
    ],
)
def test_an_evaluation_that_grows_is_stopped(text: str, message: str) -> None:
    expression = parse(text, None)

    with pytest.raises(EvaluationError) as caught:
        expression.evaluate(RECORD)

    assert message in caught.value.message
    assert _seconds(lambda: expression.evaluate(RECORD)) < SECONDS


@pytest.mark.parametrize("text", ['text.matches("(a+)+b$")', 'text.matches("^(a|aa)+$b")', 'texts.map(t, t.matches("(x+x+)+y"))'])
def test_a_pattern_that_runs_away_is_stopped(text: str) -> None:
    expression = parse(text, None)

    with pytest.raises(EvaluationError) as caught:
        expression.evaluate(RECORD)

    assert "takes too long" in caught.value.message


def test_searches_inside_a_macro_are_counted_by_the_length_of_the_texts() -> None:
    expression = parse('texts.map(t, t.matches("x+y"))', None)

    with pytest.raises(StepLimit):
        expression.evaluate(RECORD)


def test_a_walk_over_a_list_of_the_largest_size_is_within_the_limits() -> None:
    assert parse("numbers.exists(n, n % 7 == 3 and n > 990)", None).evaluate(RECORD) is True
    assert parse("size(texts.filter(t, t.startsWith('x')))", None).evaluate(RECORD) == 1_000


def test_every_evaluation_has_its_own_steps() -> None:
    expression = parse("numbers.map(n, n + 1)", None, Limits(steps=10_000))

    for _ in range(3):
        assert len(expression.evaluate(RECORD)) == 1_000


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("[1, 2, 3].map(x, x)", Limits(steps=5)),
        ("[1, 2, 3].map(x, x)", Limits(list_size=2)),
        ("'a' + b", Limits(text_size=1)),
        ("[1, 2] + c", Limits(list_size=2)),
    ],
)
def test_limits_are_the_callers(text: str, limits: Limits) -> None:
    with pytest.raises((EvaluationError, ExpressionError)):
        parse(text, None, limits).evaluate({"b": "b", "c": [3]})


def test_the_deepest_expression_that_is_allowed_compiles() -> None:
    text = "x > 1"
    for number in range(27):
        text = f"!({text})" if number % 2 else f"a ? {text} : b"
    macro = f"l.map(i, l.filter(j, {'!' * 26}i))"

    assert parse(text, None).evaluate({"a": 1, "x": 2}) in (True, False)
    assert parse(macro, {"l": Type.LIST}).evaluate({"l": [1]}) == [[1]]


def _seconds(act: Callable[[], object]) -> float:
    """Processor time until it is refused; the best of three, for the machine may be busy."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        with pytest.raises((EvaluationError, ExpressionError)):
            act()
        taken.append(time.process_time() - start)
    return min(taken)
