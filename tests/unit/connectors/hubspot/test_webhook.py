"""Webhook deliveries: signatures and events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot import webhook
from core.contract import ChangeKind, Event, InboundRequest, Invalid, Outcome, SignatureInvalid
from tests.support.hubspot_bench import event, sign

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def delivery(*events: object) -> InboundRequest:
    return sign(json.dumps(events).encode(), "secret", NOW)


def parsed(*events: dict[str, Any], portal_id: str | None = None) -> list[Event]:
    return webhook.parse(delivery(*events), portal_id).events


def verify(request: InboundRequest, *secrets: str, allow_old: bool = False) -> None:
    webhook.verify(request, secrets, allow_old=allow_old)


def test_a_delivery_signed_with_the_old_secret_is_taken_while_the_new_one_is_rolled_out() -> None:
    verify(delivery(event()), "new-secret", "secret")


def test_without_a_secret_nothing_is_taken() -> None:
    with pytest.raises(SignatureInvalid):
        verify(delivery(event()))


@pytest.mark.parametrize("name", ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"])
@pytest.mark.parametrize("value", ["", "Zoë", "\udcff"])
def test_a_broken_header_is_refused_and_nothing_worse(name: str, value: str) -> None:
    request = delivery(event())
    with pytest.raises(SignatureInvalid):
        verify(replace(request, headers={**request.headers, name: value}), "secret")


def old_delivery(version: str, *, secret: str = "secret") -> InboundRequest:
    body, url = b"[]", "https://leads.example.com/hooks/hubspot"
    covered = body if version == "v1" else b"POST" + url.encode() + body
    headers = {"x-hubspot-signature": hashlib.sha256(secret.encode() + covered).hexdigest(), "x-hubspot-signature-version": version}
    return InboundRequest("POST", url, headers, body, NOW)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_old_signatures_are_taken_only_where_that_is_allowed(version: str) -> None:
    verify(old_delivery(version), "other", "secret", allow_old=True)
    with pytest.raises(SignatureInvalid):
        verify(old_delivery(version), "secret")
    with pytest.raises(SignatureInvalid):
        verify(old_delivery(version, secret="wrong"), "secret", allow_old=True)
    with pytest.raises(SignatureInvalid):
        verify(old_delivery(version), "", allow_old=True)


def test_a_forged_new_signature_is_not_saved_by_an_old_one() -> None:
    request = old_delivery("v1")
    with pytest.raises(SignatureInvalid):
        verify(replace(request, headers={**request.headers, "x-hubspot-signature-v3": "forged"}), "secret", allow_old=True)


def test_an_event_names_the_record_to_read() -> None:
    (found,) = parsed(event(subscriptionType="company.propertyChange", propertyName="city", objectId=7))
    assert found.change is None and found.ref is not None
    assert (found.ref.object, found.ref.id) == ("companies", "7")


def test_a_custom_object_keeps_its_type_id() -> None:
    first, second = parsed(
        event(subscriptionType="object.creation", objectTypeId="0-136"), event(subscriptionType="object.creation", objectTypeId="2-99")
    )
    assert first.ref is not None and first.ref.object == "leads"
    assert second.ref is not None and second.ref.object == "2-99"


@pytest.mark.parametrize("what", ["deletion", "privacyDeletion"])
def test_a_deletion_is_told_at_once(what: str) -> None:
    (found,) = parsed(event(subscriptionType=f"contact.{what}"))
    assert found.change is not None and found.change.kind is ChangeKind.DELETED
    assert found.change.version == "2026-03-02T09:00:00.123Z"


def test_a_merge_tells_each_record_that_went_and_lets_the_survivor_be_read() -> None:
    merge = event(subscriptionType="contact.merge", objectId=30, primaryObjectId=10, mergedObjectIds=[20, 21], newObjectId=30)
    *gone, survivor = parsed(merge)
    assert {one.change.id: one.change.successor.id for one in gone if one.change and one.change.successor} == {
        "20": "30",
        "21": "30",
        "10": "30",
    }
    assert survivor.ref is not None and survivor.ref.id == "30"
    assert len({one.id for one in [*gone, survivor]}) == 4


def test_a_merge_that_keeps_the_primary_does_not_tell_it_as_gone() -> None:
    merge = event(subscriptionType="contact.merge", primaryObjectId=10, mergedObjectIds=[20], newObjectId=10)
    assert [found.change.id for found in parsed(merge) if found.change] == ["20"]


def test_an_association_change_reads_the_record_it_starts_from() -> None:
    one = {name: value for name, value in event(subscriptionType="contact.associationChange").items() if name != "objectId"}
    (found,) = parsed({**one, "associationType": "CONTACT_TO_COMPANY", "fromObjectId": 5, "toObjectId": 6})
    assert found.ref is not None and (found.ref.object, found.ref.id) == ("contacts", "5")


def test_a_repeated_delivery_has_the_same_ids_although_hubspots_differ() -> None:
    first = parsed(event(eventId=1, attemptNumber=0))
    again = parsed(event(eventId=2, attemptNumber=3))
    assert [one.id for one in first] == [one.id for one in again]
    assert parsed(event(propertyName="a"))[0].id != parsed(event(propertyName="b"))[0].id


def test_events_of_another_account_are_left_out_and_counted_where_one_is_named() -> None:
    both = (event(objectId=1), event(objectId=2, portalId=5))
    assert len(parsed(*both)) == 2
    found = webhook.parse(delivery(*both), "424242")
    assert [one.ref.id for one in found.events if one.ref] == ["1"] and found.foreign == 1


def test_a_record_with_many_events_in_one_delivery_is_read_once_under_the_id_of_the_latest() -> None:
    early = event(subscriptionType="contact.propertyChange", propertyName="city", occurredAt=1772442000001)
    late = event(subscriptionType="contact.propertyChange", propertyName="email", occurredAt=1772442000900)
    other = event(objectId=102)
    found = parsed(late, event(), other, early)
    assert {one.ref.id for one in found if one.ref} == {"101", "102"} and len(found) == 2
    assert [one.id for one in found if one.ref and one.ref.id == "101"] == [parsed(late)[0].id]


def test_the_events_of_a_delivery_do_not_depend_on_the_order_in_which_it_lists_them() -> None:
    rows = [event(objectId=n % 7, occurredAt=1772442000000 + n, propertyName=f"p{n}") for n in range(97)]
    rows += [event(objectId=n, subscriptionType="contact.deletion") for n in range(3)]
    orders = (rows, rows[::-1], [*rows, *rows])
    assert len({frozenset(one.id for one in parsed(*order)) for order in orders}) == 1
    assert len(parsed(*rows)) == 7 + 3


def test_a_deletion_is_kept_beside_the_changes_of_the_same_record() -> None:
    found = parsed(event(subscriptionType="contact.deletion"), event(), event(subscriptionType="contact.privacyDeletion"))
    kinds = [one.change.kind if one.change else None for one in found]
    assert kinds == [ChangeKind.DELETED, ChangeKind.DELETED, None] and len({one.id for one in found}) == 3


def test_a_restore_lets_the_record_be_read() -> None:
    (found,) = parsed(event(subscriptionType="contact.restore"))
    assert found.change is None and found.ref is not None and found.ref.id == "101"


def test_the_source_of_a_change_is_not_asked() -> None:
    ours = parsed(event(changeSource="INTEGRATION", sourceId="1"))
    assert [one.id for one in ours] == [one.id for one in parsed(event(changeSource="CRM_UI"))]


@pytest.mark.parametrize(("type_id", "name"), [("0-1", "contacts"), ("0-3", "deals"), ("0-46", "notes"), ("2-99", "2-99")])
def test_the_generic_format_names_its_object_by_type_id(type_id: str, name: str) -> None:
    created = event(subscriptionType="object.creation", objectTypeId=type_id)
    linked = event(subscriptionType="object.associationChange", fromObjectTypeId=type_id, fromObjectId=101, toObjectId=5)
    gone = event(subscriptionType="object.deletion", objectTypeId=type_id)
    read, deleted = parsed(created, linked, gone)[::-1]
    assert read.ref is not None and (read.ref.object, read.ref.id) == (name, "101")
    assert deleted.change is not None and deleted.change.object == name
    merge = event(subscriptionType="object.merge", objectTypeId=type_id, primaryObjectId=10, mergedObjectIds=[20], newObjectId=30)
    assert {one.change.object for one in parsed(merge) if one.change} == {name}


def test_a_delivery_is_known_by_the_public_address_with_its_query_decoded_as_hubspot_does() -> None:
    """Behind a proxy the inner address is another one; only the public one was signed."""
    request = delivery(event())
    verify(request, "secret")
    inner = replace(request, url="http://10.0.0.7:8000/hooks/hubspot?connection=eu%2Fone")
    with pytest.raises(SignatureInvalid):
        verify(inner, "secret")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_delivery_from_another_time_is_refused_in_both_directions(seconds: int) -> None:
    request = delivery(event())
    with pytest.raises(SignatureInvalid):
        verify(replace(request, received_at=NOW + timedelta(seconds=seconds)), "secret")
    verify(replace(request, received_at=NOW + timedelta(seconds=seconds * 0.9)), "secret")


def test_the_signature_covers_the_bytes_as_they_came_and_not_their_meaning() -> None:
    request = delivery(event())
    with pytest.raises(SignatureInvalid):
        verify(replace(request, body=json.dumps(json.loads(request.body), indent=1).encode()), "secret")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b'["x"]', b"[" * 50_000, b'[{"subscriptionType":"contact.creation"}]', b'[{"subscriptionType":"contact.merge"}]'],
)
def test_a_body_that_is_no_delivery_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        webhook.parse(replace(delivery(), body=body), None)


def test_only_what_was_stored_is_acknowledged() -> None:
    assert {outcome: webhook.answer(outcome).status for outcome in Outcome} == {
        Outcome.STORED: 200,
        Outcome.REFUSED: 401,
        Outcome.INVALID: 400,
        Outcome.UNAVAILABLE: 503,
    }
