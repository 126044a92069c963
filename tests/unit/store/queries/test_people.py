"""Finding a person and telling all that is known: values with their origin, consents, links, attempts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.desk.questions import Person, Unreadable, find_people
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        opened.submit({"mail": "Kim.Osei@Example.com", "first": "Kim", "last": "Osei", "news": "yes"})
        opened.submit({"mail": "kim.osei@example.com", "first": "Kim", "last": "Osei", "company": "Slate"})
        opened.submit({"mail": "ines@example.com"})
        opened.settle()
        yield opened


def the_one(desk: Office, who: str) -> Person:
    (person,) = find_people(desk.store, who)
    return person


def test_an_address_is_found_however_it_is_written(desk: Office) -> None:
    assert the_one(desk, " KIM.OSEI@example.com ").id == the_one(desk, "kim.osei@example.com").id


def test_a_person_is_found_by_each_of_its_ids(desk: Office) -> None:
    person = the_one(desk, "kim.osei@example.com")
    link = person.links[0].id

    for who in (person.id, link, f"link:{link}", "inbox:1", "inbox:2"):
        assert the_one(desk, who).id == person.id


@pytest.mark.parametrize("who", ["nobody@example.com", "01jzzzzzzzzzzzzzzzzzzzzzzz", "inbox:99", "inbox:x", "link:none", ""])
def test_whoever_is_not_known_gives_nobody(desk: Office, who: str) -> None:
    assert find_people(desk.store, who) == []


def test_each_value_says_who_said_it_and_where_it_was_read(desk: Office) -> None:
    values = {value.field: value for value in the_one(desk, "inbox:1").values}

    assert values["email"].value == "kim.osei@example.com"
    assert (values["email"].observer, values["email"].path) == ("site", "mail")
    assert (values["company"].value, values["company"].path) == ("Slate", "company")
    assert values["company"].at > values["first_name"].at or values["company"].observation == values["first_name"].observation


def test_observations_consents_and_links_are_told(desk: Office) -> None:
    person = the_one(desk, "kim.osei@example.com")

    assert [observation.inbox_id for observation in person.observations] == [1, 2]
    assert [(consent.purpose, consent.granted) for consent in person.consents] == [("marketing", True)]
    (link,) = person.links
    assert (link.connection, link.object, link.role, link.state) == ("crm", "lead", "primary", "level")
    assert link.remote_id
    assert link.sent["email"] == "kim.osei@example.com"
    assert [attempt.effect for attempt in link.attempts] == ["created"]
    assert link.attempts[0].after["company"] == "Slate"


def test_a_desk_address_finds_everybody_who_uses_it(desk: Office) -> None:
    desk.submit({"mail": "info@example.org", "first": "Ana", "last": "Silva"})
    desk.submit({"mail": "info@example.org", "first": "Bo", "last": "Lund"})
    desk.settle()

    found = find_people(desk.store, "info@example.org")

    assert {value.value for person in found for value in person.values if value.field == "first_name"} == {"Ana", "Bo"}


def test_a_record_that_was_merged_away_shows_its_survivor(desk: Office) -> None:
    desk.submit({"mail": "k.osei@example.org", "first": "Kim", "last": "Osei", "company": "Tern"})
    desk.settle()
    before = the_one(desk, "k.osei@example.org").id
    desk.submit({"mail": "k.osei@example.org", "first": "Kim", "last": "Osei", "company": "Slate"})
    desk.settle()

    survivor = the_one(desk, "kim.osei@example.com")

    assert the_one(desk, before).id == survivor.id
    assert len(survivor.observations) == 4


def test_an_erased_person_cannot_be_read(desk: Office) -> None:
    person = the_one(desk, "ines@example.com")
    desk.sql("UPDATE subject_key SET wrapped = NULL WHERE id = (SELECT key_id FROM golden WHERE id = ?)", person.id)

    with pytest.raises(Unreadable, match="erased"):
        find_people(desk.store, person.id)
