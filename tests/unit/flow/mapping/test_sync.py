"""What a sync mapping makes of golden values, what it reads back, and the laws that hold between the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.mapping.apply import CompiledSync, Reading
from core.flow.pipeline import compiled_sync
from tests.support.builders import sync_mapping


def compiled(lines: Mapping[str, Any], **changes: Any) -> CompiledSync:
    return compiled_sync(sync_mapping(fields=dict(lines), **changes))


def fields(lines: Mapping[str, Any], **golden: Any) -> dict[str, Any]:
    problems: list[Any] = []
    made = compiled(lines).fields(golden, problems)
    assert problems == []
    return made


def back(lines: Mapping[str, Any], remote: Mapping[str, Any], **golden: Any) -> Reading:
    return compiled(lines).back(remote, golden)


def test_what_is_unknown_of_a_person_gives_no_entry_and_never_a_blank() -> None:
    lines = {"title": {"from": "job_title", "empty": "clear"}, "city": "city", "email": "email"}

    assert fields(lines, email="a@example.com") == {"email": "a@example.com"}
    assert fields(lines, job_title=None, city=None) == {"title": None}


@pytest.mark.parametrize(
    ("line", "golden", "expected"),
    [
        ({"from": ["mobile", "phone"], "direction": "to"}, {"phone": "+49"}, "+49"),
        ({"from": "company", "default": "[none]"}, {}, "[none]"),
        ({"from": "source", "map": {"Website": "Web"}, "direction": "to"}, {"source": "WEBSITE"}, "Web"),
        ({"join": {"fields": ["street", "city"], "with": ", "}}, {"street": "S 1", "city": "Rome"}, "S 1, Rome"),
        ({"value": 'country == "DE" ? "DACH" : "other"', "direction": "to"}, {"country": "DE"}, "DACH"),
        ({"from": "message", "do": "truncate(3)", "direction": "to"}, {"message": "abcdef"}, "abc"),
        ({"from": "employees", "do": "times: 1000"}, {"employees": 2}, 2000),
        ({"const": 7}, {}, 7),
        ({"from": "city", "when": 'country == "IT"'}, {"city": "Rome", "country": "IT"}, "Rome"),
    ],
)
def test_a_line_gives_what_it_says(line: Any, golden: dict[str, Any], expected: Any) -> None:
    assert fields({"Target": line}, **golden) == {"Target": expected}


def test_a_condition_and_missing_fields_are_told_with_their_lines() -> None:
    lines = {"Email": {"from": "email", "required": True}, "City": {"from": "city", "when": 'country == "IT"'}}
    problems: list[Any] = []

    assert compiled(lines, when="employees > 10").fields({"city": "Rome", "country": "DE"}, problems) == {}
    assert [(problem.code, problem.target) for problem in problems] == [("condition", "when"), ("required_missing", "Email")]


def test_every_sent_value_says_where_it_came_from() -> None:
    reading = compiled({"E": "email", "C": {"from": "company", "default": "?"}, "S": {"const": "x"}}).trace({"email": "a@example.com"})

    assert {name: (origin.path, raw) for name, (origin, raw) in reading.why.items()} == {
        "E": ("email", "a@example.com"),
        "C": ("default", None),
        "S": ("const", None),
    }


@pytest.mark.parametrize(
    ("line", "remote", "expected"),
    [
        ("email", "Ada@Example.com ", {"email": "ada@example.com"}),
        ("email", None, {}),
        ({"from": "email", "empty": "clear"}, "", {"email": None}),
        ({"from": "company", "default": "[none]"}, "[none]", {}),
        ({"from": "company", "default": "[none]"}, "Engines", {"company": "Engines"}),
        ({"from": "source", "map": {"Website": "Web", "Fair": "Other"}}, "other", {"source": "Fair"}),
        ({"from": "source", "map": {"Website": "Web"}}, "Ads", {"source": "Ads"}),
        ({"from": "source", "map": {"Website": "Web"}, "unlisted": "drop"}, "Ads", {}),
        ({"from": "employees", "do": "times: 1000"}, 3000, {"employees": 3}),
        ({"join": {"fields": ["street", "city"], "with": ", "}}, "S 1, Rome", {"street": "S 1", "city": "Rome"}),
        ({"from": "message", "do": "upper", "back": "lower"}, "HELLO", {"message": "hello"}),
        ({"from": "message", "do": "truncate: 5", "back": "same"}, "HELLO", {"message": "HELLO"}),
        (
            {
                "join": {"fields": ["first_name", "last_name"], "with": " "},
                "back": {"first_name": {"value": 'remote.split(" ")[0]'}, "last_name": {"value": 'remote.split(" ")[1]'}},
            },
            "Ada Byron",
            {"first_name": "Ada", "last_name": "Byron"},
        ),
        ({"from": "city", "direction": "to"}, "Rome", {}),
        ({"from": "city", "direction": "from"}, "Rome", {"city": "Rome"}),
        ({"from": "city", "when": 'country == "IT"'}, "Rome", {}),
    ],
)
def test_a_remote_value_is_read_back(line: Any, remote: Any, expected: dict[str, Any]) -> None:
    reading = back({"Target": line}, {"Target": remote})

    assert reading.problems == []
    assert reading.values == expected


def test_a_field_that_the_remote_record_does_not_show_says_nothing() -> None:
    assert back({"A": {"from": "email", "empty": "clear"}}, {}).values == {}


@pytest.mark.parametrize(
    ("line", "remote"),
    [
        ({"from": "source", "map": {"Website": "Web"}, "unlisted": "refuse"}, "Ads"),
        ({"from": "source", "map": {"Website": "Web"}}, "website"),
        ({"join": {"fields": ["street", "city"], "with": ", "}}, "S 1, Rome, Italy"),
        ({"join": {"fields": ["street", "city"], "with": ", "}}, "Rome"),
        ("email", "nobody"),
    ],
)
def test_what_cannot_be_brought_back_exactly_is_refused_and_nothing_is_taken(line: Any, remote: Any) -> None:
    reading = back({"Target": line}, {"Target": remote})

    assert reading.values == {}
    assert len(reading.problems) == 1
    assert str(remote) not in str(reading.problems[0])


TWO_WAY = {
    "City": "city",
    "Source": {"from": "source", "map": {"Website": "Web", "Trade fair": "Other", "Ad": "Paid"}, "unlisted": "refuse"},
    "Tens": {"from": "employees", "do": "times: 10"},
    "Where": {"join": {"fields": ["street", "region"], "with": " / "}},
    "Text": {"from": "message", "do": ["prefix: '> '", "suffix: .", "template: 'Note: {}'"]},
}
WORDS = st.text("abcdefgh XYZ", min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
GOLDEN = st.fixed_dictionaries(
    {},
    optional={
        "city": WORDS,
        "source": st.sampled_from(["Website", "Trade fair", "Ad"]),
        "employees": st.integers(-(10**9), 10**9),
        "message": WORDS,
    },
).flatmap(lambda golden: st.just(golden) | st.tuples(WORDS, WORDS).map(lambda pair: golden | {"street": pair[0], "region": pair[1]}))
LENS = compiled(TWO_WAY)


@given(GOLDEN)
def test_what_was_put_is_got(golden: dict[str, Any]) -> None:
    remote = LENS.fields(golden, [])

    reading = LENS.back(remote, golden)

    assert reading.problems == []
    assert reading.values == golden


REMOTE = st.fixed_dictionaries(
    {},
    optional={
        "City": WORDS,
        "Source": st.sampled_from(["Web", "Other", "Paid", "Else"]),
        "Tens": st.integers(-(10**9), 10**9),
        "Where": WORDS | st.tuples(WORDS, WORDS).map(" / ".join),
        "Text": WORDS | WORDS.map(lambda word: f"Note: > {word}."),
    },
)


@given(REMOTE)
def test_what_was_got_puts_the_same_and_the_rest_was_refused(remote: dict[str, Any]) -> None:
    reading = LENS.back(remote, {})

    put = LENS.fields(reading.values, [])

    refused = {problem.target for problem in reading.problems}
    assert put == {name: value for name, value in remote.items() if name not in refused}
