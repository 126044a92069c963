"""What the stand-in's sender delivers, taken in by the connector: signed, in arrays, doubled, shuffled, of several accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.hubspot.connector import HubSpot
from core.contract import ChangeKind, Event, InboundRequest, Match, NativeId, ObjectName, SignatureInvalid, Write, WriteKind
from tests.support.hubspot_bench import PORTAL, TOKEN, WEBHOOK_SECRET, WEBHOOK_URL, Account, hubspot_account

CONTACTS = ObjectName("contacts")
INNER = "http://10.0.0.7:8000/hooks/hubspot"
KINDS = ("creation", "propertyChange", "deletion", "restore", "merge", "privacyDeletion", "associationChange")


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as found:
        subscribe(found)
        yield found


def subscribe(account: Account, **more: object) -> None:
    types = [f"contact.{kind}" for kind in KINDS]
    account.control("subscribe", url=INNER, signed_url=WEBHOOK_URL, client_secret=WEBHOOK_SECRET, types=types, **more)


def deliveries(account: Account, status: int = 200) -> list[InboundRequest]:
    now = account.clock.now()
    found = []
    while pushes := account.served.stand_in.pushes(now):
        for push in pushes:
            found.append(InboundRequest("POST", WEBHOOK_URL, push.headers, push.body, now))
            account.served.stand_in.pushed(push, status, now)
    return found


def taken(connector: HubSpot, requests: list[InboundRequest]) -> list[Event]:
    events: list[Event] = []
    for request in requests:
        connector.verify(request)
        events += connector.parse(request)
    return events


def test_a_new_contact_with_many_properties_is_one_event(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    requests = deliveries(account)
    assert b"creation" in requests[0].body and requests[0].body.count(b"propertyChange") >= 2
    (event,) = taken(account.connector(), requests)
    assert event.ref is not None and event.ref.id == native_id


def test_a_retried_a_doubled_and_a_shuffled_delivery_give_the_same_events(account: Account) -> None:
    account.control("configure", duplicate_webhooks=True, shuffle_webhooks=True)
    account.seed(CONTACTS, 30)
    first = deliveries(account, status=503)
    account.clock.advance(61)
    again = deliveries(account)
    connector = account.connector()
    with pytest.raises(SignatureInvalid):
        connector.verify(InboundRequest("POST", INNER, first[0].headers, first[0].body, first[0].received_at))
    found = [frozenset(event.id for event in connector.parse(request)) for request in (*first, *again)]
    assert len(found) == 4 and len(set(found)) == 1 and len(found[0]) == 30


def test_deletion_restore_and_privacy_deletion_are_told_for_what_they_are(account: Account) -> None:
    connector = account.connector()
    kept, erased = account.seed(CONTACTS, 2)
    deliveries(account)
    account.delete(CONTACTS, kept)
    (deleted,) = taken(connector, deliveries(account))
    account.clock.advance(60)
    account.control("restore", id=kept)
    (restored,) = taken(connector, deliveries(account))
    account.control("gdpr_delete", id=erased)
    gone = taken(connector, deliveries(account))
    assert deleted.change is not None and (deleted.change.id, deleted.change.kind) == (kept, ChangeKind.DELETED)
    assert restored.ref is not None and restored.ref.id == kept
    (read,) = connector.find(CONTACTS, [Match.on("id", kept)])[Match.on("id", kept)]
    assert deleted.change.version is not None and read.version is not None and read.version > deleted.change.version
    assert {(one.change.id, one.change.kind) for one in gone if one.change} == {(erased, ChangeKind.DELETED)}


@pytest.mark.parametrize("keeps", [False, True], ids=["new id", "kept id"])
def test_a_merge_is_told_alike_by_webhook_and_by_poll(account: Account, keeps: bool) -> None:
    account.control("configure", merge_keeps_primary_id=keeps)
    first, second = account.seed(CONTACTS, 2)
    deliveries(account)
    account.clock.advance(3600)
    connector = account.connector()
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    survivor = account.control("merge", primary=first, loser=second)["id"]
    pushed = taken(connector, deliveries(account))
    account.clock.advance(1)
    polled = [change for page in connector.read(CONTACTS, cursor) for change in page.changes]
    by_push = {(one.change.id, one.change.successor) for one in pushed if one.change}
    by_poll = {(one.id, one.successor) for one in polled if one.kind is ChangeKind.MERGED}
    assert by_push == by_poll and {one for one, _ in by_push} == {first, second} - {survivor}
    assert {ref.id for _, ref in by_push if ref} == {survivor} == {one.ref.id for one in pushed if one.ref}


def test_merges_in_a_row_lead_every_loser_to_the_last_survivor(account: Account) -> None:
    first, second, third = (NativeId(one) for one in account.seed(CONTACTS, 3))
    account.clock.advance(3600)
    connector = account.connector()
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    connector.merge(CONTACTS, first, [second, third])
    (survivor,) = account.records(CONTACTS)
    account.clock.advance(1)
    polled = [change for page in connector.read(CONTACTS, cursor) for change in page.changes]
    heirs = {change.id: change.successor.id for change in polled if change.successor}
    assert {first, second, third} <= set(heirs) and set(heirs.values()) == {survivor}


def test_another_accounts_events_in_the_same_array_are_left_out_and_counted(account: Account) -> None:
    subscribe(account, portal=777)
    (native_id,) = account.seed(CONTACTS, 1)
    for kind in ("creation", "deletion"):
        account.control("emit", portal=777, event={"subscriptionType": f"contact.{kind}", "objectId": int(native_id)})
    connector = account.connector(portal_id=PORTAL)
    (request,) = deliveries(account)
    (event,) = taken(connector, [request])
    assert event.change is None and connector.foreign_events == 2


def test_our_own_write_comes_back_as_an_event_like_anybodys(account: Account) -> None:
    """The source of a change tells no app from another, so echoes are known by what is read, not by who wrote."""
    (native_id,) = account.seed(CONTACTS, 1)
    deliveries(account)
    connector = account.connector()
    connector.write([Write("k", CONTACTS, {"jobtitle": "Head"}, target=NativeId(native_id))])
    (event,) = taken(connector, deliveries(account))
    assert event.ref is not None and event.ref.id == native_id


def test_our_own_deletion_is_told_too(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    deliveries(account)
    connector = account.connector()
    connector.write([Write("d", CONTACTS, {}, kind=WriteKind.DELETE, target=NativeId(native_id))])
    (event,) = taken(connector, deliveries(account))
    assert event.change is not None and event.change.kind is ChangeKind.DELETED


def test_a_new_association_lets_the_record_be_read(account: Account) -> None:
    (contact,), (company,) = account.seed(CONTACTS, 1), account.seed("companies", 1)
    deliveries(account)
    account.ask("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}", TOKEN)
    (event,) = taken(account.connector(), deliveries(account))
    assert event.ref is not None and (event.ref.object, event.ref.id) == (CONTACTS, contact)
