"""The registry of functions is what the reference page shows: complete, and its examples are true."""

from __future__ import annotations

import pytest

from core.flow.mapping.expressions import FUNCTIONS, Form, Function, parse


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_an_example_gives_what_it_says(function: Function) -> None:
    got = parse(function.example, None).evaluate({})

    assert (got, type(got)) == (function.result, type(function.result))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_a_function_is_described_in_one_sentence_and_shown(function: Function) -> None:
    assert function.summary.endswith(".")
    assert "\n" not in function.summary
    assert f"{function.name}(" in function.signature
    assert f"{function.name}(" in function.example


def test_the_language_has_the_functions_of_its_design() -> None:
    methods = {"contains", "startsWith", "endsWith", "matches", "lowerAscii", "upperAscii", "trim", "replace", "split", "join", "substring"}

    judgements = {"email_suggestion", "email_mailbox", "is_role_email", "is_disposable_email", "is_freemail", "is_valid_phone"}
    judgements |= {"phone_type", "phone_country", "job_seniority", "job_function"}

    assert set(FUNCTIONS) - methods - judgements == {"has", "size", "timestamp", "duration", "int", "double", "string", "bool"} | {
        name for name, function in FUNCTIONS.items() if function.form is Form.MACRO
    }
    assert [name for name, function in FUNCTIONS.items() if function.form is Form.MACRO] == ["exists", "all", "exists_one", "filter", "map"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('" a ".trim().size()', 1),
        ('"a-b".replace("-", "")', "ab"),
        ('"abc".substring(1)', "bc"),
        ('"abc".substring(2, 9)', "c"),
        ('"abc".substring(9)', ""),
        ('["a", 1, true, 2.5].join()', "a1true2.5"),
        ('"a,b".split(",").join(";")', "a;b"),
        ("int(3.9)", 3),
        ("int(-3.9)", -3),
        ('int("")', None),
        ('double("-.5e2")', -50.0),
        ("string(3.0)", "3"),
        ("string(1e300)", "1e+300"),
        ("string(true)", "true"),
        ('bool("NO")', False),
        ("bool(2)", True),
        ('"ab".matches("^b")', False),
        ('duration("1h30m") == duration("90m")', True),
        ('duration("-24h") < duration("1ms")', True),
        ('string(timestamp("2026-01-31"))', "2026-01-31T00:00:00+00:00"),
    ],
)
def test_functions_keep_their_word_at_the_edges(text: str, value: object) -> None:
    got = parse(text, None).evaluate({})

    assert (got, type(got)) == (value, type(value))
