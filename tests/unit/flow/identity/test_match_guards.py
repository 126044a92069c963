"""What two records that look alike are not taken for: a shared inbox, a switchboard, a household, father and son, namesakes."""

from __future__ import annotations

import pytest

from core.flow.identity.blocking import MOST_KEYS, BlockingKind, blocking_keys
from core.flow.identity.model import Model
from core.flow.identity.profile import Profile, profile_of
from core.model.records import Scalar

CERTAIN, PROPOSED = 0.95, 0.5
_OWEN: dict[str, Scalar] = {
    "first_name": "Owen",
    "last_name": "Thistlewood",
    "email": "owen.thistlewood@example.com",
    "phone": "+442079460123",
    "company": "Slate Ltd",
    "street": "12 Mill Lane",
    "city": "Leeds",
    "postal_code": "LS1 2AB",
    "country": "GB",
}
_AT_HOME: dict[str, Scalar] = {"company": None, "email": None}
_AT_WORK: dict[str, Scalar] = {"street": None, "city": None, "postal_code": None}


def person(*others: dict[str, Scalar], **changes: Scalar) -> Profile:
    values = dict(_OWEN)
    for each in (*others, changes):
        values.update(each)
    return profile_of(values)


def likely(a: Profile, b: Profile) -> float:
    return Model.default().score(a, b).probability


@pytest.mark.parametrize(
    ("a", "b", "most"),
    [
        pytest.param(
            person(_AT_WORK, email="info@example.com", phone=None),
            person(_AT_WORK, email="info@example.com", phone=None, first_name="Mia", last_name="Fairweather"),
            PROPOSED,
            id="a shared inbox",
        ),
        pytest.param(
            person(_AT_WORK),
            person(_AT_WORK, first_name="Mia", last_name="Fairweather", email="mia.fairweather@example.com"),
            PROPOSED,
            id="a switchboard",
        ),
        pytest.param(
            person(_AT_WORK),
            person(_AT_WORK, last_name="Fairweather", email="owen.fairweather@example.com"),
            PROPOSED,
            id="one first name at one switchboard",
        ),
        pytest.param(person(_AT_HOME), person(_AT_HOME, first_name="Isla"), PROPOSED, id="a household"),
        pytest.param(
            person(_AT_HOME, last_name="Thistlewood Sr."),
            person(_AT_HOME, last_name="Thistlewood Jr."),
            PROPOSED,
            id="father and son told by their suffixes",
        ),
        pytest.param(
            person(_AT_HOME, x_birth_date="1950-02-03"),
            person(_AT_HOME, x_birth_date="1981-07-21"),
            PROPOSED,
            id="father and son told by their birth dates",
        ),
        pytest.param(
            person(_AT_WORK, phone=None),
            person(_AT_WORK, phone=None, email="owen.thistlewood2@example.com"),
            CERTAIN,
            id="namesakes in one big company",
        ),
    ],
)
def test_what_people_share_does_not_make_them_one(a: Profile, b: Profile, most: float) -> None:
    assert likely(a, b) < most


@pytest.mark.parametrize(
    ("a", "b"),
    [
        pytest.param(person(), person(first_name="O.", last_name="Thistelwood", email="ot77@example.org"), id="initial and typing error"),
        pytest.param(
            person(_AT_HOME, _AT_WORK, first_name="Bob"),
            person(_AT_HOME, _AT_WORK, first_name="Robert", email="r@example.org"),
            id="a short form of the name, and the phone",
        ),
        pytest.param(
            person(_AT_WORK, phone=None, company=None),
            person(_AT_WORK, phone=None, company=None, email="owen.thistlewod@example.com"),
            id="a letter left out of the address",
        ),
        pytest.param(
            person(_AT_WORK, phone=None, company=None, email="o.t.wood@gmail.com"),
            person(_AT_WORK, phone=None, company=None, email="otwood+fair@googlemail.com"),
            id="two ways of writing one mailbox",
        ),
        pytest.param(
            person(_AT_WORK, phone=None, first_name="Thistlewood", last_name="Owen"), person(_AT_WORK, phone=None), id="names exchanged"
        ),
    ],
)
def test_one_person_written_in_two_ways_is_proposed(a: Profile, b: Profile) -> None:
    assert likely(a, b) >= PROPOSED


def test_what_one_side_does_not_say_is_no_evidence() -> None:
    known, plain = person(x_birth_date="1980-02-03", suffix="Jr."), person()
    assert likely(known, plain) == likely(plain, plain)


def test_a_role_address_makes_no_key() -> None:
    kinds = {key.kind for key in blocking_keys(profile_of({"email": "info@example.com", "first_name": "Mia"}))}
    assert not kinds & {BlockingKind.BOX, BlockingKind.LOCAL}


def test_absurd_values_make_no_key() -> None:
    assert blocking_keys(profile_of({"first_name": "asdf", "last_name": "test", "email": "test@test.com", "phone": "0000000000"})) == ()


def test_a_record_that_says_everything_keeps_the_most_telling_keys() -> None:
    keys = blocking_keys(person(mobile="+442079460999", x_birth_date="1980-02-03", x_tax_id="12345678"))
    assert len(keys) == MOST_KEYS
    assert {BlockingKind.ID, BlockingKind.BOX, BlockingKind.PHONE, BlockingKind.NAME} <= {key.kind for key in keys}
