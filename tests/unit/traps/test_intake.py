"""What webhook receivers fall into: bodies without end, signatures over re-written bytes, answers before the disk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import text

from core.runtime.installation import Installation
from core.runtime.service import Service
from core.store.store import Store
from core.store.writer import GroupWriter
from core.web.app import build_app
from tests.support.asgi import Reply, ask
from tests.support.http import HandClock

TOKEN = "form-token-9c41d7e2"
HOOK_SECRET = "hubspot-hook-5d21"
META_SECRET = "meta-app-secret-7c"
PUBLIC = "https://leads.example.com"
LIMIT = 2_048
TARGET = "/hooks/hs?one=two%20words&three=a%2Fb"
JSON = {"content-type": b"application/json"}
EVENT = {"eventId": 1, "subscriptionId": 11, "portalId": 424242, "occurredAt": 1772442000123, "objectId": 101}


@dataclass
class Door:
    """The web application on an installation whose engine is not running."""

    app: Any
    store: Store
    writer: GroupWriter
    clock: HandClock
    service: Any

    def form(self, body: bytes, **headers: bytes) -> Reply:
        return ask(self.app, "POST", f"/hooks/web/{TOKEN}", [body], {**JSON, **headers})

    def hubspot(self, body: bytes, signed: bytes | None = None, **headers: bytes) -> Reply:
        """A delivery that reaches us behind a proxy, signed over the public address."""
        stamp = str(int(self.clock.now().timestamp() * 1000)).encode()
        # HubSpot signs the address with some characters decoded, the slash among them and the blank not.
        text_ = b"POST" + f"{PUBLIC}{TARGET}".replace("%2F", "/").encode() + (signed or body) + stamp
        digest = base64.b64encode(hmac.new(HOOK_SECRET.encode(), text_, hashlib.sha256).digest())
        own = {"host": b"10.0.0.5:8080", "x-hubspot-signature-v3": digest, "x-hubspot-request-timestamp": stamp}
        return ask(self.app, "POST", TARGET, [body], {**JSON, **own, **headers})

    def stored(self) -> int:
        with self.store.snapshot() as snapshot:
            return int(snapshot.connection.execute(text("SELECT count(*) FROM inbox")).scalar() or 0)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    meta = {"page_id": "11", "page_access_token": "page-token", "app_secrets": [META_SECRET], "verify_token": "verify-token-0123456"}
    connections = {
        "web": {"connector": "web_form", "settings": {"token": TOKEN}},
        "hs": {"connector": "hubspot", "settings": {"access_token": "t", "client_secrets": [HOOK_SECRET]}},
        "meta": {"connector": "meta_lead_ads", "settings": meta},
    }
    config = {"allow_clear_secrets": True, "server": {"public_url": PUBLIC, "max_body_bytes": LIMIT}, "connections": connections}
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config), "utf-8")
    clock = HandClock()
    installation = Installation(Installation.load(path, {}).config, clock)
    writer = installation.open_writer()
    store = installation.store(writer)
    opened = installation.connections(store)
    service = SimpleNamespace(installation=installation, store=store, writer=writer, connections=opened, wake=lambda: None)
    try:
        yield Door(build_app(cast(Service, service)), store, writer, clock, service)
    finally:
        opened.close()
        store.close()
        writer.close()


def test_a_body_that_announces_too_much_is_refused_unread(door: Door) -> None:
    reply = ask(door.app, "POST", f"/hooks/web/{TOKEN}", [b"x" * LIMIT, b"x"], {**JSON, "content-length": str(LIMIT + 1).encode()})
    assert (reply.status, reply.taken, door.stored()) == (413, 0, 0)


def test_a_body_that_announces_nothing_is_read_up_to_the_limit_only(door: Door) -> None:
    parts = [b"x" * 1_000] * 50
    reply = ask(door.app, "POST", f"/hooks/web/{TOKEN}", parts, JSON)
    assert (reply.status, reply.taken, door.stored()) == (413, 3, 0)


def test_a_signature_covers_the_bytes_as_they_came_and_the_public_address(door: Door) -> None:
    body = json.dumps([EVENT | {"subscriptionType": "contact.creation"}], indent=3).replace("contact", "\\u0063ontact").encode()
    assert door.hubspot(body).status == 200
    assert door.stored() == 1
    assert door.hubspot(json.dumps(json.loads(body)).encode(), signed=body).status == 401


@pytest.mark.parametrize("signature", ["Zoë".encode(), b"\xff\xfe", b"", b"=" * 5_000])
@pytest.mark.parametrize(
    ("target", "header"),
    [("/hooks/hs", "x-hubspot-signature-v3"), ("/hooks/meta", "x-hub-signature-256"), ("/hooks/hs", "x-hubspot-request-timestamp")],
)
def test_a_broken_signature_is_answered_401_and_with_nothing_that_ends_a_subscription(
    door: Door, target: str, header: str, signature: bytes
) -> None:
    reply = ask(door.app, "POST", target, [b"[]"], {**JSON, header: signature})
    assert (reply.status, door.stored()) == (401, 0)


def test_what_could_not_be_stored_is_not_acknowledged(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Any) -> Future[None]:
        failed: Future[None] = Future()
        failed.set_exception(OSError("no space left on device"))
        return failed

    monkeypatch.setattr(door.service, "writer", SimpleNamespace(submit=full))
    assert door.form(b'{"email": "ada@example.com"}').status == 503


def test_the_same_delivery_twice_is_one_submission(door: Door) -> None:
    first, second = (door.form(b'{"email": "ada@example.com"}', **{"webhook-id": b"msg_1"}) for _ in range(2))
    assert (first.status, second.status, door.stored()) == (200, 200, 1)


def test_a_form_is_answered_with_200_and_a_body_because_form_plugins_take_204_for_a_failure(door: Door) -> None:
    reply = door.form(b'{"email": "ada@example.com"}')
    assert reply.status == 200 and reply.body


def test_an_address_that_a_caller_claims_is_not_believed(door: Door) -> None:
    assert ask(door.app, "GET", "/api/status", client="203.0.113.9").status == 403
    assert ask(door.app, "GET", "/api/status", headers={"x-forwarded-for": b"127.0.0.1"}, client="203.0.113.9").status == 403


def test_no_part_of_a_delivery_stands_in_the_database_file_in_clear(door: Door, tmp_path: Path) -> None:
    assert door.form(b'{"email": "canary-7731@example.com", "note": "canary-note-5512"}').status == 200
    files = [path.read_bytes() for path in tmp_path.rglob("*.db*")]
    assert files and not any(b"canary-" in content for content in files)


def test_a_slash_at_the_end_of_an_address_leads_to_the_same_door(door: Door) -> None:
    reply = ask(door.app, "POST", f"/hooks/web/{TOKEN}/", [b'{"email": "ada@example.com"}'], JSON)
    assert (reply.status, door.stored()) == (200, 1)


@pytest.mark.parametrize("path", [f"/hooks/web/{TOKEN}/x", "/hooks/hs/x/y", "/hooks/", "/hooks//", "/hooks", f"/hooksweb/{TOKEN}"])
def test_there_is_no_door_at_an_address_of_another_shape(door: Door, path: str) -> None:
    assert (ask(door.app, "POST", path, [b'{"email": "ada@example.com"}'], JSON).status, door.stored()) == (404, 0)


def test_a_method_that_no_platform_uses_is_told_which_ones_it_does(door: Door) -> None:
    assert ask(door.app, "PUT", f"/hooks/web/{TOKEN}", [b"{}"], JSON).status == 405
