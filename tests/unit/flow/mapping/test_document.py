"""Reading mapping documents: every problem at once, with its place, in an admin's words and with the nearest valid name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.mapping.document import DocumentReader
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.mapping.words import INBOUND_LINE, INBOUND_TOP, MEMBER, SYNC_LINE, SYNC_TOP
from core.flow.pipeline import compiled_inbound, compiled_sync

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "email", "clear", "trim", "phone | upper", "ours", "email == 'a'", "same", "times: 2", "both"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["from", "connection", "object", "email", "do", "map", "value", "fields", "mode", "id_of"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
PARTS = [word.name for word in (*INBOUND_TOP, *SYNC_TOP)]
LINE = [word.name for word in (*INBOUND_LINE, *SYNC_LINE)]
GROUP = [word.name for word in MEMBER]


def problems(**changes: Any) -> list[str]:
    document: dict[str, Any] = {
        "kind": "sync",
        "name": "m",
        "to": {"connection": "crm", "object": "lead"},
        "match": "Email",
        "fields": {"Email": "email"},
    }
    return read({name: value for name, value in (document | changes).items() if value is not None})


def read(document: dict[str, Any]) -> list[str]:
    reader = DocumentReader(document, "v1")
    assert (reader.read() is None) is bool(reader.problems)
    return [problem.message for problem in reader.problems]


def inbound(line: Any) -> list[str]:
    return read({"kind": "inbound", "name": "m", "from": {"connection": "form"}, "fields": {"message": line}})


def test_all_problems_of_a_file_are_told_at_once_with_the_nearest_names() -> None:
    found = problems(
        externel_id="Ext__c",
        fill="maybe",
        match="Emial",
        when="emial",
        fields={"Email": "emial", "Phone": {"from": "phone", "do": "trimm"}, "City": 5, "Zip": {"requierd": True}, "X": "city | uper"},
    )

    text = "\n".join(found)
    for expected in (
        "Did you mean 'external_id'?",
        "Did you mean 'email'?",
        "Did you mean 'trim'?",
        "Did you mean 'upper'?",
        "`fill` must be",
        "Did you mean 'required'?",
        "'City' needs a path",
        "'Zip' says neither",
        "'Emial', which is not among the fields",
    ):
        assert expected in text
    assert len(found) >= 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"match": None}, "could double a record"),
        ({"match": 5}, "not among the fields"),
        ({"match": {"a": 1}}, "`match` must be a text or a list"),
        ({"external_id": ["x"]}, "`external_id` must be a text"),
        ({"consent": "marketing"}, "`consent` must be a block"),
        ({"consent": {"purpose": "news", "require": "maybe"}}, "`require` must be"),
        ({"fields": {"Email": {"from": None}}}, "`from` must be a text"),
        ({"fields": {"Email": {"from": {"a": 1}}}}, "`from` must be a text"),
        ({"fields": {"Email": {"from": "email", "do": [["trim"]]}}}, "A transform is written"),
        ({"fields": {"Email": {"from": "email", "map": ["a"]}}}, "`map` must be a block"),
        ({"fields": {"Email": {"from": "email", "map": {"a": "b", "A": "c"}}}}, "stands twice in the table"),
        ({"fields": {"Email": {"from": "email", "unlisted": "drop"}}}, "there is none"),
        ({"fields": {"Email": {"from": "email", "map": "no.csv"}}}, "There is no file 'no.csv'"),
        ({"fields": {"Email": {"const": ["a"]}}}, "`const` must be one value"),
        ({"fields": {"Email": {"from": "email", "const": "a"}}}, "has `from:` and `const:`"),
        ({"fields": {"Email": {"from": "email", "empty": "erase"}}}, "`empty` must be"),
        ({"fields": {"Email": {"from": "email", "required": "perhaps"}}}, "`required` must be"),
        ({"fields": {"Email": {"from": "email", "as": "email"}}}, "takes the kind of the golden field"),
        ({"fields": {"Email": {"from": "email", "authority": "me"}}}, "`authority` must be one of"),
        ({"fields": {"Email": {"from": "email", "authority": {"stages": ["a", "a"]}}}}, "A stage stands twice"),
        ({"fields": {"Email": {"value": "emial", "direction": "to"}}}, "Did you mean 'email'?"),
        ({"fields": {"Email": {"value": "email = 'a'", "direction": "to"}}}, "=="),
        ({"fields": {"Email": {"from": "email", "do": {"truncate": "long"}, "direction": "to"}}}, "`truncate`"),
        ({"fields": {}}, "`fields` must list"),
        ({"to": "crm"}, "`to` must be a block"),
        ({"kind": "snyc"}, "`kind` must be"),
        ({"golden": "Person"}, "`golden` must be one of"),
        ({"examples": [{"given": {}}]}, "says what to `expect:`"),
        ({"examples": [{"expect": {}}]}, "needs `given:` or `remote:`"),
        ({"examples": "x"}, "`examples` must be a list"),
    ],
)
def test_a_part_of_the_wrong_shape_is_a_problem(changes: dict[str, Any], message: str) -> None:
    assert any(message in found for found in problems(**changes)), problems(**changes)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ({"from": ["phone", "mobile"]}, "it is not clear which of phone, mobile"),
        ({"value": 'company + "!"'}, "is computed"),
        ({"from": "message", "do": "upper"}, "`upper` cannot be undone"),
        ("message | trim | truncate(10)", "`truncate(10)` cannot be undone"),
        ({"from": "source", "map": {"a": "x", "b": "X"}}, "gives 'X' for 'a' and for 'b'"),
        ({"from": "source", "map": {"a": None}}, "gives nothing for 'a'"),
        ({"join": {"fields": ["city", "street"], "with": ""}}, "cannot be told apart"),
        ({"const": "x", "direction": "both"}, "a constant has nothing to give back"),
    ],
)
def test_a_two_way_line_that_cannot_be_turned_round_is_refused_with_the_part_and_the_remedy(line: Any, part: str) -> None:
    (found,) = problems(fields={"Email": "email", "Target": line})

    assert part in found
    assert "direction: to" in found and "back" in found
    remedied = {**({"from": line.split(" | ")[0], "do": line.split(" | ")[1:]} if isinstance(line, str) else line), "direction": "to"}
    assert problems(fields={"Email": "email", "Target": remedied}) == []


def test_two_lines_that_would_give_one_field_back_are_refused() -> None:
    (found,) = problems(fields={"Email": "email", "Mail2": "email"})

    assert "'email' is read back by another line, too" in found
    assert problems(fields={"Email": "email", "Mail2": {"from": "email", "direction": "to"}}) == []
    assert problems(direction="to", fields={"Email": "email", "Mail2": "email"}) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"from": "a", "as": "phnoe"}, "Did you mean 'phone'?"),
        ({"from": "a", "as": {"date": {"formt": "%d"}}}, "Did you mean 'format'?"),
        ({"from": "a", "as": {"email": {"format": "x"}}}, "takes no options"),
        ({"from": "a", "direction": "to"}, "`direction` is not known here"),
        ({"from": "a", "when": "b ="}, "character"),
        ({"value": "now()"}, "received_at"),
        ("a | extract: '('", "not a regular expression"),
        ("a | replace: [x, y]", "stand side by side"),
    ],
)
def test_a_wrong_inbound_line_is_told(line: Any, message: str) -> None:
    assert any(message in found for found in inbound(line)), inbound(line)


@given(st.sampled_from(["inbound", "sync"]), st.dictionaries(st.sampled_from(PARTS), DOCUMENTS))
def test_no_document_breaks_the_reader(kind: str, document: dict[str, Any]) -> None:
    assert all(isinstance(message, str) and message for message in read({"kind": kind} | document))


@given(st.dictionaries(st.sampled_from(GROUP), DOCUMENTS))
def test_no_member_of_a_group_breaks_the_reader(member: dict[str, Any]) -> None:
    assert all(isinstance(message, str) and message for message in problems(external_id="Ext__c", group={"account": member}))


@given(st.dictionaries(st.sampled_from(LINE), DOCUMENTS))
def test_no_line_breaks_the_reader_and_a_sound_one_can_be_applied(line: dict[str, Any]) -> None:
    source = {"kind": "inbound", "name": "m", "from": {"connection": "form"}, "fields": {"message": line}}
    mapping = DocumentReader(source, "v1").read()
    if isinstance(mapping, InboundMapping):
        reading = compiled_inbound(mapping).trace({"email": "x", "phone": None, "0": [1]}, {})
        assert set(reading.values) == set(reading.why) <= {"message"}

    target = {"kind": "sync", "name": "m", "to": {"connection": "c", "object": "o"}, "external_id": "X", "fields": {"Message": line}}
    mapping = DocumentReader(target, "v1").read()
    if isinstance(mapping, SyncMapping):
        written = compiled_sync(mapping).trace({"email": "a@example.com", "employees": 3, "phone": None})
        assert set(written.values) == set(written.why) <= {"Message"}
        taken = compiled_sync(mapping).back({"Message": "x"}, {})
        assert set(taken.values) == set(taken.why)
