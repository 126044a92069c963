"""Many rows or many requests in one call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.salesforce_sandbox import Reply, SandboxOrg

EXT = "Leadloom_Id__c"
UPSERT = f"/composite/sobjects/Lead/{EXT}"


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def _lead(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Archer", "Company": "Example Ltd", **fields}


def _rows(org: SandboxOrg, method: str, path: str, *rows: dict[str, Any], all_or_none: bool = False) -> Reply:
    return org.send(method, path, {"allOrNone": all_or_none, "records": list(rows)})


def _codes(reply: Reply) -> list[str | None]:
    assert reply.status == 200
    return [None if row["success"] else row["errors"][0]["statusCode"] for row in reply.json]


def test_21_rows_keep_their_order_and_each_has_its_own_result(org: SandboxOrg) -> None:
    reply = _rows(org, "POST", "/composite/sobjects", _lead(City="A"), _lead(LastName=None), _lead(City="B"))
    assert _codes(reply) == [None, "REQUIRED_FIELD_MISSING", None]
    assert [org.row(row["id"])["City"] for row in reply.json if row["success"]] == ["A", "B"]
    assert reply.json[1]["errors"][0].keys() == {"statusCode", "message", "fields"}


def test_21_two_hundred_and_one_rows_are_refused_as_a_whole(org: SandboxOrg) -> None:
    assert _rows(org, "POST", "/composite/sobjects", *[_lead()] * 200).status == 200
    assert _rows(org, "POST", "/composite/sobjects", *[_lead()] * 201).status == 400
    assert org.control("count", object="Lead") == {"count": 200}
    assert org.send("POST", "/composite/sobjects", {"records": "none"}).status == 400


def test_21_all_or_none_takes_the_good_rows_back(org: SandboxOrg) -> None:
    reply = _rows(org, "POST", "/composite/sobjects", _lead(**{EXT: "k-1"}), _lead(Email="nobody"), all_or_none=True)
    assert _codes(reply) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_EMAIL_ADDRESS"]
    assert org.control("count", object="Lead") == {"count": 0}
    assert _codes(_rows(org, "POST", "/composite/sobjects", _lead(**{EXT: "k-1"}), all_or_none=True)) == [None]


def test_21_upsert_tells_created_and_rows_that_share_a_key_fail_together(org: SandboxOrg) -> None:
    there = org.create(**{EXT: "k-1"})
    reply = _rows(org, "PATCH", UPSERT, _lead(**{EXT: "K-1", "City": "Bonn"}), *[_lead(**{EXT: key}) for key in ("k-2", "k-3", "K-3")])
    assert _codes(reply) == [None, None, "DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    assert [row["created"] for row in reply.json] == [False, True, False, False]
    assert reply.json[0]["id"] == there
    assert reply.json[2]["errors"][0]["message"] == "Duplicate external id specified: k-3"


def test_21_upsert_refuses_other_types_ids_and_missing_keys(org: SandboxOrg) -> None:
    other = {"attributes": {"type": "Contact"}, "LastName": "Archer", EXT: "k-1"}
    reply = _rows(org, "PATCH", UPSERT, other, _lead(**{EXT: "k-2", "id": "00Q000000000001"}), _lead())
    assert _codes(reply) == ["INVALID_TYPE_ON_FIELD_IN_RECORD", "INVALID_FIELD", "MISSING_ARGUMENT"]
    assert _rows(org, "PATCH", "/composite/sobjects/Lead/Email", _lead()).status == 404


def test_21_upsert_with_several_matches_fails_the_row(org: SandboxOrg) -> None:
    org.control("add_field", object="Lead", name="Old_Key__c", length=20, external_id=True)
    ids = [org.create(Old_Key__c="7"), org.create(Old_Key__c="7")]
    reply = _rows(org, "PATCH", "/composite/sobjects/Lead/Old_Key__c", _lead(Old_Key__c="7"))
    assert _codes(reply) == ["DUPLICATE_EXTERNAL_ID"]
    assert all(row_id in reply.json[0]["errors"][0]["message"] for row_id in ids)


def test_21_update_and_delete_work_row_by_row(org: SandboxOrg) -> None:
    first, gone = org.create(), org.create()
    org.send("DELETE", f"/sobjects/Lead/{gone}")
    bare = {"attributes": {"type": "Lead"}, "City": "Berlin"}
    updated = _rows(org, "PATCH", "/composite/sobjects", {**bare, "id": first}, {**bare, "id": gone}, {**bare, "id": "x"}, bare)
    assert _codes(updated) == [None, "ENTITY_IS_DELETED", "MALFORMED_ID", "MISSING_ARGUMENT"]
    deleted = org.send("DELETE", f"/composite/sobjects?ids={first},{gone}&allOrNone=false")
    assert _codes(deleted) == [None, "ENTITY_IS_DELETED"]


def test_21_the_headers_apply_to_the_whole_request(org: SandboxOrg) -> None:
    org.create(Email="ada@example.com")
    org.control("configure", duplicate_rule={"mode": "alert"})
    body = {"records": [_lead(Email="ada@example.com"), _lead(Email="eve@example.com")]}
    assert _codes(org.send("POST", "/composite/sobjects", body)) == ["DUPLICATES_DETECTED", None]
    allowed = org.send("POST", "/composite/sobjects", body, headers={"sforce-duplicate-rule-header": "allowSave=true"})
    assert _codes(allowed) == [None, None]


def _part(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"method": method, "url": f"/services/data/v59.0{path}", "referenceId": name, "body": body}


def test_22_later_parts_refer_to_earlier_answers(org: SandboxOrg) -> None:
    parts = [
        _part("acc", "POST", "/sobjects/Account", {"Name": "Example"}),
        _part("con", "POST", "/sobjects/Contact", {"LastName": "Archer", "AccountId": "@{acc.id}"}),
        _part("see", "GET", "/query?q=SELECT+Id+FROM+Contact+WHERE+AccountId+=+'@{acc.id}'"),
        _part("back", "GET", "/sobjects/Contact/@{see.records[0].Id}"),
    ]
    reply = org.send("POST", "/composite", {"compositeRequest": parts})
    answers = {one["referenceId"]: one for one in reply.json["compositeResponse"]}
    assert [one["httpStatusCode"] for one in answers.values()] == [201, 201, 200, 200]
    assert answers["back"]["body"]["AccountId"] == answers["acc"]["body"]["id"]
    assert answers["acc"]["httpHeaders"]["Location"].endswith(answers["acc"]["body"]["id"])


def test_22_without_all_or_none_a_failed_part_fails_only_what_refers_to_it(org: SandboxOrg) -> None:
    parts = [
        _part("bad", "POST", "/sobjects/Account", {}),
        _part("needs", "POST", "/sobjects/Contact", {"LastName": "Archer", "AccountId": "@{bad.id}"}),
        _part("good", "POST", "/sobjects/Account", {"Name": "Example"}),
    ]
    answers = org.send("POST", "/composite", {"compositeRequest": parts}).json["compositeResponse"]
    assert [one["httpStatusCode"] for one in answers] == [400, 400, 201]
    assert [one["body"][0]["errorCode"] for one in answers[:2]] == ["REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]


def test_22_all_or_none_takes_everything_back_and_answers_200_outside(org: SandboxOrg) -> None:
    parts = [
        _part("a", "POST", "/sobjects/Account", {"Name": "Example"}),
        _part("b", "POST", "/sobjects/Lead", {}),
        _part("c", "POST", "/sobjects/Account", {"Name": "Other"}),
    ]
    reply = org.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})
    codes = [one["body"][0]["errorCode"] for one in reply.json["compositeResponse"]]
    assert (reply.status, codes) == (200, ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"])
    assert org.control("count", object="Account") == {"count": 0}


def test_22_more_than_25_parts_or_five_queries_are_refused(org: SandboxOrg) -> None:
    light = [_part(f"p{at}", "GET", "/limits") for at in range(26)]
    heavy = [_part(f"q{at}", "GET", "/query?q=SELECT+Id+FROM+Lead") for at in range(6)]
    assert org.send("POST", "/composite", {"compositeRequest": light[:25]}).status == 200
    assert org.send("POST", "/composite", {"compositeRequest": light}).status == 400
    assert org.send("POST", "/composite", {"compositeRequest": heavy[:5]}).status == 200
    assert org.send("POST", "/composite", {"compositeRequest": heavy}).status == 400


def test_22_a_batch_that_halts_answers_412_for_the_rest(org: SandboxOrg) -> None:
    requests = [
        {"method": "POST", "url": "v59.0/sobjects/Account", "richInput": {"Name": "Example"}},
        {"method": "GET", "url": "v59.0/sobjects/Account/nonsense"},
        {"method": "GET", "url": "v59.0/limits"},
    ]
    going_on = org.send("POST", "/composite/batch", {"batchRequests": requests}).json
    halted = org.send("POST", "/composite/batch", {"batchRequests": requests, "haltOnError": True}).json
    assert [one["statusCode"] for one in going_on["results"]] == [201, 404, 200]
    assert [one["statusCode"] for one in halted["results"]] == [201, 404, 412]
    assert halted["hasErrors"] is True
