"""Which account a person works for, with which confidence and by what."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.identity.account_rules import AccountRules, Prefers
from core.flow.identity.employment import Employment, Site, employer_of, find_employer, finding_keys, firm_of
from core.model.ids import GoldenId

RULES = AccountRules()


def found(person: dict[str, str], *accounts: dict[str, str], rules: AccountRules = RULES) -> Employment | None:
    return find_employer(employer_of(person), {GoldenId(f"a{n}"): firm_of(each) for n, each in enumerate(accounts)}, rules)


def sure(person: dict[str, str], *accounts: dict[str, str], rules: AccountRules = RULES) -> Employment:
    best = found(person, *accounts, rules=rules)
    assert best is not None
    return best


def test_name_and_domain_say_most() -> None:
    best = sure({"email": "mara@globex.example", "company": "Globex GmbH"}, {"name": "Globex", "domain": "globex.example"})
    assert best.sure and best.confidence == 0.99 and best.reason == "the same domain, the same name"


def test_a_domain_alone_is_enough() -> None:
    assert sure({"email": "mara@globex.example"}, {"domain": "globex.example", "name": "Globex"}).sure


def test_the_name_with_its_place_goes_before_the_name_with_its_country_and_that_before_the_name_alone() -> None:
    account = {"name": "Globex Ltd", "country": "GB", "city": "Leeds"}
    person = {"company": "Globex"}
    told = [
        sure(person | more, account).confidence for more in ({"city": "Leeds", "country": "GB"}, {"country": "GB"}, {}, {"country": "DE"})
    ]
    assert told == sorted(told, reverse=True) and len(set(told)) == 4


def test_the_same_name_in_another_country_is_a_question() -> None:
    best = sure({"company": "Globex", "country": "DE"}, {"name": "Globex", "country": "GB"})
    assert not best.sure and "another country" in best.reason


def test_another_domain_beside_the_same_name_is_a_question() -> None:
    best = sure(
        {"company": "Delta Systems", "email": "a@delta.example", "country": "DE"},
        {"name": "Delta Systems", "domain": "deltasys.test", "country": "DE"},
    )
    assert not best.sure and "another domain" in best.reason


@pytest.mark.parametrize(("more", "is_sure"), [({}, False), ({"country": "DE"}, True), ({"city": "Ulm", "country": "DE"}, True)])
def test_a_freemail_address_leaves_only_the_name_which_must_be_surer(more: dict[str, str], is_sure: bool) -> None:
    account = {"name": "Northwind Traders", "domain": "northwind.example", "country": "DE", "city": "Ulm"}
    assert sure({"email": "mara@gmail.com", "company": "Northwind Traders"} | more, account).sure is is_sure


def test_a_freemail_domain_is_no_company() -> None:
    assert found({"email": "mara@gmail.com"}, {"name": "Gmail", "domain": "gmail.com"}) is None


def test_a_person_without_company_and_domain_works_for_nobody() -> None:
    assert found({"first_name": "Mara"}, {"name": "Globex", "domain": "globex.example"}) is None


def test_of_a_group_the_subsidiary_is_meant_unless_the_rule_says_the_parent() -> None:
    parent, germany = (
        {"name": "Globex", "domain": "globex.example"},
        {"name": "Globex Germany", "domain": "de.globex.example", "country": "DE"},
    )
    person = {"email": "mara@de.globex.example", "company": "Globex"}
    assert sure(person, parent, germany).account == "a1"
    assert sure(person, parent, germany, rules=AccountRules(prefers=Prefers.PARENT)).account == "a0"


def test_a_person_of_a_subsidiary_without_account_is_tied_to_the_parent() -> None:
    best = sure({"email": "mara@uk.globex.example", "company": "Globex"}, {"name": "Globex", "domain": "globex.example"})
    assert best.sure and best.site is Site.GROUP


def test_of_several_accounts_of_one_name_the_one_in_the_persons_country_is_meant() -> None:
    accounts = [{"name": "Initech", "country": code} for code in ("US", "DE", "FR")]
    best = sure({"company": "Initech AG", "country": "DE"}, *accounts)
    assert best.account == "a1" and best.sure


def test_two_accounts_that_nothing_tells_apart_are_a_question() -> None:
    best = sure({"company": "Initech"}, {"name": "Initech"}, {"name": "Initech Inc."})
    assert not best.sure and best.rival is not None and best.rival != best.account


def test_a_misspelt_name_is_found_and_asked_about() -> None:
    best = sure({"company": "Nothwind Traders", "country": "DE"}, {"name": "Northwind Traders", "country": "DE"})
    assert not best.sure and best.confidence >= RULES.review_at


def test_initials_are_never_sure() -> None:
    best = found(
        {"company": "IBX", "city": "Ulm", "country": "DE"}, {"name": "International Boxes Xchange", "city": "Ulm", "country": "DE"}
    )
    assert best is not None and not best.sure


def test_whoever_may_be_the_same_shares_a_key() -> None:
    pairs = [
        ("Nothwind Traders", "Nothwind Trader"),
        ("IBX", "International Boxes Xchange"),
        ("Globex GmbH", "GLOBEX"),
        ("Café Zoë", "Cafe Zoe AG"),
    ]
    for one, other in pairs:
        assert set(finding_keys(firm_of({"name": one}))) & set(finding_keys(firm_of({"name": other}))), (one, other)
    sites = [employer_of({"email": "a@de.globex.example"}), firm_of({"domain": "www.globex.example"})]
    assert set(finding_keys(sites[0])) & set(finding_keys(sites[1]))


_TEXT = st.text(max_size=30)
_VALUES = st.dictionaries(st.sampled_from(["name", "company", "domain", "email", "country", "city", "postal_code"]), _TEXT)


@given(person=_VALUES, accounts=st.lists(_VALUES, max_size=6), seed=st.integers(0, 99))
def test_the_order_of_the_accounts_changes_nothing_and_nothing_is_sure_below_its_bar(
    person: dict[str, str], accounts: list[dict[str, str]], seed: int
) -> None:
    firms = {GoldenId(f"a{n}"): firm_of(each) for n, each in enumerate(accounts)}
    shuffled = list(firms)
    random.Random(seed).shuffle(shuffled)
    best = find_employer(employer_of(person), firms, RULES)
    assert best == find_employer(employer_of(person), {each: firms[each] for each in shuffled}, RULES)
    if best is not None:
        assert best.confidence >= RULES.review_at and (not best.sure or best.confidence >= RULES.at)
        assert best.reason
