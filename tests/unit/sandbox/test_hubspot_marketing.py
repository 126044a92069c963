"""Lists, subscriptions, forms and imports of the HubSpot stand-in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.hubspot import TOKEN, Account

FORM = "/submissions/v3/integration/submit/424242/form-1"
CONSENT = {"legalConsentOptions": {"consent": {"consentToProcess": True, "text": "I agree."}}}
PREFERENCES = "/communication-preferences"


def test_29_members_of_a_manual_list_are_added_and_removed_by_id() -> None:
    account = Account()
    ids = [account.contact(email=f"{n}@example.com") for n in range(3)]
    made = account.call("POST", "/crm/v3/lists/", {"name": "Fair", "objectTypeId": "0-1", "processingType": "MANUAL"}).data["list"]
    path = f"/crm/v3/lists/{made['listId']}/memberships"
    added = account.call("PUT", f"{path}/add", [*ids, "9001"]).data
    again = account.call("PUT", f"{path}/add-and-remove", {"recordIdsToAdd": ids[:1], "recordIdsToRemove": ids[2:]}).data
    page = account.call("GET", f"{path}?limit=1").data
    rest = account.call("GET", f"{path}?limit=1&after={page['paging']['next']['after']}").data

    assert (added["recordsIdsAdded"], added["recordIdsMissing"]) == (ids, ["9001"])
    assert (again["recordsIdsAdded"], again["recordIdsRemoved"]) == ([], ids[2:])
    assert [one["recordId"] for one in page["results"] + rest["results"]] == ids[:2]
    assert account.call("DELETE", path).status == 204
    assert account.call("GET", f"/crm/v3/lists/{made['listId']}").data["list"]["size"] == 0


def test_29_dynamic_lists_cannot_be_filled_and_lists_are_found_and_restored() -> None:
    account = Account()
    made = account.call("POST", "/crm/v3/lists", {"name": "Fair", "objectTypeId": "0-1", "processingType": "DYNAMIC"}).data["list"]
    path = f"/crm/v3/lists/{made['listId']}"

    assert account.call("PUT", f"{path}/memberships/add", ["1"]).status == 400
    assert account.call("POST", "/crm/v3/lists/search", {"query": "fai"}).data["total"] == 1
    assert account.call("DELETE", path).status == 204
    assert account.call("GET", path).status == 404
    assert account.call("PUT", f"{path}/restore").status == 204
    assert account.call("GET", path).status == 200


@pytest.mark.parametrize("version", ["v4", "2026-03"])
def test_29_a_subscription_needs_a_known_legal_basis(version: str) -> None:
    account = Account()
    path = f"{PREFERENCES}/{version}/statuses/ada%40example.com"
    body = {"channel": "EMAIL", "subscriptionId": 2001, "statusState": "SUBSCRIBED"}
    basis = {"legalBasis": "CONSENT_WITH_NOTICE", "legalBasisExplanation": "asked on the form"}

    assert account.call("POST", path, body).status == 400
    assert account.call("POST", path, {**body, **basis, "legalBasis": "BECAUSE"}).status == 400
    assert account.call("POST", path, {**body, **basis}).data["status"] == "SUBSCRIBED"
    assert account.call("POST", path, {**body, "statusState": "UNSUBSCRIBED"}).status == 200
    assert account.call("GET", f"{path}?channel=EMAIL").data["results"][0]["status"] == "UNSUBSCRIBED"
    assert account.call("GET", path).status == 400


def test_29_leaving_everything_shows_only_once_it_happened() -> None:
    account = Account()
    path = f"{PREFERENCES}/v4/statuses/ada%40example.com/unsubscribe-all?channel=EMAIL"
    before = account.call("GET", path).data["results"]
    account.call("POST", path)

    assert before == []
    assert len(account.call("GET", path).data["results"]) == 1


def test_29_the_older_form_does_not_subscribe_anybody_who_has_left() -> None:
    account = Account(privacy_settings=False)
    body = {"emailAddress": "ada@example.com", "subscriptionId": "2001"}
    definitions = account.call("GET", f"{PREFERENCES}/v3/definitions").data["subscriptionDefinitions"]

    assert [one["id"] for one in definitions] == ["2001", "2002"]
    assert account.call("POST", f"{PREFERENCES}/v3/subscribe", body).data["status"] == "SUBSCRIBED"
    assert account.call("POST", f"{PREFERENCES}/v3/unsubscribe", body).data["status"] == "NOT_SUBSCRIBED"
    assert account.call("POST", f"{PREFERENCES}/v3/subscribe", body).status == 400
    statuses = account.call("GET", f"{PREFERENCES}/v3/status/email/ada@example.com").data["subscriptionStatuses"]
    assert statuses[0]["status"] == "NOT_SUBSCRIBED"


def test_30_a_submission_becomes_a_contact_after_a_while_and_updates_one_that_is_there() -> None:
    account = Account()
    sent = account.call("POST", FORM, {"fields": _fields(email="ada@example.com", city="Berlin", unknown="x"), **CONSENT}, token=None)
    at_once = account.control("count")["live"]
    account.wait(seconds=2)
    later = account.control("records")
    account.call("POST", FORM, {"fields": _fields(email="Ada@example.com", city="Paris"), **CONSENT}, token=None)
    account.wait(seconds=2)

    assert (sent.status, "inlineMessage" in sent.data) == (200, True)
    assert (at_once, later[0]["properties"]["city"]) == (0, "Berlin")
    assert [one["properties"]["city"] for one in account.control("records")] == ["Paris"]


def test_30_consent_and_addresses_are_checked_and_the_open_form_is_slow() -> None:
    account = Account()
    account.control("gdpr_delete", email="gone@example.com")
    good = {"fields": _fields(email="ada@example.com"), **CONSENT}
    no_consent = account.call("POST", FORM, {"fields": good["fields"]}, token=None)
    bad_address = account.call("POST", FORM, {**good, "fields": _fields(email="ada")}, token=None)
    blocked = account.call("POST", FORM, {**good, "fields": _fields(email="gone@example.com")}, token=None)
    statuses = [account.call("POST", FORM, good, token=None).status for _ in range(48)]
    secure = FORM.replace("submit", "secure/submit")

    assert no_consent.data["errors"][0]["errorType"] == "MISSING_LEGAL_CONSENT"
    assert [reply.data["errors"][0]["errorType"] for reply in (bad_address, blocked)] == ["INVALID_EMAIL", "BLOCKED_EMAIL"]
    assert (statuses.count(200), statuses.count(429)) == (47, 1)
    assert account.call("POST", secure, good, token=None).status == 401
    assert account.call("POST", secure, good).status == 200


def test_30_the_submissions_of_a_form_are_listed_newest_first() -> None:
    account = Account()
    listing = "/form-integrations/v1/submissions/forms/form-1"
    assert account.call("GET", listing).status == 404
    context = {"context": {"pageUri": "https://www.example.com/a"}}
    account.call("POST", FORM, {"fields": _fields(email="ada@example.com"), **CONSENT, **context}, token=None)
    account.wait(seconds=5)
    account.control("submit_many", form="form-1", count=3, unnamed=True)
    first = account.call("GET", f"{listing}?limit=3").data
    account.control("submit_many", form="form-1")
    rest = account.call("GET", f"{listing}?limit=50&after={first['paging']['next']['after']}").data

    assert [row["values"][0]["value"][:3] for row in first["results"] + rest["results"]] == ["per", "per", "per", "ada"]
    assert "conversionId" not in first["results"][0]
    assert (rest["results"][0]["pageUrl"], "paging" in rest) == ("https://www.example.com/a", False)
    assert account.call("GET", f"{listing}?limit=51").status == 400
    account.control("token", token="narrow", scopes=["crm.objects.contacts.read"])
    assert account.call("GET", listing, token="narrow").status == 403


def test_31_an_import_runs_through_its_states_and_reports_its_errors() -> None:
    account = Account()
    account.contact(email="ada@example.com")
    job = _upload(account, "Mail,Town\nada@example.com,Berlin\nben@example.com,Paris\nnonsense,Rome\n")
    states = [job.data["state"]]
    for _ in range(2):
        account.wait(seconds=5)
        states.append(account.call("GET", f"/crm/v3/imports/{job.data['id']}").data["state"])
    done = account.call("GET", f"/crm/v3/imports/{job.data['id']}").data
    errors = account.call("GET", f"/crm/v3/imports/{job.data['id']}/errors").data

    assert states == ["STARTED", "PROCESSING", "DONE"]
    assert done["metadata"]["counters"] == {"TOTAL_ROWS": 3, "CREATED_OBJECTS": 1, "UPDATED_OBJECTS": 1, "ERRORS": 1}
    assert [(one["errorType"], one["sourceData"]["lineNumber"]) for one in errors["results"]] == [("INVALID_EMAIL", 4)]


def test_31_an_import_can_be_cancelled_and_takes_multipart_only() -> None:
    account = Account()
    job = _upload(account, "Mail,Town\nada@example.com,Berlin\n").data["id"]
    account.call("POST", f"/crm/v3/imports/{job}/cancel")
    account.wait(minutes=1)

    assert account.call("GET", f"/crm/v3/imports/{job}").data["state"] == "CANCELED"
    assert account.control("count")["live"] == 0
    assert account.call("POST", "/crm/v3/imports", {}).status == 415


def _fields(**values: str) -> list[dict[str, str]]:
    return [{"objectTypeId": "0-1", "name": name, "value": value} for name, value in values.items()]


def _upload(account: Account, table: str) -> Any:
    columns = [
        {"columnObjectTypeId": "0-1", "columnName": "Mail", "propertyName": "email"},
        {"columnObjectTypeId": "0-1", "columnName": "Town", "propertyName": "city"},
    ]
    request = json.dumps({"name": "fair", "files": [{"fileName": "a.csv", "fileImportPage": {"columnMappings": columns}}]})
    parts = [('name="importRequest"', request), ('name="files"; filename="a.csv"', table)]
    body = "".join(f"--cut\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n" for name, text in parts) + "--cut--\r\n"
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "multipart/form-data; boundary=cut"}
    return account.raw("POST", "/crm/v3/imports/", body.encode(), headers)
