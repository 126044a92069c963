"""The Intercom connector passes the contract suite, and takes what the stand-in notifies."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connectors.intercom.connector import Intercom
from connectors.intercom.settings import IntercomSettings
from core.contract import ChangeKind, Event, InboundRequest, Outcome, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from sandbox.intercom import IntercomStandIn
from sandbox.intercom.stand_in import AGAIN, CLIENT_SECRET, WORKSPACE
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context
from tests.support.sandbox import START

SECRET = "intercom-client-secret-61c2"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "intercom"
ITEM = {"type": "contact", "id": "5f2a1b3c", "role": "lead", "email": "ada@example.com", "name": "Zoë"}
NOTICE = {"type": "notification_event", "id": "notif_1", "topic": "contact.lead.created", "created_at": 1772442000, "data": {"item": ITEM}}
MANIFEST = load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8")))


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A notification signed as Intercom does."""
    digest = hmac.digest(secret.encode(), body, hashlib.sha1).hex()
    headers = {"content-type": "application/json", "x-hub-signature": f"sha1={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/intercom", headers, body, at)


def connector(**settings: object) -> Intercom:
    return Intercom(IntercomSettings.model_validate(settings), quiet_context(HandClock()))


class TestIntercom(ContractSuite):
    """One app."""

    @pytest.fixture
    def bench(self) -> Bench:
        sample = WebhookSample(
            body=json.dumps(NOTICE, ensure_ascii=False).encode(), sign=sign, secret=SECRET, wrong_secret="other", header="x-hub-signature"
        )
        clock = HandClock()
        make = lambda: connector(client_secrets=["an-older-secret", SECRET])  # noqa: E731 - a factory of one line
        return Bench(manifest=MANIFEST, make=make, advance=clock.advance, secrets=[SECRET], webhook=sample)


class World:
    """The stand-in with a subscription, and a connector that takes its notifications."""

    def __init__(self) -> None:
        self.stand_in, self.now = IntercomStandIn(), START
        self.connector = connector(client_secrets=[CLIENT_SECRET], workspaces=[WORKSPACE])
        self.control("subscribe", url="http://127.0.0.1:9/hooks/intercom")

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial."""
        return self.stand_in.control(verb, arguments, self.now)

    def create(self, **fields: Any) -> str:
        """Make one contact; its id."""
        (made,) = self.control("submit_many", **fields)["ids"]
        return str(made)

    def deliver(self, decide: Callable[[], Outcome] = lambda: Outcome.STORED) -> list[Event]:
        """Let what is due arrive."""
        told: list[Event] = []
        for push in self.stand_in.pushes(self.now):
            assert push.method in (MANIFEST.webhook.methods if MANIFEST.webhook else [])
            request = InboundRequest(push.method, push.url, push.headers, push.body, self.now)
            self.connector.verify(request)
            told += self.connector.parse(request)
            self.stand_in.pushed(push, self.connector.answer(request, decide()).status, self.now)
        return told

    def statuses(self) -> list[list[Any]]:
        """The topics that were sent, and how they were answered."""
        return [list(each) for each in self.control("hook")["statuses"]]


@pytest.fixture
def world() -> World:
    made = World()
    assert made.deliver() == []
    assert made.deliver() == []
    return made


def test_the_address_is_taken_after_head_and_a_ping_is_no_news(world: World) -> None:
    assert world.control("hook")["state"] == "live"
    assert world.statuses() == [["head", 200], ["ping", 200]]


def test_a_lead_that_was_made_is_told_with_all_its_fields(world: World) -> None:
    made = world.create(utm_source="news")
    (event,) = world.deliver()
    assert event.change is not None and event.change.id == made
    assert [event.change.fields[name] for name in ("role", "utm_source", "tags")] == ["lead", "news", []]
    assert event.change.changed_at == START


def test_a_notification_that_comes_again_is_the_same_event_though_its_body_differs(world: World) -> None:
    world.create()
    first = world.deliver(lambda: Outcome.UNAVAILABLE)
    assert world.deliver() == []
    world.now += AGAIN
    again = world.deliver()
    assert [event.id for event in again] == [event.id for event in first]
    assert [status for topic, status in world.statuses() if topic == "contact.lead.created"] == [503, 200]


def test_two_changes_within_one_second_are_two_events(world: World) -> None:
    made = world.create()
    world.control("update", id=made, phone="+12025550123")
    assert len({event.id for event in world.deliver()}) == 2


def test_a_deletion_is_told_by_its_id(world: World) -> None:
    made = world.create()
    world.deliver()
    world.control("delete", id=made)
    (event,) = world.deliver()
    assert event.change is not None
    assert (event.change.kind, event.change.id, event.change.fields) == (ChangeKind.DELETED, made, {})


def test_a_merge_tells_which_contact_is_gone_and_which_is_left(world: World) -> None:
    lead, user = world.create(), world.create(role="user")
    world.deliver()
    world.control("merge", **{"from": lead, "into": user})
    gone, left = (event.change for event in world.deliver())
    assert gone is not None and gone.successor is not None and left is not None
    assert (gone.kind, gone.id, gone.successor.id) == (ChangeKind.MERGED, lead, user)
    assert (left.kind, left.id, "merged_from" in left.fields) == (ChangeKind.UPSERTED, user, False)


def test_a_conversation_names_its_person_and_not_what_was_written(world: World) -> None:
    made = world.create()
    world.control("converse", id=made)
    event = world.deliver()[-1]
    assert event.change is not None and event.change.object == "conversation"
    person = {"id": made, "type": "lead", "name": "Ada Byron", "email": "person1@example.com"}
    assert (event.change.fields["contact_id"], event.change.fields["person"]) == (made, person)
    assert "Prices" not in str(event.change.fields)
