"""Describing, creating, changing and deleting single rows."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce.ids import checksum, normal_id
from tests.support.salesforce_sandbox import SandboxOrg

EXT = "Leadloom_Id__c"


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def _fields(org: SandboxOrg, kind: str = "Lead") -> dict[str, Any]:
    return {one["name"]: one for one in org.send("GET", f"/sobjects/{kind}/describe").json["fields"]}


def test_10_describes_agree_with_what_writes_enforce(org: SandboxOrg) -> None:
    fields = _fields(org)
    required = [name for name, one in fields.items() if one["createable"] and not one["nillable"] and not one["defaultedOnCreate"]]
    assert sorted(required) == ["Company", "LastName"]
    refused = org.send("POST", "/sobjects/Lead", {"Email": "a@example.com"})
    assert sorted(refused.json[0]["fields"]) == ["Company", "LastName"]
    assert fields[EXT] | {"externalId": True, "unique": True, "caseSensitive": False, "length": 64} == fields[EXT]
    for name, one in fields.items():
        if one["type"] in ("string", "phone") and one["createable"]:
            long = org.send("POST", "/sobjects/Lead", {"LastName": "A", "Company": "B", name: "x" * (one["length"] + 1)})
            assert (long.code, long.json[0]["fields"]) == ("STRING_TOO_LONG", [name])


def test_10_a_describe_that_has_not_changed_answers_304_without_a_body(org: SandboxOrg) -> None:
    first = org.send("GET", "/sobjects/Lead/describe")
    known = {"if-modified-since": first.answer.headers["last-modified"]}
    again = org.send("GET", "/sobjects/Lead/describe", headers=known)
    assert (again.status, again.answer.body) == (304, b"")
    org.control("add_field", object="Lead", name="Score__c", type="double", precision=3)
    assert org.send("GET", "/sobjects/Lead/describe", headers=known).status == 200
    assert "Score__c" in _fields(org)


def test_10_the_global_describe_names_all_objects(org: SandboxOrg) -> None:
    names = {one["name"] for one in org.send("GET", "/sobjects").json["sobjects"]}
    assert names == {"Lead", "Contact", "Account", "Opportunity", "Campaign", "CampaignMember", "User", "Task"}
    assert org.send("GET", "/sobjects/Lead/").json["objectDescribe"]["keyPrefix"] == "00Q"


def test_11_a_create_answers_a_valid_id_and_its_location(org: SandboxOrg) -> None:
    reply = org.send("POST", "/sobjects/Lead/", {"LastName": "Archer", "Company": "Example Ltd"})
    row_id = reply.json["id"]
    assert (reply.status, reply.json) == (201, {"id": row_id, "success": True, "errors": []})
    assert reply.answer.headers["location"].endswith(f"/sobjects/Lead/{row_id}")
    assert row_id.startswith("00Q") and len(row_id) == 18 and checksum(row_id[:15]) == row_id[15:]
    assert len({org.create() for _ in range(50)}) == 50


def test_11_the_checksum_of_an_id_follows_its_capital_letters() -> None:
    assert normal_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    assert normal_id("001a0000006vm9rIAC") == "001A0000006Vm9rIAC"
    assert normal_id("001A0000006Vm9r5AC") is None
    assert normal_id("Leadloom") is None


def test_12_update_and_delete_answer_204_without_a_body(org: SandboxOrg) -> None:
    row_id = org.create()
    changed = org.send("PATCH", f"/sobjects/Lead/{row_id[:15]}", {"City": "Berlin"})
    assert (changed.status, changed.answer.body) == (204, b"")
    assert org.send("GET", f"/sobjects/Lead/{row_id}?fields=City").json["City"] == "Berlin"
    gone = org.send("DELETE", f"/sobjects/Lead/{row_id}")
    assert (gone.status, gone.answer.body) == (204, b"")


def test_12_a_deleted_row_is_deleted_and_an_unknown_one_not_found(org: SandboxOrg) -> None:
    row_id = org.create()
    org.send("DELETE", f"/sobjects/Lead/{row_id}")
    deleted = org.send("PATCH", f"/sobjects/Lead/{row_id}", {"City": "Berlin"})
    assert (deleted.status, deleted.code) == (404, "ENTITY_IS_DELETED")
    for method, path in (("GET", row_id), ("PATCH", "00Q000000000001"), ("DELETE", "00Q000000000001"), ("GET", "nonsense")):
        reply = org.send(method, f"/sobjects/Lead/{path}", {"City": "Berlin"})
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


def test_13_upsert_creates_then_updates(org: SandboxOrg) -> None:
    body = {"LastName": "Archer", "Company": "Example Ltd"}
    first = org.send("PATCH", f"/sobjects/Lead/{EXT}/k-1", body)
    second = org.send("PATCH", f"/sobjects/Lead/{EXT}/k-1", {"City": "Berlin"})
    assert (first.status, first.json["created"]) == (201, True)
    assert (second.status, second.json) == (200, {"id": first.json["id"], "success": True, "errors": [], "created": False})
    old = org.send("PATCH", f"/sobjects/Lead/{EXT}/k-1", {"City": "Bonn"}, root="/services/data/v45.0")
    assert (old.status, old.answer.body) == (204, b"")
    assert org.row(first.json["id"])["City"] == "Bonn"


def test_13_upsert_with_two_matches_answers_300_and_writes_nothing(org: SandboxOrg) -> None:
    org.control("add_field", object="Lead", name="Old_Key__c", length=20, external_id=True)
    ids = [org.create(Old_Key__c="7"), org.create(Old_Key__c="7")]
    reply = org.send("PATCH", "/sobjects/Lead/Old_Key__c/7", {"City": "Berlin"})
    assert (reply.status, reply.json) == (300, [f"/services/data/v59.0/sobjects/Lead/{row_id}" for row_id in ids])
    assert [org.row(row_id).get("City") for row_id in ids] == [None, None]


def test_13_upsert_by_a_field_that_is_no_external_id_is_not_found(org: SandboxOrg) -> None:
    for name in ("Email", "Nothing__c"):
        assert org.send("PATCH", f"/sobjects/Lead/{name}/k-1", {}).status == 404
    org.control("remove_field", object="Lead", name=EXT)
    assert org.send("PATCH", f"/sobjects/Lead/{EXT}/k-1", {}).status == 404


def test_13_the_external_id_must_not_be_in_the_body_too(org: SandboxOrg) -> None:
    reply = org.send("PATCH", f"/sobjects/Lead/{EXT}/k-1", {EXT: "k-1", "LastName": "Archer", "Company": "Example Ltd"})
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")


def test_14_path_values_are_decoded_once_and_slashes_inside_do_not_split(org: SandboxOrg) -> None:
    body = {"LastName": "Archer", "Company": "Example Ltd"}
    for written, meant in (("a%2Fb", "a/b"), ("a+b", "a+b"), ("a%20b", "a b"), ("a%252Fb", "a%2Fb"), ("a%3Fc%23d", "a?c#d")):
        row_id = org.send("PATCH", f"/sobjects/Lead/{EXT}/{written}", body).json["id"]
        assert org.row(row_id)[EXT] == meant


def test_15_external_ids_match_without_case_unless_the_field_is_case_sensitive(org: SandboxOrg) -> None:
    org.control("add_field", object="Lead", name="Exact__c", length=20, external_id=True, case_sensitive=True)
    row_id = org.create(**{EXT: "Key-A", "Exact__c": "Key-A"})
    assert org.send("GET", f"/sobjects/Lead/{EXT}/kEY-a").json["Id"] == row_id
    assert org.send("GET", "/sobjects/Lead/Exact__c/kEY-a").status == 404
    assert org.send("GET", "/sobjects/Lead/Exact__c/Key-A").json["Id"] == row_id


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("LastName", None, "REQUIRED_FIELD_MISSING"),
        ("FirstName", "x" * 41, "STRING_TOO_LONG"),
        ("Tier__c", "Gold", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Email", "nobody", "INVALID_EMAIL_ADDRESS"),
        ("AnnualRevenue", 1e18, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", "plenty", "JSON_PARSER_ERROR"),
        ("City", 7, "JSON_PARSER_ERROR"),
        ("IsConverted", True, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Name", "Ada Archer", "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("OwnerId", "someone", "MALFORMED_ID"),
        ("OwnerId", "005000000000001", "INVALID_CROSS_REFERENCE_KEY"),
        ("EmailBouncedDate", "yesterday", "JSON_PARSER_ERROR"),
    ],
)
def test_16_a_bad_value_is_refused_with_its_code_and_its_field(org: SandboxOrg, field: str, value: object, code: str) -> None:
    org.control("add_field", object="Lead", name="Tier__c", type="picklist", length=40, picklist=["A", "B"], restricted=True)
    reply = org.send("POST", "/sobjects/Lead", {"LastName": "Archer", "Company": "Example Ltd", field: value})
    assert (reply.status, reply.code, reply.json[0]["fields"]) == (400, code, [field])
    assert org.control("count", object="Lead") == {"count": 0}


def test_16_an_unknown_field_is_no_such_column(org: SandboxOrg) -> None:
    reply = org.send("POST", "/sobjects/Lead", {"LastName": "Archer", "Company": "Example Ltd", "Shoe__c": "44"})
    assert reply.json == [{"message": "No such column 'Shoe__c' on sobject of type Lead", "errorCode": "INVALID_FIELD"}]


def test_16_unrestricted_picklists_take_any_text_and_text_is_trimmed(org: SandboxOrg) -> None:
    row = org.row(org.create(LeadSource="Carrier Pigeon", City="  Berlin "))
    assert (row["LeadSource"], row["City"]) == ("Carrier Pigeon", "Berlin")


def test_17_an_explicit_null_clears_and_what_is_left_out_stays(org: SandboxOrg) -> None:
    row_id = org.create(City="Berlin", Country="Germany")
    org.send("PATCH", f"/sobjects/Lead/{row_id}", {"City": None})
    record = org.send("GET", f"/sobjects/Lead/{row_id}").json
    assert (record["City"], record["Country"]) == (None, "Germany")
    assert org.send("PATCH", f"/sobjects/Lead/{row_id}", {"Company": None}).code == "REQUIRED_FIELD_MISSING"


def test_18_a_taken_unique_value_names_the_other_row(org: SandboxOrg) -> None:
    first, second = org.create(**{EXT: "k-1"}), org.create()
    reply = org.send("PATCH", f"/sobjects/Lead/{second}", {EXT: "K-1"})
    assert (reply.status, reply.code) == (400, "DUPLICATE_VALUE")
    assert reply.json[0]["message"].endswith(f"duplicates value on record with id: {first}")
    org.send("DELETE", f"/sobjects/Lead/{first}")
    assert org.send("PATCH", f"/sobjects/Lead/{second}", {EXT: "k-1"}).status == 204


def test_18_a_person_joins_a_campaign_once(org: SandboxOrg) -> None:
    lead, campaign = org.create(), org.create("Campaign", Name="Spring Fair")
    org.create("CampaignMember", CampaignId=campaign, LeadId=lead)
    again = org.send("POST", "/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    assert (again.status, again.code) == (400, "DUPLICATE_VALUE")


def test_26_writes_carry_stamps_and_system_writes_move_only_the_system_stamp(org: SandboxOrg) -> None:
    row_id = org.create()
    org.later(seconds=90.7)
    org.control("update", object="Lead", id=row_id, fields={"City": "Berlin"})
    row, users = org.row(row_id), org.control("users")
    assert (row["CreatedDate"], row["SystemModstamp"]) == ("2026-03-02T09:00:00.000+0000", "2026-03-02T09:01:30.000+0000")
    assert (row["CreatedById"], row["LastModifiedById"]) == (users["integration"], users["crm"])
    assert row["LastModifiedDate"] == row["SystemModstamp"]
    org.later(hours=1)
    org.control("touch", object="Lead", id=row_id)
    moved = org.row(row_id)
    assert moved["SystemModstamp"] > moved["LastModifiedDate"] == row["LastModifiedDate"]


def test_35_a_hidden_field_is_no_such_column_anywhere(org: SandboxOrg) -> None:
    row_id = org.create(Phone="+49 30 23125001")
    org.control("configure", hidden_fields={"Lead": ["Phone"]})
    assert "Phone" not in _fields(org)
    assert "Phone" not in org.send("GET", f"/sobjects/Lead/{row_id}").json
    write, read = org.send("PATCH", f"/sobjects/Lead/{row_id}", {"Phone": "1"}), org.query("SELECT Phone FROM Lead")
    for reply in (write, read):
        assert (reply.status, reply.code) == (400, "INVALID_FIELD")
        assert reply.json[0]["message"].startswith("No such column 'Phone'")
    assert org.row(row_id)["Phone"] == "+49 30 23125001"
