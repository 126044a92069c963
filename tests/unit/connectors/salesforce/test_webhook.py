"""Outbound messages are believed by token and organization, read without trusting them, and acknowledged once they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.salesforce.connector import SalesforceConnector
from core.contract import Event, InboundRequest, Invalid, Match, NativeId, Outcome, Ref, SignatureInvalid
from sandbox.wire import Answer, Push, Request
from tests.support.salesforce_bench import (
    LEAD,
    NOTE,
    ORGANIZATION,
    PATH_TOKEN,
    SalesforceAccount,
    message,
    outbound_message,
    salesforce_account,
)
from tests.support.sandbox import frozen_clock, serving

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


@pytest.fixture
def connector(account: SalesforceAccount) -> SalesforceConnector:
    return account.connector(token=PATH_TOKEN, organization_id=ORGANIZATION)


def note(number: int, native_id: str = "00QRO0000000001AAA", kind: str = "Lead") -> str:
    return NOTE.format(note=f"04lRO{number:010d}AAA", object=kind, id=native_id)


def arrived(body: bytes, token: str = PATH_TOKEN) -> InboundRequest:
    return outbound_message(body, token, AT)


def test_each_notification_is_an_event_that_names_its_record(connector: SalesforceConnector) -> None:
    events = connector.parse(arrived(message(note(1) + note(2, "003RO0000000001AAA", "Contact"))))
    assert events == [
        Event("04lRO0000000001AAA", ref=Ref(LEAD, NativeId("00QRO0000000001AAA"))),
        Event("04lRO0000000002AAA", ref=Ref(type(LEAD)("Contact"), NativeId("003RO0000000001AAA"))),
    ]


def test_a_hundred_notifications_are_read_and_one_more_is_refused(connector: SalesforceConnector) -> None:
    assert len(connector.parse(arrived(message("".join(note(n) for n in range(100)))))) == 100
    with pytest.raises(Invalid):
        connector.parse(arrived(message("".join(note(n) for n in range(101)))))


def test_a_notification_told_twice_in_a_message_is_one_event(connector: SalesforceConnector) -> None:
    assert len(connector.parse(arrived(message(note(1) + note(1))))) == 1


@pytest.mark.parametrize("before", [ENTITY, OUTSIDE, "<!DOCTYPE x>"], ids=["expansion", "outside", "bare"])
def test_document_types_are_refused(connector: SalesforceConnector, before: str) -> None:
    with pytest.raises(Invalid) as caught:
        connector.parse(arrived(message(note(1), before=before)))
    assert caught.value.rule == "document_type"


def test_bottomless_nesting_is_refused(connector: SalesforceConnector) -> None:
    with pytest.raises(Invalid) as caught:
        connector.parse(arrived(message("<a>" * 500 + "</a>" * 500)))
    assert caught.value.rule == "too_complex"


@pytest.mark.parametrize(
    "notes", ["", "<Notification><Id>04lRO0000000001AAA</Id></Notification>", note(1, "../../x")], ids=["none", "bare", "odd"]
)
def test_a_message_without_record_ids_is_invalid(connector: SalesforceConnector, notes: str) -> None:
    with pytest.raises(Invalid):
        connector.parse(arrived(message(notes)))


def test_another_organization_is_refused_and_15_characters_are_enough(account: SalesforceAccount, connector: SalesforceConnector) -> None:
    with pytest.raises(SignatureInvalid):
        connector.verify(arrived(message(note(1), organization="00DRO0000000009AAA")))
    with pytest.raises(SignatureInvalid):
        connector.verify(arrived(b"not xml"))
    account.connector(token=PATH_TOKEN, organization_id=ORGANIZATION[:15]).verify(arrived(message(note(1))))


def test_without_a_token_nothing_is_taken(account: SalesforceAccount) -> None:
    with pytest.raises(SignatureInvalid):
        account.connector(organization_id=ORGANIZATION).verify(arrived(message(note(1))))


def test_a_token_that_only_ends_or_begins_alike_is_refused(connector: SalesforceConnector) -> None:
    for token in (PATH_TOKEN[:-1], PATH_TOKEN + "0", ""):
        with pytest.raises(SignatureInvalid):
            connector.verify(arrived(message(note(1)), token))


def test_only_what_is_stored_or_hopeless_is_acknowledged(connector: SalesforceConnector) -> None:
    request = arrived(message(note(1)))
    told = {outcome: connector.answer(request, outcome) for outcome in Outcome}
    assert {outcome for outcome, reply in told.items() if b"<Ack>true</Ack>" in reply.body} == {Outcome.STORED, Outcome.INVALID}
    assert told[Outcome.UNAVAILABLE].status == 503 and b"<Ack>false</Ack>" in told[Outcome.UNAVAILABLE].body
    assert told[Outcome.REFUSED].status == 401


class Endpoint:
    """A webhook endpoint that stores what the connector takes out of messages, unless it is told to be full."""

    name = "endpoint"

    def __init__(self, connector: SalesforceConnector) -> None:
        self.connector = connector
        self.outcome = Outcome.STORED
        self.stored: list[Event] = []

    def handle(self, request: Request, now: datetime) -> Answer:
        """Do what the runtime's door does."""
        inbound = InboundRequest(request.method, f"http://127.0.0.1{request.path}", request.headers, request.body, now)
        self.connector.verify(inbound)
        events = self.connector.parse(inbound)
        if self.outcome is Outcome.STORED:
            self.stored += events
        reply = self.connector.answer(inbound, self.outcome)
        return Answer(reply.status, reply.body, reply.headers)

    def pushes(self, now: datetime) -> Sequence[Push]:
        """An endpoint pushes nothing."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """An endpoint has no dials."""
        raise ValueError(verb)


def test_a_message_of_the_org_arrives_once_it_can_be_stored_and_leads_to_the_record(
    account: SalesforceAccount, connector: SalesforceConnector
) -> None:
    endpoint = Endpoint(connector)
    with serving(endpoint, frozen_clock()) as door:
        rule = {"object": "Lead", "url": f"{door.url}/hooks/crm/{PATH_TOKEN}", "fields": ["Id", "LastName"]}
        account.control("configure", outbound_messages=[rule])
        endpoint.outcome = Outcome.UNAVAILABLE
        lead = account.create(LastName="Ünal & Söhne")
        assert account.served.pump() == 1 and endpoint.stored == []
        endpoint.outcome = Outcome.STORED
        account.clock.advance(16)
        assert account.served.pump() == 1
        account.clock.advance(86_400)
        assert account.served.pump() == 0
    (event,) = endpoint.stored
    assert event.ref == Ref(LEAD, NativeId(lead))
    match = Match.on("id", lead)
    assert connector.find(LEAD, [match])[match][0].fields["LastName"] == "Ünal & Söhne"
