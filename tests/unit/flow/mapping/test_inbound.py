"""What an inbound mapping makes of a record: paths, empty values, steps, tables, conditions, defaults, and where each value came from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.mapping.apply import CompiledInbound, Reading
from core.flow.mapping.compiling.values import find, plain
from core.flow.pipeline import compiled_inbound
from tests.support.builders import inbound_mapping


def read(line: Any, record: dict[str, Any], target: str = "message", **context: Any) -> Reading:
    return compiled_inbound(inbound_mapping(fields={target: line})).trace(record, context)


def taken(line: Any, record: dict[str, Any], target: str = "message") -> Any:
    return read(line, record, target).values.get(target, "absent")


RECORD = {
    "a": 1,
    "b": {"c": 2, "d": [{"e": 3}, {"e": 4}]},
    "What is your name?": "Ada",
    "v. 2.0": "dots",
    "w.x": {"y": "deep dots"},
    "w": {"x.z": "inner dots"},
    "list": ["one", "two"],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", "1"),
        ("b.c", "2"),
        ("b.d.0.e", "3"),
        ("b.d.*.e", "3; 4"),
        ("b.d.2.e", "absent"),
        ("What is your name?", "Ada"),
        ("v. 2.0", "dots"),
        ("v. 2.0.x", "absent"),
        ("w.x.y", "deep dots"),
        ("w.x.z", "inner dots"),
        ("b.d.²", "absent"),
        ("b.d.-1", "absent"),
        ("list", "one; two"),
        ("list.*", "one; two"),
        ("list.1", "two"),
        ("nothing", "absent"),
        ("a.b", "absent"),
    ],
)
def test_a_path_reads_names_with_dots_and_spaces_places_in_lists_and_all_items(path: str, found: Any) -> None:
    assert taken(path, RECORD) == found


@given(st.text(max_size=12).filter(lambda path: path.strip() and " | " not in path))
def test_any_path_can_be_followed(path: str) -> None:
    find({"a": [1, {"b": 2}], "": {"": 1}}, tuple(path.split(".")))
    assert isinstance(taken({"from": path}, {"a": [1, {"b": 2}]}), str)
    assert isinstance(taken({"from": f"a.{path}"}, {"a": [1, {"b": 2}]}), str)


@pytest.mark.parametrize(
    ("value", "made"), [([1, None, "b"], "1; b"), ([], ""), ({"a": 1}, ""), (True, True), (0, 0), ("", ""), (" x ", "x"), ([{"a": 1}], "")]
)
def test_one_value_is_made_of_what_a_path_finds(value: Any, made: Any) -> None:
    assert plain(value) == made


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"contact": {"note": "hello"}}, "hello"),
        ({"contact": {"note": ""}}, None),
        ({"contact": {"note": "  "}}, None),
        ({"contact": {"note": None}}, None),
        ({"contact": {"note": []}}, None),
        ({"contact": {}}, "absent"),
        ({}, "absent"),
    ],
)
def test_an_emptied_value_clears_and_an_absent_one_does_not(record: dict[str, Any], expected: Any) -> None:
    assert taken({"from": "contact.note", "empty": "clear"}, record) == expected
    assert taken({"from": "contact.note"}, record) == ("hello" if expected == "hello" else "absent")


def test_a_value_that_the_steps_leave_nothing_of_clears_nothing() -> None:
    assert taken({"from": "a", "do": "digits", "empty": "clear"}, {"a": "no digits"}) == "absent"


@pytest.mark.parametrize(
    ("line", "record", "expected"),
    [
        ({"from": ["a", "b"]}, {"a": " ", "b": "second"}, "second"),
        ({"from": ["a.x", "b.0"]}, {"a": {}, "b": ["second"]}, "second"),
        ({"from": "a", "default": "none given"}, {"a": ""}, "none given"),
        ({"from": "a", "default": "none given", "empty": "clear"}, {"a": ""}, "none given"),
        ({"from": "a", "do": "digits", "default": "none given"}, {"a": "x"}, "none given"),
        ({"const": "web"}, {}, "web"),
        ({"const": False}, {}, "false"),
        ({"from": "a", "map": {"Ja, gern": "yes"}}, {"a": " JA, GERN "}, "yes"),
        ({"from": "a", "map": {"true": "on"}}, {"a": True}, "on"),
        ({"from": "a", "map": {"x": "y"}}, {"a": "other"}, "other"),
        ({"from": "a", "map": {"x": "y"}, "unlisted": "drop"}, {"a": "other"}, "absent"),
        ({"from": "a", "map": {"none": None}}, {"a": "none"}, "absent"),
        ({"from": "a", "do": ["trim", "upper"]}, {"a": " x "}, "X"),
        ("a | upper | slug", {"a": " Ä b "}, "ae-b"),
        ("a | digits", {"a": "no"}, "absent"),
        ({"from": "a"}, {"a": 0}, "0"),
        ({"from": 0}, {"0": "first"}, "first"),
        ({"value": 'size(a) > 2 ? "long" : "short"'}, {"a": "abc"}, "long"),
        ({"value": "missing"}, {}, "absent"),
        ({"from": "a", "when": 'b == "yes"'}, {"a": "x", "b": "yes"}, "x"),
        ({"from": "a", "when": 'b == "yes"'}, {"a": "x", "b": "no"}, "absent"),
        ({"join": {"fields": ["a", "b.c"], "with": ", "}}, {"a": "x", "b": {"c": "y"}}, "x, y"),
        ({"join": {"fields": ["a", "b.c"], "with": ", "}}, {"a": "x"}, "x"),
        ("_context.received_at", {}, "absent"),
    ],
)
def test_a_line_gives_what_it_says(line: Any, record: dict[str, Any], expected: Any) -> None:
    assert taken(line, record) == expected


def test_the_context_is_read_and_what_the_connector_tells_goes_before_it() -> None:
    assert read("_context.form", {}, form="spring").values == {"message": "spring"}
    assert read("_context.form", {"_context": {"form": "own"}}, form="spring").values == {"message": "own"}
    assert read({"value": "_context.form"}, {}, form="spring").values == {"message": "spring"}


def test_every_value_says_which_path_and_steps_made_it() -> None:
    mapping = inbound_mapping(
        fields={
            "email": {"from": ["work.mail", "mail"], "do": "trim | lower"},
            "company": {"from": "firm", "default": "none"},
            "source": {"const": "Web"},
            "city": {"from": "city", "map": {"B": "Berlin"}},
            "phone": "phone",
        }
    )
    reading = compiled_inbound(mapping).trace({"mail": " Ada@Example.com ", "city": "b", "phone": "call me"}, {})

    told = {name: (origin.path, origin.steps, raw) for name, (origin, raw) in reading.why.items()}
    assert told == {
        "email": ("mail", ("trim", "lower"), " Ada@Example.com "),
        "company": ("default", (), None),
        "source": ("const", (), None),
        "city": ("city", ("map",), "b"),
        "phone": ("phone", ("kept as it came",), "call me"),
    }
    assert reading.values["phone"] == "call me"


def test_what_a_line_could_not_use_is_told_with_the_line_and_without_the_value() -> None:
    mapping = inbound_mapping(
        fields={
            "email": {"from": "mail", "required": True},
            "employees": "size",
            "source": {"from": "src", "map": {"a": "b"}, "unlisted": "refuse"},
            "x_more": {"value": "size > 3 ? 1 : 2"},
            "city": "city",
        }
    )
    reading = compiled_inbound(mapping).trace({"mail": " ", "size": "many", "src": "secret", "city": "Rome"}, {})

    assert [(problem.code, problem.target) for problem in reading.problems] == [
        ("required_missing", "email"),
        ("invalid_value", "employees"),
        ("invalid_value", "source"),
        ("invalid_value", "x_more"),
    ]
    assert reading.values == {"city": "Rome"}
    told = " ".join(str(problem) for problem in reading.problems)
    assert "secret" not in told and "'s…' (6 characters)" in told
    assert "nothing was found in 'mail'" in told


def test_a_record_that_the_condition_excludes_is_read_no_further() -> None:
    mapping = inbound_mapping(when=['form == "contact"', "email"])

    assert compiled_inbound(mapping).trace({"form": "contact", "email": "a@example.com"}, {}).problems == []
    (problem,) = compiled_inbound(mapping).trace({"form": "jobs", "email": "a@example.com"}, {}).problems
    assert (problem.code, problem.message) == ("condition", 'for which `form == "contact"` holds')
    (problem,) = compiled_inbound(mapping).trace({"form": "contact"}, {}).problems
    assert problem.message == "that have email"


def test_a_phone_number_is_read_with_the_country_of_its_record() -> None:
    mapping = inbound_mapping(region="DE", fields={"phone": "tel", "country": "land"})

    assert compiled_inbound(mapping).trace({"tel": "030 23125 111"}, {}).values["phone"] == "+493023125111"
    assert compiled_inbound(mapping).trace({"tel": "020 7946 0123", "land": "UK"}, {}).values["phone"] == "+442079460123"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0", "a.b"]), inner, max_size=3),
    max_leaves=8,
)


def whole() -> CompiledInbound:
    return compiled_inbound(
        inbound_mapping(
            fields={
                "email": "a.b | trim",
                "phone": {"from": ["a.0", "b"], "default": "x"},
                "city": {"from": "a.*.b", "empty": "clear"},
                "x_1": {"value": "a.b", "when": "has(b)"},
                "employees": "b",
                "company": {"join": {"fields": ["a", "b"]}, "map": {"1": "one"}},
            },
            consent={"news": "a"},
        )
    )


WHOLE = whole()


@given(st.dictionaries(st.sampled_from(["a", "b", "a.b"]), VALUES))
def test_any_record_is_mapped_the_same_twice_and_with_or_without_a_trace(record: dict[str, Any]) -> None:
    first, second = WHOLE.trace(record, {}), whole().trace(record, {})
    problems: list[Any] = []

    assert first == second
    assert WHOLE.values(record, {}, problems) == first.values
    assert problems == first.problems
    assert set(first.why) == set(first.values)


def test_json_in_a_text_is_read_where_a_path_goes_into_it() -> None:
    record = {"payload": '{"person": {"name": "Ada", "tags": ["a", "b"]}}', "list": '["x", "y"]', "broken": "{not json"}

    assert taken("payload.person.name", record) == "Ada"
    assert taken("payload.person.tags.1", record) == "b"
    assert taken("payload.person.tags", record) == "a; b"
    assert taken("list.0", record) == "x"
    assert taken("broken.name", record) == "absent"


def test_a_bar_in_a_quoted_argument_cuts_no_pipe() -> None:
    assert taken('a | split(" | ", 1) | upper', {"a": "x | y"}) == "Y"
    assert taken("it's | upper", {"it's": "x"}) == "X"
