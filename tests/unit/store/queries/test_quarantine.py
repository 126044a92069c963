"""The quarantine: listed with remedy, opened, corrected and sent through again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.desk.acts import NotInQuarantine, edit, matching_ids, replay
from core.runtime.desk.questions import find_people, ledger, list_quarantine, open_submission
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        opened.submit({"mail": "not an address"})
        opened.submit(flag="spam")
        opened.submit({"mail": ""})
        opened.settle()
        yield opened


def park(desk: Office, link: str) -> None:
    desk.sql("UPDATE link SET state = 'parked', reason_code = 'invalid', reason = 'It is too long.', next_at = NULL WHERE id = ?", link)


def test_each_item_has_a_reason_and_a_remedy(desk: Office) -> None:
    items = list_quarantine(desk.store)

    assert [(item.id, item.reason_code) for item in items] == [
        ("inbox:1", "invalid_value"),
        ("inbox:2", "spam"),
        ("inbox:3", "required_missing"),
    ]
    assert all(item.reason and item.hint for item in items)
    assert "quarantine edit inbox:1 --set" in str(items[0].hint)


def test_parked_links_are_listed_too(desk: Office) -> None:
    desk.submit()
    desk.settle()
    ((link,),) = desk.sql("SELECT id FROM link")
    park(desk, link)

    item = list_quarantine(desk.store)[-1]

    assert (item.id, item.connection, item.object, item.reason) == (f"link:{link}", "crm", "lead", "It is too long.")
    assert f"quarantine replay link:{link}" in str(item.hint)


def test_the_list_can_be_narrowed(desk: Office) -> None:
    assert matching_ids(desk.store, connection=None, reason="spam") == ["inbox:2"]
    assert matching_ids(desk.store, connection="crm", reason=None) == []
    assert len(list_quarantine(desk.store, limit=2)) == 2


def test_an_item_opens_with_its_record_and_raw_body(desk: Office) -> None:
    found = open_submission(desk.store, 1)

    assert found is not None
    assert found.fields["mail"] == "not an address"
    assert found.raw is not None and b"not an address" in found.raw
    assert open_submission(desk.store, 99) is None


def test_a_corrected_submission_becomes_a_lead_and_keeps_its_raw_body(desk: Office) -> None:
    edit(desk.store, desk.clock, "someone", 1, {"mail": "right@example.com", "company": "Slate"})
    found = open_submission(desk.store, 1)
    assert found is not None and found.raw is not None and b"not an address" in found.raw

    assert replay(desk.store, desk.clock, "someone", ["inbox:1"]) == 1
    desk.settle()

    (person,) = find_people(desk.store, "right@example.com")
    assert {value.field: value.value for value in person.values}["company"] == "Slate"
    assert ledger(desk.store, desk.installation).balanced


def test_a_field_inside_a_block_is_named_with_a_dot(desk: Office) -> None:
    desk.submit({"mail": "", "answers": {"size": 3, "note": "x"}, "a.b": "whole name"})
    desk.settle()

    edit(desk.store, desk.clock, "someone", 4, {"answers.size": 5, "a.b": "changed", "new.name": "y"})

    found = open_submission(desk.store, 4)
    assert found is not None
    assert found.fields["answers"] == {"size": 5, "note": "x"}
    assert (found.fields["a.b"], found.fields["new.name"]) == ("changed", "y")


def test_the_audit_trail_names_the_fields_and_not_their_values(desk: Office) -> None:
    edit(desk.store, desk.clock, "someone", 1, {"mail": "right@example.com"})

    ((actor, action, target, detail),) = desk.sql("SELECT actor, action, target, detail FROM audit")

    assert (actor, action, target, detail) == ("someone", "quarantine.edit", "inbox:1", "fields: mail")


def test_what_has_left_the_quarantine_cannot_be_edited(desk: Office) -> None:
    replay(desk.store, desk.clock, "someone", ["inbox:1"])

    with pytest.raises(NotInQuarantine):
        edit(desk.store, desk.clock, "someone", 1, {"mail": "right@example.com"})


def test_a_parked_link_is_delivered_again(desk: Office) -> None:
    desk.submit()
    desk.settle()
    ((link,),) = desk.sql("SELECT id FROM link")
    park(desk, link)

    assert replay(desk.store, desk.clock, "someone", [f"link:{link}", "inbox:99"]) == 1
    desk.settle()

    assert desk.sql("SELECT state FROM link") == [("level",)]


def test_a_text_that_is_no_id_is_refused_with_the_forms_there_are(desk: Office) -> None:
    with pytest.raises(ValueError, match="inbox:12"):
        replay(desk.store, desk.clock, "someone", ["everything"])
