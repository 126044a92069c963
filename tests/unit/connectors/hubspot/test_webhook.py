"""Webhook deliveries: signatures and events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hubspot import webhook
from core.contract import ChangeKind, Event, InboundRequest, Invalid, Outcome, SignatureInvalid
from tests.support.hubspot_bench import event, sign

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def delivery(*events: object) -> InboundRequest:
    return sign(json.dumps(events).encode(), "secret", NOW)


def parsed(*events: dict[str, Any], portal_id: str | None = None) -> list[Event]:
    return webhook.parse(delivery(*events), portal_id)


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


def test_events_of_another_account_are_left_out_where_one_is_named() -> None:
    both = (event(objectId=1), event(objectId=2, portalId=5))
    assert len(parsed(*both)) == 2
    assert [one.ref.id for one in parsed(*both, portal_id="424242") if one.ref] == ["1"]


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
