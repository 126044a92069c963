"""Values that nobody means are flagged, make no key, and where there is nothing else the record waits with the rule named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.flow.identity.employer import employer_keys
from core.flow.identity.keys import account_keys, lead_keys
from core.flow.pipeline import Means, observe
from core.flow.quality.absurd import AbsurdRule
from core.flow.quality.contact import phone
from core.flow.quality.in_force import QualityRules, merged, put_in_force
from core.model.plan import Settled, Settlement
from core.model.records import Observation, Value
from core.runtime.installation import Installation
from core.runtime.settings import ConfigProblems, load_config
from tests.support.builders import plain_digest, rules, submission

MEANS = Means(lambda: "o1", plain_digest)
SOUND = {"first_name": "Ada", "last_name": "Byron", "company": "Engines", "email": "ada@example.com", "phone": "+493023125100"}


@pytest.fixture(autouse=True)
def shipped_rules() -> Iterator[None]:
    put_in_force()
    yield
    put_in_force()


def keys(**values: Any) -> set[str]:
    return {key.kind for key in lead_keys({name: Value(value) for name, value in values.items()}, plain_digest)}


def digests(**values: Any) -> set[bytes]:
    return {key.digest for key in lead_keys({name: Value(value) for name, value in values.items()}, plain_digest)}


@pytest.mark.parametrize(
    ("field", "value", "lost"),
    [
        ("email", "asdf@example.com", {"email"}),
        ("phone", "+490000000000", {"phone_first", "phone_last"}),
        ("first_name", "test", {"phone_first", "name_company"}),
        ("last_name", "x" * 10_000, {"phone_last", "name_company"}),
        ("company", "n/a", {"name_company"}),
    ],
)
def test_an_absurd_value_makes_no_key_and_the_others_do(field: str, value: str, lost: set[str]) -> None:
    assert keys(**(SOUND | {field: value})) == {"email", "phone_first", "phone_last", "name_company"} - lost


def test_two_who_typed_the_same_nonsense_are_not_one() -> None:
    one = digests(first_name="asdf", last_name="asdf", company="test", email="asdf@asdf.example", phone="+490000000000")

    assert one == set()


def test_an_account_and_an_employer_need_a_name_that_somebody_means_and_a_domain_of_their_own() -> None:
    assert account_keys({"name": Value("test")}, plain_digest) == ()
    assert [key.kind for key in account_keys({"domain": Value("gmail.com"), "name": Value("Engines")}, plain_digest)] == ["account_name"]
    assert employer_keys({"email": "ada@gmail.com", "company": "n/a"}, plain_digest) == ()
    assert employer_keys({"email": "ada@mailinator.com"}, plain_digest) == ()


def test_one_mailbox_under_two_spellings_is_one_person_and_an_address_of_before_is_still_found() -> None:
    dotted, plain = digests(email="ada.byron+fair@googlemail.com"), digests(email="adabyron@gmail.com")

    assert dotted & plain
    assert plain_digest("email", "ada.byron+fair@googlemail.com") in dotted
    assert not digests(email="ada.byron@example.com") & digests(email="adabyron@example.com")


def test_a_company_of_before_is_still_found_under_its_older_key() -> None:
    now = digests(first_name="Ada", last_name="Byron", company="Engines Sp. z o.o.")

    assert plain_digest("name_company", "ada|byron|enginesspzoo") in now
    assert now & digests(first_name="Ada", last_name="Byron", company="ENGINES")


def test_a_record_of_nothing_but_nonsense_waits_with_the_rules_named() -> None:
    settled = observe(submission(1, {"first_name": "asdf", "last_name": "test", "phone": "+490000000000"}), rules(), MEANS)

    assert isinstance(settled, Settlement)
    assert (settled.settled, settled.reason_code) == (Settled.QUARANTINED, "absurd")
    assert "'first_name' (rule 'mashed_name')" in (settled.reason or "")
    assert "'phone' (rule 'made_up_number')" in (settled.reason or "")
    assert "asdf" not in (settled.reason or "")


def test_a_record_with_something_sound_is_taken_and_the_nonsense_is_marked() -> None:
    seen = observe(submission(1, {"first_name": "asdf", "last_name": "Byron", "email": "ada@example.com"}), rules(), MEANS)

    assert isinstance(seen, Observation)
    assert seen.values["first_name"].value == "Asdf"
    assert seen.values["first_name"].steps[-1] == "absurd: mashed_name"
    assert seen.values["first_name"].raw == "asdf"
    assert not any(step.startswith("absurd") for step in seen.values["last_name"].steps)


def test_what_was_left_out_of_a_field_is_told_in_the_trace_of_its_value() -> None:
    seen = observe(submission(1, {"last_name": "Byron", "email": "ada@example.com, bob@example.com"}), rules(), MEANS)

    assert isinstance(seen, Observation)
    assert (seen.values["email"].value, seen.values["email"].steps[-1]) == ("ada@example.com", "first of 2 addresses")
    assert seen.values["email"].raw == "ada@example.com, bob@example.com"


def test_a_rule_of_ones_own_is_added_and_a_shipped_one_replaced_or_switched_off() -> None:
    own = (AbsurdRule("demo", ("company",), words=("Demo Ltd",)), AbsurdRule("test_name", ()))
    put_in_force(QualityRules(merged(own)))

    assert "name_company" not in keys(**(SOUND | {"company": "DEMO LTD."}))
    assert "name_company" in keys(**(SOUND | {"first_name": "Test"}))


def test_the_configuration_puts_its_rules_and_its_country_in_force(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text('quality:\n  region: DE\n  absurd:\n    own: {fields: [phone], pattern: "^.4930"}\n')

    assert phone("030 23125100", None).problem
    Installation.load(path, {})

    assert phone("030 23125100", None).value == "+493023125100"
    assert keys(**SOUND) == {"email", "name_company"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quality: {absurd: {own: {fields: [companyx]}}}", "companyx"),
        ("quality: {absurd: {own: {fields: [company], pattern: '('}}}", "no regular expression"),
        ("quality: {region: XX}", "no country"),
        ("quality: {absurd: {own: {fields: [company], wordz: [x]}}}", "wordz"),
    ],
)
def test_a_rule_that_cannot_be_asked_is_refused_at_the_start(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(ConfigProblems) as refused:
        load_config(path, {})

    assert message in str(refused.value)
