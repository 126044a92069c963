"""Mappings: paths, empty values and defaults when applied; every problem of a file at once when read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.mapping.apply import apply_inbound, apply_sync
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.paths import as_scalar, read_path
from core.flow.mapping.steps import STEPS
from core.model.ids import ObservationId
from core.model.records import GoldenValue, Scalar
from tests.support.builders import NOON, inbound_mapping, sync_mapping

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "email", "clear", "trim", "phone", "ours"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "connection", "object", "email", "do", "map"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = (
    "kind",
    "name",
    "from",
    "to",
    "golden",
    "authority",
    "region",
    "fields",
    "consent",
    "external_id",
    "match",
    "fill",
    "adopt",
    "when",
)


def golden(**values: Scalar) -> dict[str, GoldenValue]:
    return {name: GoldenValue(value, ObservationId("o"), "form", NOON) for name, value in values.items()}


def taken(line: Any, record: dict[str, Any], target: str = "message") -> Any:
    value = apply_inbound(inbound_mapping(fields={target: line}), record).values.get(target)
    return value.value.value if value else "absent"


def problems(**changes: Any) -> list[str]:
    document: dict[str, Any] = {
        "kind": "sync",
        "name": "m",
        "to": {"connection": "crm", "object": "lead"},
        "match": "Email",
        "fields": {"Email": "email"},
    }
    reader = DocumentReader({name: value for name, value in (document | changes).items() if value is not None}, "v1")
    assert (reader.read() is None) is bool(reader.problems)
    return [problem.message for problem in reader.problems]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", 1),
        ("b.c", 2),
        ("b.d.0.e", 3),
        ("b.d.1", None),
        ("What is your name?", "Ada"),
        ("v. 2.0", "dots"),
        ("v. 2.0.x", None),
        ("w.x.y", "deep dots"),
        ("b.d.²", None),
        ("b.d.-1", None),
        ("nothing", None),
        ("a.b", None),
    ],
)
def test_a_path_reads_names_with_dots_and_spaces_and_places_in_lists(path: str, found: Any) -> None:
    record = {"a": 1, "b": {"c": 2, "d": [{"e": 3}]}, "What is your name?": "Ada", "v. 2.0": "dots", "w.x": {"y": "deep dots"}}

    assert read_path(record, path) == found


@given(st.text(max_size=12))
def test_any_path_can_be_followed(path: str) -> None:
    read_path({"a": [1, {"b": 2}], "": {"": 1}}, path)
    read_path({"a": [1, {"b": 2}]}, f"a.{path}")


@pytest.mark.parametrize(
    ("value", "scalar"), [([1, None, "b"], "1; b"), ([], None), ({"a": 1}, None), (True, True), (0, 0), ("", ""), ([{"a": 1}], None)]
)
def test_one_value_is_made_of_what_a_path_finds(value: Any, scalar: Scalar) -> None:
    assert as_scalar(value) == scalar


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


@pytest.mark.parametrize(
    ("line", "record", "expected"),
    [
        ({"from": ["a", "b"]}, {"a": "", "b": "second"}, "second"),
        ({"from": "a", "default": "none given"}, {"a": ""}, "none given"),
        ({"from": "a", "default": "none given", "empty": "clear"}, {"a": ""}, "none given"),
        ({"const": "web"}, {}, "web"),
        ({"const": False}, {}, False),
        ({"from": "a", "map": {"Ja, gern": "yes"}}, {"a": " JA, GERN "}, "yes"),
        ({"from": "a", "map": {True: "on"}}, {"a": True}, "on"),
        ({"from": "a", "map": {"x": "y"}}, {"a": "other"}, "other"),
        ({"from": "a", "map": {"none": None}}, {"a": "none"}, "absent"),
        ({"from": "a", "do": ["trim", "upper"]}, {"a": " x "}, "X"),
        ({"from": "a", "do": "digits"}, {"a": "no"}, "absent"),
        ({"from": "a"}, {"a": 0}, 0),
        ({"from": 0}, {"0": "first"}, "first"),
    ],
)
def test_a_line_gives_the_first_value_through_its_steps_else_its_default(line: Any, record: dict[str, Any], expected: Any) -> None:
    assert taken(line, record) == expected


@given(st.sampled_from(sorted(STEPS)), st.text(max_size=20))
def test_every_step_gives_text_for_any_text(step: str, text: str) -> None:
    assert isinstance(STEPS[step](text), str)


def test_required_fields_without_a_value_are_named_together() -> None:
    mapping = inbound_mapping(fields={"email": {"from": "e", "required": True}, "phone": {"from": "p", "required": True}, "city": "c"})

    assert apply_inbound(mapping, {"p": " "}).missing == ("email", "phone")


def test_what_is_unknown_of_a_person_gives_no_entry_and_never_a_blank() -> None:
    mapping = sync_mapping(fields={"title": {"from": "job_title", "empty": "clear"}, "city": "city", "email": "email"})

    assert apply_sync(mapping, golden(email="a@example.com")) == {"email": "a@example.com"}
    assert apply_sync(mapping, golden(job_title=None, city=None)) == {"title": None}


def test_applying_the_same_mapping_twice_gives_the_same() -> None:
    record = {"email": "a@example.com", "title": "", "city": ["x", "y"]}

    assert apply_inbound(inbound_mapping(), record) == apply_inbound(inbound_mapping(), record)


def test_all_problems_of_a_file_are_told_at_once_with_the_nearest_names() -> None:
    found = problems(
        externel_id="Ext__c",
        fill="maybe",
        match="Emial",
        when="emial",
        fields={"Email": "emial", "Phone": {"from": "phone", "do": "trimm", "as": "phnoe"}, "City": 5, "Zip": {"requierd": True}},
    )

    text = "\n".join(found)
    for expected in (
        "Did you mean 'external_id'?",
        "Did you mean 'email'?",
        "Did you mean 'trim'?",
        "Did you mean 'phone'?",
        "`fill` must be",
    ):
        assert expected in text
    assert "Did you mean 'required'?" in text
    assert "'City' needs a path" in text
    assert "'Zip' says neither" in text
    assert "'Emial', which is not among the fields" in text
    assert len(found) >= 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"match": None}, "could double a record"),
        ({"match": 5}, "not among the fields"),
        ({"match": {"a": 1}}, "`match` must be a text or a list"),
        ({"external_id": ["x"]}, "`external_id` must be a text"),
        ({"consent": "marketing"}, "`consent` must be a block"),
        ({"consent": {"purpose": "news", "require": "yes"}}, "`require` must be"),
        ({"fields": {"Email": {"from": None}}}, "`from` must be a text"),
        ({"fields": {"Email": {"from": {"a": 1}}}}, "`from` must be a text"),
        ({"fields": {"Email": {"from": "email", "do": [["trim"]]}}}, "`do` must be a text"),
        ({"fields": {"Email": {"from": "email", "map": ["a"]}}}, "`map` must be a block"),
        ({"fields": {"Email": {"const": ["a"]}}}, "`const` must be one value"),
        ({"fields": {"Email": {"from": "email", "empty": "erase"}}}, "`empty` must be"),
        ({"fields": {"Email": {"from": "email", "required": "yes"}}}, "`required` must be"),
        ({"fields": {}}, "`fields` must list"),
        ({"to": "crm"}, "`to` must be a block"),
        ({"kind": "snyc"}, "`kind` must be"),
        ({"golden": "Person"}, "`golden` must be one of"),
    ],
)
def test_a_part_of_the_wrong_shape_is_a_problem_with_a_place(changes: dict[str, Any], message: str) -> None:
    assert any(message in found for found in problems(**changes)), problems(**changes)


@given(st.sampled_from(["inbound", "sync"]), st.dictionaries(st.sampled_from(PARTS), DOCUMENTS))
def test_no_document_breaks_the_reader(kind: str, document: dict[str, Any]) -> None:
    reader = DocumentReader({"kind": kind} | document, "v1")

    assert (reader.read() is None) is bool(reader.problems)


@given(st.dictionaries(st.sampled_from(["from", "as", "do", "map", "const", "default", "required", "empty"]), DOCUMENTS))
def test_no_line_breaks_the_reader_and_a_sound_one_can_be_applied(line: dict[str, Any]) -> None:
    document = {"kind": "inbound", "name": "m", "from": {"connection": "form"}, "fields": {"message": line}}
    mapping = DocumentReader(document, "v1").read()

    if mapping is not None:
        apply_inbound(mapping, {"email": "x", "phone": None, "0": [1]})  # type: ignore[arg-type]  # it is an inbound one
