"""Single records of the HubSpot stand-in: values, validation, look-ups, pages, history, removal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.hubspot import CONTACTS, Account, Reply, where


def test_07_values_are_text_defaults_come_unasked_empty_is_null_and_unknown_names_are_left_out() -> None:
    account = Account()
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Example Works", "annualrevenue": 12}}).data
    record_id = account.contact(email="ada@example.com", city="Berlin")
    default = account.call("GET", f"{CONTACTS}/{record_id}").data["properties"]
    asked = account.call("GET", f"{CONTACTS}/{record_id}?properties=city,zip,no_such_thing").data["properties"]

    assert company["properties"]["annualrevenue"] == "12"
    assert set(default) == {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
    assert (default["email"], default["firstname"]) == ("ada@example.com", None)
    assert (asked["city"], asked["zip"], "no_such_thing" in asked) == ("Berlin", None, False)


def test_08_lists_may_repeat_or_use_commas_paths_may_end_in_a_slash_and_ids_are_encoded() -> None:
    account = Account()
    account.contact(email="a+b@example.com", city="Berlin", zip="10115")
    path = f"{CONTACTS}/a%2Bb%40example.com"
    commas = account.call("GET", f"{path}?idProperty=email&properties=city,zip").data["properties"]
    repeated = account.call("GET", f"{path}?idProperty=email&properties=city&properties=zip").data["properties"]

    assert commas == repeated
    assert (commas["city"], commas["zip"]) == ("Berlin", "10115")
    assert account.call("GET", "/crm/v3/owners/").status == 200
    assert account.call("GET", f"{CONTACTS}/").status == 200


def test_09_a_contact_needs_a_name_or_an_address_and_addresses_are_taken_whatever_their_case() -> None:
    account = Account()
    account.contact(email="ada@example.com", hs_additional_emails="old@example.com;older@example.com")
    nothing = account.call("POST", CONTACTS, {"properties": {"city": "Berlin"}})
    same = account.call("POST", CONTACTS, {"properties": {"email": "ADA@Example.com"}})
    additional = account.call("POST", CONTACTS, {"properties": {"email": "older@example.com"}})

    assert nothing.status == 400
    assert (same.status, same.data["category"]) == (409, "CONFLICT")
    assert same.data["message"] == additional.data["message"] == "Contact already exists. Existing ID: 101"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("shoe_size", "44", "PROPERTY_DOESNT_EXIST"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("email", "ada@", "INVALID_EMAIL"),
        ("hubspot_owner_id", "71003", "INVALID_OWNER_ID"),
        ("hs_legal_basis", "Legitimate interest - prospect/lead", "INVALID_OPTION"),
    ],
)
def test_10_bad_values_are_listed_as_json_inside_the_message(name: str, value: str, error: str) -> None:
    reply = Account().call("POST", CONTACTS, {"properties": {"firstname": "Ada", name: value}})

    assert reply.data["category"] == "VALIDATION_ERROR"
    assert [(one["name"], one["error"], one["isValid"]) for one in _problems(reply)] == [(name, error, False)]


def test_10_numbers_and_dates_are_checked_and_a_bad_option_lists_the_allowed_values() -> None:
    account = Account()
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"annualrevenue": "lots"}})
    deal = account.call("POST", "/crm/v3/objects/deals", {"properties": {"closedate": "soon", "dealtype": "old"}})

    assert [one["error"] for one in _problems(company)] == ["INVALID_INTEGER"]
    assert [one["error"] for one in _problems(deal)] == ["INVALID_DATE", "INVALID_OPTION"]
    assert "[newbusiness, existingbusiness]" in _problems(deal)[1]["message"]


def test_10_several_choices_join_by_semicolons_and_a_leading_one_appends() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com", hs_legal_basis="Performance of a contract")
    account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"hs_legal_basis": ";Not applicable"}})

    assert account.values(record_id, "hs_legal_basis") == {"hs_legal_basis": "Performance of a contract;Not applicable"}


def test_11_an_empty_string_clears_and_a_change_moves_both_stamps() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com", city="Berlin")
    account.wait(minutes=1)
    changed = account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"city": "", "zip": "10115"}}).data
    account.wait(minutes=1)
    same = account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"zip": "10115"}}).data

    assert (changed["properties"]["city"], changed["properties"]["zip"]) == (None, "10115")
    assert changed["updatedAt"] == changed["properties"]["lastmodifieddate"] == "2026-11-02T12:01:00.000Z"
    assert same["updatedAt"] == changed["updatedAt"]


def test_12_the_modified_stamp_has_two_names_and_moves_on_hidden_changes() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Example Works"}}).data
    account.wait(minutes=1)
    account.control("touch", object="contacts", id=record_id)

    assert "hs_lastmodifieddate" in company["properties"]
    assert account.values(record_id, "lastmodifieddate") == {"lastmodifieddate": "2026-11-02T12:01:00.000Z"}


def test_13_records_are_found_by_unique_properties_which_are_enforced() -> None:
    account = Account()
    account.control("seed", leadloom_property=True)
    record_id = account.contact(email="ada@example.com", leadloom_id="L-1", hs_additional_emails="old@example.com")
    by_own = account.call("GET", f"{CONTACTS}/L-1?idProperty=leadloom_id")
    by_old_address = account.call("PATCH", f"{CONTACTS}/old%40example.com?idProperty=email", {"properties": {"city": "Berlin"}})
    clash = account.call("POST", CONTACTS, {"properties": {"email": "b@example.com", "leadloom_id": "L-1"}})
    by_city = account.call("GET", f"{CONTACTS}/Berlin?idProperty=city")

    assert by_own.data["id"] == by_old_address.data["id"] == record_id
    assert [one["error"] for one in _problems(clash)] == ["CONFLICTING_UNIQUE_VALUE"]
    assert by_city.status == 400


def test_13_an_object_type_takes_ten_unique_properties() -> None:
    account = Account()
    made = [account.call("POST", "/crm/v3/properties/contacts", _unique(f"key_{n}")).status for n in range(11)]

    assert made == [201] * 10 + [400]


def test_20_archived_records_leave_every_view_but_the_recycle_bin_and_can_come_back() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")
    gone = [account.call("DELETE", f"{CONTACTS}/{record_id}").status for _ in range(2)]
    listed = account.call("GET", f"{CONTACTS}?archived=true").data["results"]

    assert gone == [204, 204]
    assert account.call("GET", f"{CONTACTS}/{record_id}").status == 404
    assert account.search().data["total"] == 0
    assert [(one["id"], one["archived"], "archivedAt" in one) for one in listed] == [(record_id, True, True)]
    assert account.call("GET", f"{CONTACTS}/{record_id}?archived=true").status == 200
    account.control("restore", id=record_id)
    assert account.call("GET", f"{CONTACTS}/{record_id}").status == 200


def test_20_the_recycle_bin_keeps_ninety_days_and_its_addresses_are_free() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")
    account.call("DELETE", f"{CONTACTS}/{record_id}")
    account.contact(email="ada@example.com")
    with pytest.raises(ValueError, match="already exists"):
        account.control("restore", id=record_id)
    account.wait(days=91)

    assert account.call("GET", f"{CONTACTS}?archived=true").data["results"] == []


def test_21_a_privacy_deletion_is_final_and_blocks_the_address() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")
    by_id = account.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": record_id})
    unknown = account.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "never@example.com", "idProperty": "email"})
    again = [account.call("POST", CONTACTS, {"properties": {"email": one}}) for one in ("ada@example.com", "never@example.com")]

    assert (by_id.status, unknown.status) == (204, 204)
    assert account.call("GET", f"{CONTACTS}/{record_id}?archived=true").status == 404
    assert [_problems(reply)[0]["error"] for reply in again] == ["GDPR_BLACKLISTED_EMAIL"] * 2


def test_23_pages_follow_the_ids_and_the_last_has_no_next() -> None:
    account = Account()
    ids = [account.contact(email=f"{n}@example.com") for n in range(5)]
    first = account.call("GET", f"{CONTACTS}?limit=2").data
    last = account.call("GET", f"{CONTACTS}?limit=3&after={first['paging']['next']['after']}").data

    assert first["paging"]["next"]["after"] == ids[2]
    assert "after=" in first["paging"]["next"]["link"]
    assert [one["id"] for one in first["results"] + last["results"]] == ids
    assert "paging" not in last
    assert account.call("GET", f"{CONTACTS}?limit=101").status == 400


def test_24_history_is_newest_first_and_names_its_sources() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com", city="Berlin")
    account.wait(minutes=1)
    account.control("update", id=record_id, properties={"city": "Paris"})
    history = account.call("GET", f"{CONTACTS}/{record_id}?propertiesWithHistory=city").data["propertiesWithHistory"]["city"]

    assert [(one["value"], one["sourceType"]) for one in history] == [("Paris", "CRM_UI"), ("Berlin", "INTEGRATION")]
    assert (history[0]["updatedByUserId"], history[1]["sourceId"]) == (9001, "private-app")
    assert account.call("GET", f"{CONTACTS}?limit=51&propertiesWithHistory=city").status == 400


def test_25_the_lifecycle_stage_moves_back_only_after_it_was_cleared() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com", lifecyclestage="customer")
    stages = []
    for stage in ("lead", "", "lead"):
        account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"lifecyclestage": stage}})
        stages.append(account.values(record_id, "lifecyclestage")["lifecyclestage"])

    assert stages == ["customer", None, "lead"]


def test_34_answers_carry_fields_that_older_clients_do_not_know() -> None:
    account = Account()
    row = {"properties": {"email": "ada@example.com"}, "objectWriteTraceId": "t-1"}
    result = account.batch("create", [row]).data["results"][0]
    account.control("configure", extra_fields=False)
    plain = account.call("GET", f"{CONTACTS}/{result['id']}").data

    assert result["url"].endswith(f"/record/0-1/{result['id']}")
    assert result["objectWriteTraceId"] == "t-1"
    assert result["warnings"] == []
    assert "url" not in plain


def test_34_from_2026_09_on_there_are_no_warnings() -> None:
    account = Account()
    rows = {"inputs": [{"properties": {"email": "ada@example.com"}}]}
    assert "warnings" not in account.call("POST", "/crm/objects/2026-09/contacts/batch/create", rows).data["results"][0]


def test_leads_need_a_contact_or_a_company() -> None:
    account = Account()
    contact = account.contact(email="ada@example.com")
    link = {"to": {"id": contact}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]}
    alone = account.call("POST", "/crm/v3/objects/leads", {"properties": {"hs_lead_name": "Ada"}})
    linked = account.call("POST", "/crm/v3/objects/leads", {"properties": {"hs_lead_name": "Ada"}, "associations": [link]})
    read = account.call("GET", f"/crm/v3/objects/leads/{linked.data['id']}?associations=contacts").data

    assert (alone.status, linked.status) == (400, 201)
    assert read["associations"]["contacts"]["results"] == [{"id": contact, "type": "lead_to_contact"}]
    assert account.search(where("hs_lead_name", "EQ", "ada"), kind="leads").data["total"] == 1


def test_making_an_additional_address_the_primary_one_keeps_both() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com", hs_additional_emails="old@example.com")
    account.call("PATCH", f"{CONTACTS}/{record_id}", {"properties": {"email": "old@example.com"}})

    assert account.values(record_id, "email", "hs_additional_emails") == {
        "email": "old@example.com",
        "hs_additional_emails": "ada@example.com",
    }


def _problems(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 400, reply
    found: list[dict[str, Any]] = json.loads(reply.data["message"].partition("valid: ")[2])
    return found


def _unique(name: str) -> dict[str, Any]:
    kind = {"type": "string", "fieldType": "text", "groupName": "contactinformation"}
    return {"name": name, "label": name, "hasUniqueValue": True, **kind}


def test_20_a_restore_moves_the_modified_stamp_so_that_a_search_for_changes_shows_it() -> None:
    account = Account()
    record = account.contact(email="ada@example.com")
    account.call("DELETE", f"{CONTACTS}/{record}")
    account.wait(hours=1)
    account.control("restore", id=record)
    since = str(int((account.now).timestamp() * 1000))

    assert account.search(where("lastmodifieddate", "GTE", since)).data["total"] == 1
