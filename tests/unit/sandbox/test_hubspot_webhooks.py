"""The webhook sender of the HubSpot stand-in: events, arrays, signatures, retries."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from tests.support.hubspot import CONTACTS, Account

URL = "http://127.0.0.1:9000/hooks/hubspot"
SECRET = "hook-secret"
TYPES = ["contact.creation", "contact.propertyChange", "contact.deletion", "contact.merge", "contact.privacyDeletion", "contact.restore"]


def test_32_the_life_of_a_contact_is_told_in_events() -> None:
    account = _subscribed(TYPES)
    record_id = account.contact(email="ada@example.com")
    account.control("update", id=record_id, properties={"city": "Berlin"})
    account.call("DELETE", f"{CONTACTS}/{record_id}")
    account.control("restore", id=record_id)
    account.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": record_id})
    events = _events(account)

    assert [one["subscriptionType"].partition(".")[2] for one in events] == [
        *("creation", "propertyChange", "propertyChange", "deletion", "restore", "privacyDeletion", "deletion"),
    ]
    assert (events[2]["propertyName"], events[2]["propertyValue"], events[2]["changeSource"]) == ("city", "Berlin", "CRM_UI")
    assert {one["objectId"] for one in events} == {int(record_id)}
    assert {one["portalId"] for one in events} == {424242}


def test_32_a_merge_names_all_ids_and_reports_no_deletion() -> None:
    account = _subscribed(["contact.merge", "contact.deletion"])
    first, second = account.contact(email="a@example.com"), account.contact(email="b@example.com", city="Berlin")
    survivor = account.control("merge", primary=first, loser=second)["id"]
    (event,) = _events(account)

    assert event["primaryObjectId"] == int(first)
    assert event["mergedObjectIds"] == [int(second)]
    assert event["newObjectId"] == int(survivor)
    assert event["numberOfPropertiesMoved"] >= 1


def test_32_an_association_is_told_from_both_ends_when_it_is_made_and_when_it_goes() -> None:
    account = _subscribed(["contact.associationChange", "company.associationChange"])
    contact = account.contact(email="ada@example.com")
    (company,) = account.control("seed", companies=[{"name": "Engines"}])["companies"]
    path = f"/crm/v4/objects/contacts/{contact}/associations"
    for _ in range(2):
        account.call("PUT", f"{path}/default/companies/{company}")
    made = _events(account)
    account.call("PUT", f"{path}/companies/{company}", [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}])
    primary = _events(account)
    account.call("DELETE", f"{path}/companies/{company}")
    gone = _events(account)

    ends = [(one["associationType"], one["fromObjectId"], one["toObjectId"]) for one in made]
    assert ends == [("CONTACT_TO_COMPANY", int(contact), int(company)), ("COMPANY_TO_CONTACT", int(company), int(contact))]
    assert not any("objectId" in one or one["associationRemoved"] or one["isPrimaryAssociation"] for one in made)
    assert [one["isPrimaryAssociation"] for one in primary] == [True, True]
    assert [one["associationRemoved"] for one in gone] == [True, True]


def test_32_a_new_records_associations_are_told_after_its_creation() -> None:
    account = _subscribed(["deal.creation", "deal.associationChange"])
    contact = account.contact(email="ada@example.com")
    link = {"to": {"id": contact}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]}
    account.batch("create", [{"properties": {"dealname": "Renewal"}, "associations": [link]}], kind="deals")

    assert [one["subscriptionType"] for one in _events(account)] == ["deal.creation", "deal.associationChange"]


def test_32_one_property_can_be_subscribed_and_subscriptions_paused() -> None:
    account = _subscribed(["contact.propertyChange:city"])
    account.contact(email="ada@example.com", city="Berlin")
    before = _events(account)
    account.control("pause")
    account.contact(email="ben@example.com", city="Paris")

    assert [one["propertyName"] for one in before] == ["city"]
    assert _events(account) == []


def test_32_arrays_hold_a_hundred_events_and_mix_accounts() -> None:
    account = _subscribed(["contact.creation"])
    account.control("subscribe", url=URL, client_secret=SECRET, types=["contact.creation"], portal=777)
    account.control("emit", portal=777, event={"subscriptionType": "contact.creation", "objectId": 1})
    account.batch("create", [{"properties": {"email": f"{n}@example.com"}} for n in range(100)])
    arrays = [events for _, events in account.deliver()]

    assert [len(events) for events in arrays] == [100, 1]
    assert {event["portalId"] for event in arrays[0]} == {424242, 777}


def test_32_every_delivery_is_signed_in_the_new_and_an_old_way() -> None:
    account = _subscribed(["contact.creation"], signed_url="https://leads.example.com/hooks/hubspot?tag=a%2Cb%40c")
    account.contact(email="zoë@example.com".replace("ë", "e"), firstname="Zoë")
    ((push, _),) = account.deliver()
    timestamp = push.headers["x-hubspot-request-timestamp"]
    covered = b"POSThttps://leads.example.com/hooks/hubspot?tag=a,b@c" + push.body + timestamp.encode()

    assert timestamp == "1793620800000"
    assert push.headers["x-hubspot-signature-v3"] == base64.b64encode(hmac.digest(SECRET.encode(), covered, "sha256")).decode()
    assert push.headers["x-hubspot-signature-version"] == "v1"
    assert push.headers["x-hubspot-signature"] == hashlib.sha256(SECRET.encode() + push.body).hexdigest()
    assert push.timeout_seconds == 5


def test_32_the_old_signature_can_be_the_second_version() -> None:
    account = _subscribed(["contact.creation"], {"webhook_signature": "v2"})
    account.contact(email="ada@example.com")
    ((push, _),) = account.deliver()

    assert push.headers["x-hubspot-signature"] == hashlib.sha256(f"{SECRET}POST{URL}".encode() + push.body).hexdigest()


@pytest.mark.parametrize("failure", [None, 500, 401])
def test_32_failures_are_tried_ten_times_more_over_a_day(failure: int | None) -> None:
    account = _subscribed(["contact.creation"])
    account.contact(email="ada@example.com")
    began = account.now
    attempts = []
    for _ in range(25 * 60):
        for push, events in account.deliver(failure):
            attempts.append((push.attempt, events[0]["attemptNumber"], account.now - began))
        account.wait(minutes=1)

    assert [(attempt, number) for attempt, number, _ in attempts] == [(n, n) for n in range(11)]
    assert attempts[-1][2].total_seconds() == 24 * 3600
    assert account.control("webhooks") == {"waiting": 0, "retrying": 0, "given_up": 1}


def test_32_a_retry_is_signed_anew_and_ends_with_success() -> None:
    account = _subscribed(["contact.creation"])
    account.contact(email="ada@example.com")
    ((first, _),) = account.deliver(503)
    account.wait(minutes=1)
    ((second, _),) = account.deliver(200)
    account.wait(days=2)

    assert first.headers["x-hubspot-request-timestamp"] != second.headers["x-hubspot-request-timestamp"]
    assert account.deliver() == []


def test_32_events_can_be_doubled_shuffled_and_late() -> None:
    dials = {"duplicate_webhooks": True, "shuffle_webhooks": True, "webhook_delay_seconds": 20, "seed": 3}
    account = _subscribed(["contact.creation"], dials)
    account.batch("create", [{"properties": {"email": f"{n}@example.com"}} for n in range(20)])
    too_early = account.deliver()
    account.wait(seconds=20)
    first, second = (events for _, events in account.deliver())
    ids = [event["objectId"] for event in first]

    assert too_early == []
    assert first == second
    assert sorted(ids) == list(range(101, 121))
    assert ids != sorted(ids)


def test_32_ten_deliveries_are_under_way_at_most() -> None:
    account = _subscribed(["contact.creation"])
    for start in range(12):
        account.batch("create", [{"properties": {"email": f"{start}-{n}@example.com"}} for n in range(100)])
    first = account.stand_in.pushes(account.now)
    none = account.stand_in.pushes(account.now)
    for push in first:
        account.stand_in.pushed(push, 200, account.now)

    assert (len(first), len(none), len(account.deliver())) == (10, 0, 2)


def _subscribed(types: list[str], dials: dict[str, Any] | None = None, **more: Any) -> Account:
    account = Account(**(dials or {}))
    account.control("subscribe", url=URL, client_secret=SECRET, types=types, **more)
    return account


def _events(account: Account) -> list[dict[str, Any]]:
    return [event for _, events in account.deliver() for event in events]
