"""What a name, an address, a number and a title mean: tricky cases one by one, and laws for whatever else comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.flow.mapping.expressions import EvaluationError, parse
from core.flow.quality.absurd import Absurd
from core.flow.quality.address import street
from core.flow.quality.company import company, fold_company
from core.flow.quality.contact import email, phone
from core.flow.quality.domains import is_freemail, registrable
from core.flow.quality.mailbox import mailbox
from core.flow.quality.names import parse_name, split_name
from core.flow.quality.person import nicknames, person
from core.flow.quality.phones import phone_facts
from core.flow.quality.suggestions import suggest
from core.flow.quality.titles import job

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="abcAB .,@+-&'()/0123456789éßłİǅ王田김さ\u00ad\u200b\u0301", max_size=40),
    st.sampled_from(["Jr.", ",", "von", "GmbH", "@gmail.com", "a@b", "St.", "12", "x" * 10_000, "a," * 5_000, "1 " * 5_000, "(" * 5_000]),
)
JUDGES: list[Callable[[str], Any]] = [
    mailbox,
    company,
    fold_company,
    registrable,
    suggest,
    is_freemail,
    job,
    phone_facts,
    parse_name,
    split_name,
    nicknames,
    lambda text: street(text, "DE"),
    lambda text: street(text, None),
    lambda text: person(text, text),
    lambda text: person(None, None, text, "ES"),
    lambda text: [Absurd.default().find(field, text) for field in ("first_name", "company", "email", "phone")],
]


@pytest.mark.parametrize(
    ("address", "box"),
    [
        ("Ada.Byron+fair@googlemail.com", "adabyron@gmail.com"),
        ("a.da@gmail.com", "ada@gmail.com"),
        ("ada+x@outlook.de", "ada@outlook.de"),
        ("a.da@outlook.com", "a.da@outlook.com"),
        ("ada-shop@yahoo.co.uk", "ada@yahoo.co.uk"),
        ("ada-shop@ymail.com", "ada@ymail.com"),
        ("ada@protonmail.com", "ada@proton.me"),
        ("a.d-a+x@pm.me", "ada@proton.me"),
        ("ada+x@me.com", "ada@icloud.com"),
        ("a.da@ya.ru", "a-da@yandex.ru"),
        ("ada+x@fastmail.com", "ada@fastmail.com"),
        ("ada+x@example.com", "ada+x@example.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("+x@gmail.com", "+x@gmail.com"),
        ("ada-b@web.de", "ada-b@web.de"),
    ],
)
def test_an_address_reaches_the_mailbox_that_its_provider_says(address: str, box: str) -> None:
    assert mailbox(address).box == box


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmai.com", "ada@gmail.com"),
        ("ada@gmaill.com", "ada@gmail.com"),
        ("ada@gnail.com", "ada@gmail.com"),
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@outlok.com", "ada@outlook.com"),
        ("ada@yahoo.co", "ada@yahoo.com"),
        ("ada@yaho.com", "ada@yahoo.com"),
        ("ada@iclod.com", "ada@icloud.com"),
        ("ada@t-onlin.de", "ada@t-online.de"),
        ("ada@live.con", "ada@live.com"),
        ("ada@gmx.com", None),
        ("ada@mail.com", None),
        ("ada@email.com", None),
        ("ada@ymail.com", None),
        ("ada@cloud.com", None),
        ("ada@gmx.ch", None),
        ("ada@yahoo.fr", None),
        ("ada@hotmail.se", None),
        ("ada@outlook.ie", None),
        ("ada@aol.com", None),
        ("ada@example.com", None),
        ("ada", None),
    ],
)
def test_a_slip_in_a_providers_domain_is_suggested_and_a_real_domain_is_not(address: str, meant: str | None) -> None:
    assert mailbox(address).suggestion == meant
    assert mailbox(address).address == address


def test_role_disposable_and_free_addresses_are_told_apart() -> None:
    told = {name: mailbox(name) for name in ("info+de@example.com", "ada@mx.mailinator.com", "ada@yahoo.com.br", "ada@example.com")}

    assert [name for name, box in told.items() if box.is_role] == ["info+de@example.com"]
    assert [name for name, box in told.items() if box.is_disposable] == ["ada@mx.mailinator.com"]
    assert [name for name, box in told.items() if box.is_freemail] == ["ada@yahoo.com.br"]


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("www.shop.example.co.uk", "example.co.uk"),
        ("Example.COM.", "example.com"),
        ("co.uk", None),
        ("192.0.2.7", None),
        ("::1", None),
        ("localhost", None),
        ("a b.com", None),
        ("example.someunknownending", "example.someunknownending"),
        ("müller.de", "müller.de"),
        ("shop.xn--mller-kva.de", "xn--mller-kva.de"),
        ("ada.github.io", "ada.github.io"),
    ],
)
def test_the_registrable_part_of_a_host(host: str, part: str | None) -> None:
    assert registrable(host) == part


@pytest.mark.parametrize(
    ("title", "seniority", "function"),
    [
        ("CEO", "c_level", "executive"),
        ("Chief Financial Officer", "c_level", "finance"),
        ("VP of Engineering", "vp", "engineering"),
        ("Vice President Sales", "vp", "sales"),
        ("Marketing Director", "director", "marketing"),
        ("Head of Procurement", "head", "procurement"),
        ("Project Manager", "manager", "operations"),
        ("Senior Software Engineer", "senior", "engineering"),
        ("Key Account Manager", "manager", "sales"),
        ("Account Executive", "staff", "sales"),
        ("Accountant", "staff", "finance"),
        ("Junior Developer", "entry", "engineering"),
        ("Intern", "intern", None),
        ("Assistant to the CEO", "staff", "administration"),
        ("Product Owner", "staff", "product"),
        ("Geschäftsführer", "c_level", "executive"),
        ("Leiterin Einkauf", "head", "procurement"),
        ("Vertriebsleiter", "head", "sales"),
        ("Personalreferentin", "staff", "hr"),
        ("IT-Leiter", "head", "it"),
        ("Werkstudentin Marketing", "intern", "marketing"),
        ("Directeur commercial", "director", "sales"),
        ("Responsable des achats", "head", "procurement"),
        ("Directora de Recursos Humanos", "director", "hr"),
        ("Jefe de Ventas", "head", "sales"),
        ("Responsabile acquisti", "head", "procurement"),
        ("Amministratore delegato", "c_level", "executive"),
        ("Hoofd Inkoop", "head", "procurement"),
        ("Verkoopmanager", "manager", "sales"),
        ("Gerente de Vendas", "manager", "sales"),
        ("Diretor Financeiro", "director", "finance"),
        ("asdf", None, None),
        ("", None, None),
    ],
)
def test_a_title_tells_rank_and_work_in_seven_languages(title: str, seniority: str | None, function: str | None) -> None:
    found = job(title)

    assert (found.seniority, found.function) == (seniority, function)


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("Hauptstr. 12a", "Hauptstraße 12 A", "DE"),
        ("Berliner Str. 5", "BERLINER STRASSE 5", "DE"),
        ("12 Main St", "12 Main Street", "US"),
        ("12 Main St. Apt 4", "12 Main Street, Apartment 4", "US"),
        ("10 bis, av. de la Paix", "10bis Avenue de la Paix", "FR"),
        ("C/ Mayor, 3", "Calle Mayor 3", "ES"),
        ("Avda. del Sol 14", "Avenida del Sol, 14", "ES"),
        ("V.le Europa, 8", "Viale Europa 8", "IT"),
        ("P.zza Roma 1", "Piazza Roma, 1", "IT"),
        ("Kerkstr. 7", "Kerkstraat 7", "NL"),
        ("St. Mary's Rd 2", "2 Saint Marys Road", "GB"),
    ],
)
def test_two_ways_of_writing_a_street_are_one(one: str, other: str, country: str) -> None:
    assert street(one, country) == street(other, country)
    assert street(one, country).number


def test_a_street_that_begins_with_a_number_of_its_own_keeps_it() -> None:
    assert street("5th Avenue", "US").name == "5th avenue"
    assert street("Straße des 17. Juni 135", "DE").number == "135"
    assert street("12-14 High Street", "GB").number == "12-14"


@pytest.mark.parametrize(
    ("number", "kind", "region", "valid"),
    [
        ("+493023125100", "fixed", "DE", True),
        ("+447400123456", "mobile", "GB", True),
        ("+12015550123", "fixed_or_mobile", "US", True),
        ("+498001234567", "toll_free", "DE", True),
        ("+4912345", "other", None, False),
        ("nothing", "other", None, False),
    ],
)
def test_a_number_tells_what_sort_of_line_it_is(number: str, kind: str, region: str | None, valid: bool) -> None:
    found = phone_facts(number)

    assert (found.kind, found.valid) == (kind, valid)
    assert found.region == region or not valid


@pytest.mark.parametrize(
    ("raw", "country", "first", "note"),
    [
        ("030 23125100 / 0171 2312510", "DE", "+493023125100", "first of 2 numbers"),
        ("030/23125100", "DE", "+493023125100", None),
        ("+49 30 23125100; +49 30 23125101", None, "+493023125100", "first of 2 numbers"),
        ("(201) 555-0101 or (201) 555-0102", "US", "+12015550101", "first of 2 numbers"),
        ("020 7946 0000 ext 12", "GB", "+442079460000", None),
        ("Tel.: 030 23125100", "DE", "+493023125100", None),
        ("0049 30 23125100", None, "+493023125100", None),
    ],
)
def test_of_two_numbers_in_one_field_the_first_is_taken_and_told(raw: str, country: str | None, first: str, note: str | None) -> None:
    found = phone(raw, country)

    assert (found.value, found.problem, found.note) == (first, None, note)


def test_of_two_addresses_in_one_field_the_first_is_taken_and_of_fifty_none() -> None:
    assert (email("ada@example.com; bob@example.org").value, email("ada@example.com / b@example.org").note) == (
        "ada@example.com",
        "first of 2 addresses",
    )
    assert email(", ".join(f"ada{number}@example.com" for number in range(50))).problem


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("first_name", "Test", "test_name"),
        ("first_name", "asdf", "mashed_name"),
        ("last_name", "asdasd", "mashed_name"),
        ("last_name", "aaa", "mashed_name"),
        ("last_name", "1234", "mashed_name"),
        ("last_name", "x" * 10_000, "too_long"),
        ("last_name", "null", "no_name"),
        ("last_name", "https://example.com", "address_as_name"),
        ("company", "n/a", "no_name"),
        ("company", "a@example.com b@example.com", "several_addresses"),
        ("phone", "+490000000000", "made_up_number"),
        ("phone", "+4912345678", "made_up_number"),
        ("email", "asdf@example.com", "test_address"),
        ("email", "noemail@example.com", "no_address"),
        ("email", "aaaa@example.com", "mashed_address"),
        ("first_name", "Anna", None),
        ("first_name", "Lee", None),
        ("last_name", "Ng", None),
        ("last_name", "Foo", None),
        ("last_name", "王", None),
        ("company", "AAA", None),
        ("company", "3M", None),
        ("phone", "+493023125100", None),
        ("phone", "+12015550101", None),
        ("email", "ada@example.com", None),
        ("message", "asdf", None),
    ],
)
def test_a_value_that_nobody_means_is_found_by_a_rule(field: str, value: str, rule: str | None) -> None:
    assert Absurd.default().find(field, value) == rule


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_no_judgement_raises_whatever_comes(text: str) -> None:
    for judge in JUDGES:
        judge(text)


@given(TEXTS)
@settings(deadline=None)
def test_what_was_folded_is_folded_to_itself(text: str) -> None:
    assert mailbox(mailbox(text).box).box == mailbox(text).box
    assert bool(company(text).name) == bool(text.strip())


@pytest.mark.parametrize("text", ["a" * 10_000, "a b " * 2_500, "a,b;" * 2_500, "1 " * 5_000, "." * 10_000, "é(" * 5_000, "王" * 10_000])
def test_ten_thousand_characters_are_judged_in_a_moment(text: str) -> None:
    for judge in JUDGES:
        judge("warm")
        begun = time.process_time()
        judge(text)
        assert time.process_time() - begun < 0.25


def test_a_judgement_of_what_is_no_text_says_so() -> None:
    with pytest.raises(EvaluationError, match=r"needs text, not a number"):
        parse("job_function(employees)", None).evaluate({"employees": 5})
    assert parse("is_role_email(email)", None).evaluate({"email": None}) is False
    assert parse("job_seniority(title)", None).evaluate({"title": " "}) is None
