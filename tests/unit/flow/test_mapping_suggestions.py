"""Pairing an account's fields with ours, and the draft that is made of the pairs."""

from __future__ import annotations

from typing import Any

import pytest

from core.flow.mapping.check import Vendor, check_inbound, check_sync
from core.flow.mapping.draft import Plan, inbound_draft, quoted, subject_of, sync_draft
from core.flow.mapping.model import InboundMapping, SyncMapping
from core.flow.mapping.remote import RemoteField, RemoteKind, RemoteObject
from core.flow.mapping.suggest import SURE, SYNONYMS, suggest, words
from core.model.vocabulary import FIELDS, Subject
from core.runtime.config.document import read_document
from tests.support.builders import read_mapping

VENDOR = Vendor("Acme CRM", "Add '{field}' to {object}.")


def field(name: str, kind: RemoteKind = RemoteKind.TEXT, **facts: Any) -> RemoteField:
    return RemoteField(name, facts.pop("label", ""), kind, **facts)


def best(*fields: RemoteField, subject: Subject = Subject.LEAD) -> dict[str, str]:
    return {pair.golden: pair.field.name for pair in suggest(subject, fields) if pair.is_sure}


@pytest.mark.parametrize(
    ("name", "golden"),
    [
        ("PLZ", "postal_code"),
        ("zip", "postal_code"),
        ("PostalCode", "postal_code"),
        ("Vorname", "first_name"),
        ("firstname", "first_name"),
        ("First_Name__c", "first_name"),
        ("E-Mail-Adresse", "email"),
        ("Straße", "street"),
        ("MailingStreet", "street"),
        ("field_data.work_email", "email"),
        ("NumberOfEmployees", "employees"),
        ("Prénom", "first_name"),
    ],
)
def test_names_that_mean_the_same_are_paired(name: str, golden: str) -> None:
    assert best(field(name)) == {golden: name}


def test_a_label_counts_where_the_name_tells_nothing() -> None:
    assert best(field("custom_17", label="Postal Code")) == {"postal_code": "custom_17"}


def test_kinds_that_cannot_hold_the_value_are_never_paired() -> None:
    assert suggest(Subject.LEAD, [field("email", RemoteKind.NUMBER), field("Company", RemoteKind.REFERENCE)]) == ()


def test_each_field_is_used_once_and_the_better_pair_wins() -> None:
    pairs = suggest(Subject.LEAD, [field("work_email", RemoteKind.EMAIL), field("email", RemoteKind.EMAIL)])

    assert [(pair.golden, pair.field.name) for pair in pairs] == [("email", "email")]


def test_what_is_only_similar_is_not_sure() -> None:
    (pair,) = suggest(Subject.LEAD, [field("landing_pages_seen")])

    assert pair.golden == "landing_page"
    assert pair.score < SURE


def test_synonyms_belong_to_fields_that_there_are_and_to_one_of_a_subject_each() -> None:
    assert set(SYNONYMS) <= {name for fields in FIELDS.values() for name in fields}
    for fields in FIELDS.values():
        listed = [word for name in fields for word in SYNONYMS.get(name, "").split()]
        assert [word for word in set(listed) if listed.count(word) > 1] == []


def test_spellings_of_one_name_give_the_same_words() -> None:
    assert words("PostalCode__c") == words("postal_code") == words("Postal code") == ("postal", "code")
    assert words("hsURLPath") == ("hs", "url", "path")


LEAD = RemoteObject(
    "Lead",
    "Lead",
    (
        field("Id", RemoteKind.ID, creatable=False, updatable=False),
        field("Email", RemoteKind.EMAIL, max_length=80),
        field("FirstName", max_length=20),
        field("LastName", max_length=80, required=True),
        field("Stage", RemoteKind.CHOICE, choices=("New", "Won"), choices_closed=True, required=True),
        field("Industry", RemoteKind.CHOICE, choices=("IT: services", "No", "Food"), choices_closed=True),
        field("EmployeeCount", RemoteKind.NUMBER),
        field("OurId", unique=True, max_length=64),
    ),
)


def plan(**changes: Any) -> Plan:
    given: dict[str, Any] = {"name": "crm-lead", "connection": "crm", "subject": Subject.LEAD, "vendor": VENDOR, "external_id": "OurId"}
    return Plan(**(given | changes))


def read(text: str) -> Any:
    return read_mapping(read_document(text.encode(), "draft.yaml").value)


def test_the_lines_of_a_draft_are_sound_beside_the_account_but_for_what_needs_a_decision() -> None:
    mapping = read(sync_draft(plan(), LEAD))

    assert isinstance(mapping, SyncMapping)
    assert [(found.code, found.level.value) for found in check_sync(mapping, LEAD, VENDOR)] == [("required_not_given", "problem")]
    assert (mapping.external_id, mapping.match) == ("OurId", ("Email",))


def test_a_draft_tells_scores_and_what_needs_a_decision() -> None:
    lines = sync_draft(plan(), LEAD).splitlines()

    assert "  Email: email # suggested, 100: the same name" in lines
    assert any("Acme CRM refuses a new Lead without Stage" in line for line in lines)
    assert "  #Stage: {const: New}" in lines
    assert next(line for line in lines if line.startswith("  FirstName:")).startswith(
        '  FirstName: {from: first_name, do: "truncate: 20", direction: to} # suggested'
    )
    assert next(line for line in lines if line.startswith("  LastName:")).startswith(
        '  LastName: {from: last_name, default: "[not provided]"} #'
    )


def test_a_closed_list_gets_a_table_that_is_sound_when_the_hashes_are_taken_away() -> None:
    lines = sync_draft(plan(), LEAD).splitlines()
    start = lines.index("  #Industry:")
    table = [
        line.replace("  #", "  ", 1) for line in lines[start : lines.index(next(each for each in lines[start:] if "unlisted" in each)) + 1]
    ]

    mapping = read(
        "\n".join(["kind: sync", "name: n", "golden: Lead", "to: {connection: crm, object: Lead}", "match: Industry", "fields:", *table])
    )

    assert dict(mapping.fields[0].chain.table.written) == {"it: services": "IT: services", "no": "No", "food": "Food"}
    assert "no_such_choice" not in {found.code for found in check_sync(mapping, LEAD, VENDOR)}


def test_without_the_field_for_our_id_the_draft_says_how_it_is_made() -> None:
    text = sync_draft(plan(external_id="Missing__c"), LEAD)

    assert "#external_id: Missing__c" in text
    assert "Add 'Missing__c' to Lead." in text
    assert read(text).external_id is None


def test_a_draft_from_a_source_pairs_its_paths() -> None:
    source = RemoteObject("leadgen", "Lead", (field("field_data.plz"), field("field_data.email"), field("id"), field("E-Mail 2")))

    mapping = read(inbound_draft(plan(), "leadgen", source.fields))

    assert isinstance(mapping, InboundMapping)
    assert {line.target: line.text for line in mapping.fields} == {"email": "field_data.email", "postal_code": "field_data.plz"}
    assert check_inbound(mapping, [source], VENDOR) == []


@pytest.mark.parametrize("fields", [(), (field("_context.referrer"),), (field("zzz"),)])
def test_a_draft_is_sound_also_where_the_source_tells_nothing(fields: tuple[RemoteField, ...]) -> None:
    assert read(inbound_draft(plan(), None, fields)).fields


@pytest.mark.parametrize(
    "text", ["plain", "with blank", "no", "a: b", "1-5", "a #b", "ä", "a\\b", "a\nb", "a\tb", '"q"', "- x", "007", "*"]
)
def test_texts_are_written_so_that_they_are_read_as_they_were(text: str) -> None:
    assert read_document(f"{quoted(text)}: {quoted(text)}".encode(), "t").value == {text: text}


@pytest.mark.parametrize(("name", "subject"), [("Account", Subject.ACCOUNT), ("companies", Subject.ACCOUNT), ("contacts", Subject.LEAD)])
def test_companies_are_accounts(name: str, subject: Subject) -> None:
    assert subject_of(name) is subject
