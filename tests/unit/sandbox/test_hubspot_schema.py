"""Properties, custom objects, associations and owners of the HubSpot stand-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.hubspot import CONTACTS, Account

PROPERTIES = "/crm/v3/properties/contacts"


def test_26_standard_properties_come_with_their_whole_definition() -> None:
    account = Account()
    stage = account.call("GET", f"{PROPERTIES}/lifecyclestage").data
    domain = account.call("GET", f"{PROPERTIES}/hs_email_domain").data
    every = account.call("GET", PROPERTIES).data["results"]

    assert (stage["type"], stage["fieldType"], stage["options"][1]["value"]) == ("enumeration", "select", "lead")
    assert (domain["calculated"], domain["modificationMetadata"]["readOnlyValue"]) == (True, True)
    assert {"email", "firstname", "phone", "mobilephone", "hs_legal_basis", "message", "hs_merged_object_ids"} <= {
        one["name"] for one in every
    }


def test_26_changes_to_the_schema_are_seen_at_once_by_validation() -> None:
    account = Account()
    made = account.call("POST", PROPERTIES, _choice("size", ["S", "M"]))
    record_id = account.contact(email="ada@example.com", size="M")
    refused = account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"size": "L"}}).status
    options = [{"label": "L", "value": "L", "hidden": True}]
    account.call("PATCH", f"{PROPERTIES}/size", {"options": options})
    taken = account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"size": "L"}}).status
    account.call("DELETE", f"{PROPERTIES}/size")
    archived = account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"size": "L"}})

    assert (made.status, refused, taken, archived.status) == (201, 400, 200, 400)
    assert "PROPERTY_DOESNT_EXIST" in archived.data["message"]
    assert [one["name"] for one in account.call("GET", f"{PROPERTIES}?archived=true").data["results"]] == ["size"]


def test_26_what_hubspot_defined_cannot_be_changed_and_names_cannot_come_twice() -> None:
    account = Account()
    assert account.call("PATCH", f"{PROPERTIES}/email", {"label": "Mail"}).status == 400
    assert account.call("DELETE", f"{PROPERTIES}/email").status == 400
    assert account.call("POST", PROPERTIES, _choice("lifecyclestage", ["x"])).status == 409
    assert account.call("POST", PROPERTIES, {**_choice("size", ["S"]), "groupName": "nowhere"}).status == 400


def test_26_properties_come_in_batches_and_groups_too() -> None:
    account = Account()
    created = account.call("POST", f"{PROPERTIES}/batch/create", {"inputs": [_choice("size", ["S"]), _choice("email", ["x"])]})
    read = account.call("POST", f"{PROPERTIES}/batch/read", {"inputs": [{"name": "size"}, {"name": "nothing"}]})
    archived = account.call("POST", f"{PROPERTIES}/batch/archive", {"inputs": [{"name": "size"}]})
    group = account.call("POST", f"{PROPERTIES}/groups", {"name": "leadloom", "label": "Leadloom"})

    assert (created.status, [one["name"] for one in created.data["results"]]) == (207, ["size"])
    assert (read.status, archived.status, group.status) == (207, 204, 201)
    assert [one["name"] for one in account.call("GET", f"{PROPERTIES}/groups").data["results"]] == ["contactinformation", "leadloom"]


def test_26_uniqueness_cannot_be_changed_later_but_is_enforced_on_what_is_there() -> None:
    account = Account()
    account.control("property", object="contacts", **_text("key"), hasUniqueValue=True)
    account.contact(email="ada@example.com", key="1")

    assert account.call("PATCH", f"{PROPERTIES}/key", {"hasUniqueValue": False}).status == 400
    assert account.call("POST", CONTACTS, {"properties": {"firstname": "Ben", "key": "1"}}).status == 400


def test_custom_object_types_behave_like_the_others() -> None:
    account = Account()
    body = {"name": "machine", "labels": {"singular": "Machine", "plural": "Machines"}, "primaryDisplayProperty": "serial"}
    made = account.call(
        "POST", "/crm-object-schemas/v3/schemas", {**body, "properties": [_text("serial")], "requiredProperties": ["serial"]}
    )
    type_id = made.data["objectTypeId"]
    record = account.call("POST", f"/crm/v3/objects/{type_id}", {"properties": {"serial": "A-1"}})

    assert (made.status, record.status) == (201, 201)
    assert account.call("GET", f"/crm/v3/objects/p424242_machine/{record.data['id']}").data["properties"]["serial"] == "A-1"
    assert account.call("POST", "/crm/v3/objects/machine", {"properties": {}}).status == 400
    assert account.call("GET", "/crm/v3/objects/unicorns").status == 400
    assert [one["name"] for one in account.call("GET", "/crm/v3/schemas").data["results"]] == ["machine"]


def test_27_a_default_association_is_seen_from_both_ends() -> None:
    account, contact, company = _pair()
    put = account.call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    there = account.call("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").data["results"]
    back = account.call("GET", f"/crm/objects/2026-03/companies/{company}/associations/contacts").data["results"]

    assert put.status == 200
    assert there == [{"toObjectId": company, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}]}]
    assert (back[0]["toObjectId"], back[0]["associationTypes"][0]["typeId"]) == (contact, 280)


def test_27_labels_are_defined_set_and_taken_off() -> None:
    account, contact, company = _pair()
    label = account.call("POST", "/crm/v4/associations/contacts/companies/labels", {"label": "Advisor", "name": "advisor"}).data["results"][
        0
    ]
    spec = {"associationCategory": label["category"], "associationTypeId": label["typeId"]}
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    put = account.call("PUT", f"{path}/{company}", [spec])
    labels = [one["label"] for one in account.call("GET", path).data["results"][0]["associationTypes"]]
    pair = {"from": {"id": contact}, "to": {"id": company}}
    account.call("POST", "/crm/v4/associations/contacts/companies/batch/labels/archive", {"inputs": [{**pair, "types": [spec]}]})
    left = [one["label"] for one in account.call("GET", path).data["results"][0]["associationTypes"]]

    assert (put.status, put.data["labels"]) == (201, ["Advisor"])
    assert (sorted(labels, key=str), left) == (["Advisor", None], [None])
    assert account.call("DELETE", f"{path}/{company}").status == 204
    assert account.call("GET", path).data["results"] == []


def test_27_batches_report_pairs_that_cannot_be_and_have_their_own_sizes() -> None:
    account, contact, company = _pair()
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    row = {"from": {"id": contact}, "to": {"id": company}, "types": spec}
    path = "/crm/v4/associations/contacts/companies/batch"
    created = account.call("POST", f"{path}/create", {"inputs": [row, {**row, "to": {"id": "9001"}}]})
    read = account.call("POST", f"{path}/read", {"inputs": [{"id": contact}, {"id": "9002"}]})

    assert (created.status, created.data["numErrors"], created.data["results"][0]["labels"]) == (207, 1, ["Primary"])
    assert (read.status, read.data["results"][0]["from"], read.data["results"][0]["to"][0]["toObjectId"]) == (207, {"id": contact}, company)
    assert account.call("POST", f"{path}/create", {"inputs": [row] * 2_001}).status == 400
    assert account.call("POST", f"{path}/create", {"inputs": [row] * 2_000}).status == 201
    assert account.call("POST", f"{path}/read", {"inputs": [{"id": contact}] * 1_001}).status == 400


@pytest.mark.parametrize(("path", "status"), [("/crm/v4/associations", 204), ("/crm/associations/2026-03", 200)])
def test_27_a_batch_archive_answers_with_a_body_only_in_dated_versions(path: str, status: int) -> None:
    account, contact, company = _pair()
    row = {"from": {"id": contact}, "to": [{"id": company}]}
    default = {"from": {"id": contact}, "to": {"id": company}}
    linked = account.call("POST", f"{path}/contacts/companies/batch/associate/default", {"inputs": [default]})

    assert linked.status == 200
    assert account.call("POST", f"{path}/contacts/companies/batch/archive", {"inputs": [row]}).status == status
    assert account.call("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").data["results"] == []


def test_27_ids_in_associations_can_be_numbers() -> None:
    account, contact, company = _pair()
    account.control("configure", association_ids_as_numbers=True)
    account.call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")

    assert account.call("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").data["results"][0]["toObjectId"] == int(
        company
    )


def test_28_owners_have_two_numbers_and_may_be_archived() -> None:
    account = Account()
    active = account.call("GET", "/crm/v3/owners").data["results"]
    archived = account.call("GET", "/crm/v3/owners?archived=true").data["results"]
    by_user = account.call("GET", "/crm/v3/owners/9101?idProperty=userId").data
    account.control("owner", id="71001", archived=True)

    assert [(one["id"], one["userId"]) for one in active] == [("71001", 9101), ("71002", 9102)]
    assert [(one["id"], one["userId"], one["userIdIncludingInactive"]) for one in archived] == [("71003", None, 9103)]
    assert by_user["id"] == "71001"
    assert account.call("POST", CONTACTS, {"properties": {"firstname": "Ada", "hubspot_owner_id": "71001"}}).status == 400


def test_28_an_owner_who_is_added_or_leaves_gets_a_new_stamp() -> None:
    account = Account()
    account.control("owner", id="71009", email="Nia.New@example.com")
    before = account.call("GET", "/crm/v3/owners/71009").data
    account.wait(hours=1)
    account.control("owner", id="71009", archived=True)
    after = account.call("GET", "/crm/v3/owners/71009?archived=true").data

    assert account.call("GET", "/crm/v3/owners?email=nia.new@example.com&archived=true").data["results"] == [after]
    assert before["updatedAt"] < after["updatedAt"] and before["userId"] and after["userId"] is None


def test_28_owners_are_filtered_by_address_and_paged() -> None:
    account = Account()
    one = account.call("GET", "/crm/v3/owners?email=Sam.Seller@example.com").data["results"]
    page = account.call("GET", "/crm/v3/owners?limit=1").data
    rest = account.call("GET", f"/crm/v3/owners?limit=1&after={page['paging']['next']['after']}").data

    assert [owner["id"] for owner in one] == ["71002"]
    assert [owner["id"] for owner in rest["results"]] == ["71002"]
    assert "paging" not in rest


def _pair() -> tuple[Account, str, str]:
    account = Account()
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Example Works"}}).data["id"]
    return account, account.contact(email="ada@example.com"), company


def _text(name: str) -> dict[str, Any]:
    group = {} if name == "serial" else {"groupName": "contactinformation"}
    return {"name": name, "label": name.capitalize(), "type": "string", "fieldType": "text", **group}


def _choice(name: str, values: list[str]) -> dict[str, Any]:
    options = [{"label": value, "value": value} for value in values]
    return {**_text(name), "type": "enumeration", "fieldType": "select", "options": options}
