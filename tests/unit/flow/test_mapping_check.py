"""Comparing mappings with what an account looks like: each kind of finding, and that nothing is said where all is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.contract import FieldKind
from core.flow.mapping.check import ID_LENGTH, Vendor, check_inbound, check_sync, find_object, touched
from core.flow.mapping.finding import Finding, Level
from core.flow.mapping.fits import ENOUGH
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.mapping.remote import Changed, Drift, RemoteField, RemoteKind, RemoteObject
from core.model.vocabulary import FIELDS, Kind
from tests.support.builders import inbound_mapping, sync_mapping

VENDOR = Vendor("Acme CRM", "Open the settings of {object} and add '{field}'.")
OUR_ID = RemoteField("our_id", "Our id", RemoteKind.TEXT, unique=True, external_id=True, max_length=64)


def crm(*fields: RemoteField) -> RemoteObject:
    return RemoteObject("lead", "Lead", (OUR_ID, *fields))


def field(name: str = "Target", kind: RemoteKind = RemoteKind.TEXT, **facts: Any) -> RemoteField:
    return RemoteField(name, facts.pop("label", name), kind, **facts)


def sync(lines: Mapping[str, Any], **changes: Any) -> SyncMapping:
    return sync_mapping(**{"external_id": "our_id", "fields": dict(lines)} | changes)


def findings(line: Any, target: RemoteField, **changes: Any) -> list[Finding]:
    return check_sync(sync({target.name: line}, **changes), crm(target), VENDOR)


def codes(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.level.value) for each in found]


def test_the_kinds_of_the_contract_are_those_of_the_comparison() -> None:
    assert {kind.value for kind in RemoteKind} == {kind.value for kind in FieldKind}


def test_every_kind_and_only_fields_and_kinds_that_there_are_have_a_length_that_is_enough() -> None:
    names = {name for fields in FIELDS.values() for name in fields}

    assert set(Kind) <= set(ENOUGH)
    assert {str(key) for key in ENOUGH} <= names | set(Kind)


def test_nothing_is_said_of_a_line_that_fits() -> None:
    assert findings("email", field(kind=RemoteKind.EMAIL, max_length=80)) == []
    assert findings("employees", field(kind=RemoteKind.NUMBER)) == []
    assert findings("submitted_at", field(kind=RemoteKind.DATETIME)) == []


@pytest.mark.parametrize(
    ("written", "near"),
    [("Emial", "Email"), ("email", "Email"), ("Cell number", "MobilePhone"), ("cell numbr", "MobilePhone"), ("zzz", None)],
)
def test_a_field_that_is_not_there_is_told_with_the_nearest_by_name_or_by_label(written: str, near: str | None) -> None:
    remote = crm(field("Email", RemoteKind.EMAIL), field("MobilePhone", RemoteKind.PHONE, label="Cell number"))

    (found,) = check_sync(sync({written: "x_any"}), remote, VENDOR)

    assert (found.code, found.level, found.nearest) == ("missing_field", Level.PROBLEM, near)
    assert found.place == ("fields", written)


def test_a_label_in_place_of_a_name_is_called_so() -> None:
    (found,) = check_sync(sync({"Cell number": "x_any"}), crm(field("MobilePhone", label="Cell number")), VENDOR)

    assert "is the label" in found.message


def test_a_read_only_field_is_a_problem_towards_the_crm_and_none_back() -> None:
    target = field(creatable=False, updatable=False)

    assert codes(findings("x_any", target)) == [("read_only", "problem")]
    assert findings({"from": "x_any", "direction": "from"}, target) == []


def test_a_field_that_can_be_set_at_one_time_only_is_a_warning() -> None:
    assert codes(findings("x_any", field(creatable=False))) == [("not_creatable", "warning")]
    assert codes(findings("x_any", field(updatable=False))) == [("not_updatable", "warning")]


def test_a_field_that_cannot_be_read_is_a_problem_of_lines_that_come_back() -> None:
    target = field(readable=False)

    assert codes(findings("x_any", target)) == [("not_readable", "problem")]
    assert findings({"from": "x_any", "direction": "to"}, target) == []


def test_a_field_that_may_be_too_short_is_a_warning_with_the_way_out() -> None:
    target = field(max_length=40)

    (found,) = findings("job_title", target)

    assert codes([found]) == [("too_short", "warning")]
    assert found.hint == "Add `| truncate: 40`; the line then needs `direction: to` or `back: same`."
    assert findings({"from": "job_title", "do": "truncate: 40", "direction": "to"}, target) == []
    assert findings("job_title", field(max_length=128)) == []


def test_a_line_that_only_goes_there_needs_no_word_on_the_way_back() -> None:
    (found,) = findings({"from": "job_title", "direction": "to"}, field(max_length=40))

    assert found.hint == "Add `| truncate: 40`."


def test_a_truncation_that_leaves_too_much_is_a_problem() -> None:
    assert codes(findings({"from": "job_title", "do": "truncate: 50", "direction": "to"}, field(max_length=40))) == [
        ("too_short", "problem")
    ]


def test_joined_fields_need_the_room_of_all_of_them() -> None:
    line = {"join": {"fields": ["street", "city"], "with": ", "}, "direction": "to"}

    assert codes(findings(line, field(max_length=100))) == [("too_short", "warning")]
    assert findings(line, field(max_length=200)) == []


def test_a_fixed_value_that_is_too_long_is_a_problem() -> None:
    assert codes(findings({"const": "x" * 11}, field(max_length=10))) == [("too_short", "problem")]


STAGES = field("Stage", RemoteKind.CHOICE, choices=("New", "In work", "Won"), choices_closed=True)


@pytest.mark.parametrize(
    ("line", "near", "place"),
    [
        ({"const": "Neww"}, "New", ("const",)),
        ({"from": "source", "map": {"web": "Wonn"}, "unlisted": "drop", "direction": "to"}, "Won", ("map", "web")),
        ({"from": "source", "map": {"web": "Won"}, "unlisted": "drop", "default": "Lost", "direction": "to"}, None, ("default",)),
    ],
)
def test_a_fixed_value_that_is_no_choice_is_a_problem_in_its_place(line: Any, near: str | None, place: tuple[str, ...]) -> None:
    (found,) = findings(line, STAGES)

    assert codes([found]) == [("no_such_choice", "problem")]
    assert found.nearest == near
    assert found.place == ("fields", "Stage", *place)


def test_a_choice_in_other_capitals_is_a_warning() -> None:
    assert codes(findings({"const": "new"}, STAGES)) == [("no_such_choice", "warning")]


def test_each_of_several_choices_is_looked_at() -> None:
    several = field("Tags", RemoteKind.CHOICES, choices=("a", "b"), choices_closed=True)

    assert findings({"const": "a; b"}, several) == []
    assert codes(findings({"const": "a;c"}, several)) == [("no_such_choice", "problem")]


def test_an_open_list_takes_anything() -> None:
    assert findings({"const": "Other"}, field(kind=RemoteKind.CHOICE, choices=("New",))) == []


def test_a_closed_list_and_values_that_may_be_anything_are_a_warning() -> None:
    listed = {"from": "source", "map": {"web": "New"}, "direction": "to"}

    assert codes(findings("source", STAGES)) == [("open_choice", "warning")]
    (found,) = findings(listed, STAGES)
    assert found.code == "open_choice" and "unlisted: drop" in str(found.hint)
    assert findings({**listed, "unlisted": "drop"}, STAGES) == []


def test_yes_and_no_fit_a_list_of_true_and_false() -> None:
    flag = field(kind=RemoteKind.CHOICE, choices=("true", "false"), choices_closed=True)

    assert findings({"value": 'country == "DE"', "direction": "to"}, flag) == []


@pytest.mark.parametrize(
    ("ours", "kind", "level"),
    [
        ("email", RemoteKind.NUMBER, "problem"),
        ("country", RemoteKind.BOOLEAN, "problem"),
        ("company", RemoteKind.DATE, "problem"),
        ("phone", RemoteKind.EMAIL, "problem"),
        ("company", RemoteKind.REFERENCE, "problem"),
        ("x_score", RemoteKind.NUMBER, "warning"),
        ("submitted_at", RemoteKind.DATE, "warning"),
    ],
)
def test_a_kind_that_does_not_fit_is_told_as_surely_as_it_is_known(ours: str, kind: RemoteKind, level: str) -> None:
    assert codes(findings(ours, field(kind=kind))) == [("wrong_kind", level)]


def test_nothing_is_said_of_the_kind_behind_a_transform_that_makes_another() -> None:
    line = {"from": "submitted_at", "do": "date_only", "direction": "to"}

    assert findings(line, field(kind=RemoteKind.DATE)) == []
    assert codes(findings({"from": "company", "do": "trim", "direction": "to"}, field(kind=RemoteKind.NUMBER))) == [
        ("wrong_kind", "problem")
    ]


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        (RemoteKind.NUMBER, "many", "12"),
        (RemoteKind.BOOLEAN, "maybe", True),
        (RemoteKind.DATE, "31.01.2026", "2026-01-31"),
        (RemoteKind.EMAIL, "nobody", "nobody@example.com"),
    ],
)
def test_a_fixed_value_of_another_kind_is_a_problem(kind: RemoteKind, wrong: str, right: Any) -> None:
    assert codes(findings({"const": wrong}, field(kind=kind))) == [("wrong_kind", "problem")]
    assert findings({"const": right}, field(kind=kind)) == []


def test_what_comes_back_and_can_never_be_ours_is_a_problem() -> None:
    line = {"from": "country", "direction": "from"}

    assert codes(findings(line, field(kind=RemoteKind.BOOLEAN))) == [("wrong_kind", "problem")]
    assert findings({**line, "back": {"map": {"true": "DE"}}}, field(kind=RemoteKind.BOOLEAN)) == []


def test_a_required_field_that_no_line_gives_is_a_problem() -> None:
    found = check_sync(sync({"Other": "x_any"}), crm(field("Other"), field("Name", required=True)), VENDOR)

    assert codes(found) == [("required_not_given", "problem")]
    assert "'Name'" in found[0].message


def test_a_required_field_of_a_line_that_only_comes_back_is_not_given() -> None:
    found = findings({"from": "x_any", "direction": "from"}, field(required=True))

    assert codes(found) == [("required_not_given", "problem")]


@pytest.mark.parametrize(
    ("line", "changes", "expected"),
    [
        ("x_any", {}, [("required_may_be_empty", "warning")]),
        ({"from": "x_any", "default": "-", "when": 'x_any == "a"', "direction": "to"}, {}, [("required_may_be_empty", "warning")]),
        ({"from": "x_any", "default": "-"}, {}, []),
        ({"from": "x_any", "required": True}, {}, []),
        ({"const": "-"}, {}, []),
        ("x_any", {"when": "x_any"}, []),
    ],
)
def test_a_required_field_that_may_stay_empty_is_a_warning(line: Any, changes: Any, expected: Any) -> None:
    assert codes(findings(line, field(required=True), **changes)) == expected


def test_an_external_id_field_that_is_missing_is_told_with_the_steps_that_make_it() -> None:
    remote = RemoteObject("lead", "Lead", (field("Name"),))

    (found,) = check_sync(sync({"Name": "x_any"}), remote, VENDOR)

    assert (found.code, found.place) == ("external_id_missing", ("external_id",))
    assert found.hint == "Open the settings of lead and add 'our_id'."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"unique": True}, []),
        ({}, [("external_id_not_unique", "problem")]),
        ({"external_id": True}, [("external_id_not_unique", "warning")]),
        ({"unique": True, "creatable": False, "updatable": False}, [("external_id_read_only", "problem")]),
        ({"unique": True, "max_length": ID_LENGTH - 1}, [("external_id_unfit", "problem")]),
        ({"unique": True, "kind": RemoteKind.NUMBER}, [("external_id_unfit", "problem")]),
    ],
)
def test_an_external_id_field_must_be_able_to_hold_our_id(facts: dict[str, Any], expected: Any) -> None:
    kind = facts.pop("kind", RemoteKind.TEXT)
    remote = RemoteObject("lead", "Lead", (field("our_id", kind, **facts), field("Name")))

    assert codes(check_sync(sync({"Name": "x_any"}), remote, VENDOR)) == expected


@pytest.mark.parametrize(
    ("ours", "facts", "expected"),
    [
        ("email", {"kind": RemoteKind.EMAIL}, []),
        ("x_key", {}, []),
        ("city", {}, [("match_not_unique", "warning")]),
        ("city", {"unique": True}, []),
        ("x_key", {"kind": RemoteKind.CHOICE}, [("match_not_unique", "warning")]),
        ("x_key", {"searchable": False}, [("match_not_searchable", "problem")]),
        ("x_key", {"kind": RemoteKind.LONG_TEXT}, [("match_not_searchable", "problem")]),
    ],
)
def test_a_match_must_find_one_record(ours: str, facts: dict[str, Any], expected: Any) -> None:
    target = field(kind=facts.pop("kind", RemoteKind.TEXT), **facts)

    assert codes(findings({"from": ours, "direction": "to"}, target, match="Target")) == expected


def test_an_object_that_the_account_does_not_tell_of_is_told() -> None:
    objects = [crm()]

    assert find_object(sync({"A": "x_any"}), objects, VENDOR) is objects[0]
    near = find_object(sync({"A": "x_any"}, to={"connection": "crm", "object": "Leads"}), objects, VENDOR)
    far = find_object(sync({"A": "x_any"}, to={"connection": "crm", "object": "Deal"}), objects, VENDOR)

    assert isinstance(near, Finding) and (near.level, near.nearest) == (Level.PROBLEM, "lead")
    assert isinstance(far, Finding) and (far.level, far.nearest) == (Level.WARNING, None)


FORM = RemoteObject("entry", "Entry", (field("email"), field("answers.job"), field("Zip code")))


def inbound(lines: Mapping[str, Any], **changes: Any) -> InboundMapping:
    return inbound_mapping(fields=dict(lines), **changes)


@pytest.mark.parametrize(
    "line",
    [
        "email",
        "answers.job",
        "Zip code",
        "answers",
        "answers.job.0",
        {"from": ["mail", "email"]},
        "_context.form",
        {"value": "size(answers.job)"},
    ],
)
def test_a_path_that_the_source_has_is_no_matter(line: Any) -> None:
    assert check_inbound(inbound({"x_any": line}), [FORM], VENDOR) == []


@pytest.mark.parametrize(
    ("line", "near"),
    [("emial", "email"), ("answers.jobb", "answers.job"), ({"from": ["a", "Zip cod"]}, "Zip code"), ({"value": "nothing + 1"}, None)],
)
def test_a_path_that_the_source_does_not_have_is_a_warning(line: Any, near: str | None) -> None:
    (found,) = check_inbound(inbound({"x_any": line}), [FORM], VENDOR)

    assert (found.code, found.level, found.nearest) == ("no_such_path", Level.WARNING, near)


def test_consent_and_conditions_read_paths_too() -> None:
    mapping = inbound({"email": "email"}, consent={"marketing": "newsletter"}, when="agreed")

    assert [found.place for found in check_inbound(mapping, [FORM], VENDOR)] == [("consent", "marketing"), ("when",)]


def test_nothing_is_said_of_a_source_whose_fields_are_free() -> None:
    free = RemoteObject("submission", "Submission", (field("_context.ip"),))

    assert check_inbound(inbound({"email": "whatever"}), [free], VENDOR) == []
    assert check_inbound(inbound({"email": "whatever"}), [], VENDOR) == []


def test_a_change_of_a_field_touches_the_lines_that_use_it() -> None:
    change = Drift(Changed.FIELD_GONE, "lead", "answers", "is gone.")

    assert [line.target for line in touched(sync({"answers": "x_any", "B": "x_more"}), change)] == ["answers"]
    assert [line.target for line in touched(inbound({"x_any": "answers.job", "email": "email"}), change)] == ["x_any"]
