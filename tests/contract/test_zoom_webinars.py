"""The Zoom connector passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from connectors.zoom_webinars.connector import ZoomWebinars
from connectors.zoom_webinars.settings import ZoomSettings
from core.contract import ConfigInvalid, Cursor, InboundRequest, Manifest, ObjectName, Outcome, PermissionMissing, Token, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample, WebhookSample
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.shell import Served
from sandbox.zoom import ZoomStandIn
from sandbox.zoom.hooks import SECRET_TOKEN
from sandbox.zoom.stand_in import ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, WEBINAR_ID
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import Answer, Seen, make_context, serve
from tests.support.sandbox import serving

REGISTRATION, ATTENDANCE = ObjectName("registration"), ObjectName("attendance")
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "zoom_webinars"
PUSH = {
    "event": "webinar.registration_created",
    "event_ts": 1772443798123,
    "payload": {
        "account_id": ACCOUNT_ID,
        "object": {
            **{"id": WEBINAR_ID, "uuid": "u", "topic": "Saving time", "start_time": "2026-03-12T16:00:00Z"},
            "registrant": {"id": "r-zoe", "first_name": "Zoë", "email": "zoe@example.com", "status": "approved"},
        },
    },
}
_ROW = {"id": "same", "email": "same@example.com", "status": "approved", "create_time": "2026-03-02T08:00:00Z"}
WORDS = {
    FaultKind.UNAUTHORIZED: answer(401, {"code": 124, "message": "Invalid access token."}),
    FaultKind.FORBIDDEN: answer(
        400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[webinar:read:list_webinars]."}
    ),
    FaultKind.RATE_LIMITED: answer(429, {"code": 429, "message": "You have reached the maximum per-second rate limit for this API."}),
    FaultKind.SAME_PAGE: {**answer(200, {"next_page_token": "same", "registrants": [_ROW]}), "match": "^GET .*/registrants$"},
}


def zoom_manifest() -> Manifest:
    """The shipped manifest."""
    return load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8")))


@dataclass
class Account:
    """An account on the stand-in, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, **changes: Any) -> ZoomWebinars:
        """A fresh connector with a context of its own."""
        given = {
            **{"account_id": ACCOUNT_ID, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "secrets": ["older", SECRET_TOKEN]},
            **{"base_url": self.served.url, "login_url": self.served.url},
        }
        opened = make_context(self.served.url, manifest=zoom_manifest(), clock=self.clock)
        self.opened.append(opened)
        connector = ZoomWebinars(ZoomSettings.model_validate({**given, **changes}), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        """Let invented people register."""
        made: list[str] = self.control("register", count=count)["ids"]
        return made

    def change(self, object_name: str, native_id: str) -> None:
        """Deny a registration."""
        self.control("status", id=native_id, status="denied")

    def delete(self, object_name: str, native_id: str) -> None:
        """Never called: reads tell no deletions."""
        raise NotImplementedError

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        """All registrations."""
        found: dict[str, dict[str, JsonValue]] = self.control("registrations")
        return found


@contextmanager
def zoom_account() -> Iterator[Account]:
    """Serve an account until the block ends."""
    dial = DialClock()
    clock = JointClock(dial)
    with serving(ZoomStandIn(), dial) as served:
        account = Account(served, clock)
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Zoom does."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), f"v0:{seconds}:".encode() + body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-zm-request-timestamp": seconds, "x-zm-signature": f"v0={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/zoom", headers, body, at)


def ids(connector: ZoomWebinars, since: Any = None) -> list[str]:
    return [change.id for page in connector.read(REGISTRATION, since) for change in page.changes]


class TestZoomWebinars(ContractSuite):
    """One account with one webinar."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with zoom_account() as account:
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        return Bench(
            manifest=zoom_manifest(),
            make=account.connector,
            advance=account.clock.advance,
            secrets=[CLIENT_SECRET, SECRET_TOKEN, "wrong-secret"],
            make_unauthorized=lambda: account.connector(client_secret="wrong-secret"),
            faults=SandboxFaults(account.served, words=WORDS, data="^GET /v2/"),
            remote=account,
            reading=ReadSample(object=REGISTRATION, several_pages=700),
            webhook=WebhookSample(
                body=json.dumps(PUSH, ensure_ascii=False).encode(),
                sign=sign,
                secret=SECRET_TOKEN,
                header="x-zm-signature",
                tolerance_seconds=300,
            ),
        )

    def test_one_person_at_two_webinars_is_two_registrations(self, account: Account) -> None:
        account.control("webinar", id="82000000002", topic="Another")
        for webinar in (WEBINAR_ID, "82000000002"):
            account.control("register", webinar=webinar, id="r-ada", email="ada@example.com")
        assert ids(account.connector()) == [f"{WEBINAR_ID}/r-ada", "82000000002/r-ada"]

    def test_a_polled_registration_is_told_with_its_webinar_and_without_its_link(self, account: Account) -> None:
        account.seed(REGISTRATION, 1)
        (change,) = [change for page in account.connector().read(REGISTRATION, None) for change in page.changes]
        assert change.fields["email"] == "person1@example.com"
        assert change.fields["titles"] == {"May we write to you?": "Yes"}
        assert change.fields["webinar"] == {"id": WEBINAR_ID, "topic": "Saving time", "start_time": "2026-03-12T16:00:00Z"}
        assert "join_url" not in change.fields
        (kept,) = [change for page in account.connector(keep_join_urls=True).read(REGISTRATION, None) for change in page.changes]
        assert str(kept.fields["join_url"]).endswith("tk=personal")

    def test_a_page_token_that_grew_too_old_begins_its_list_anew(self, account: Account) -> None:
        seeded = account.seed(REGISTRATION, 700)
        first = next(iter(account.connector().read(REGISTRATION, None)))
        account.clock.advance(16 * 60)
        assert set(ids(account.connector(), first.resume)) == set(seeded)

    def test_old_webinars_are_left_out_unless_they_are_named(self, account: Account) -> None:
        account.control("webinar", id="70000000001", start_time="2025-01-01T10:00:00Z")
        (old,) = account.control("register", webinar="70000000001")["ids"]
        assert ids(account.connector()) == []
        assert ids(account.connector(users=[], webinars=["70000000001"])) == [old]

    def test_who_came_and_who_did_not_is_told_once_a_person(self, account: Account) -> None:
        account.control("register", email="ada@example.com")
        account.control("register", email="bob@example.org")
        joined = [{"name": "Ada", "user_email": "Ada@example.com", "registrant_id": "r1", "duration": 600}] * 2
        account.control("hold", participants=[*joined, {"name": "A caller", "user_email": "", "duration": 60}])
        account.clock.advance(11 * 86_400)
        changes = [change for page in account.connector().read(ATTENDANCE, None) for change in page.changes]
        told = {str(change.fields["email"]).lower(): (change.fields["attended"], change.fields["minutes"]) for change in changes}
        assert told["ada@example.com"] == (True, 20)
        assert told["bob@example.org"] == (False, 0)
        assert not [change for change in changes if "@" in change.id]

    def test_attendance_goes_on_from_any_page(self, account: Account) -> None:
        account.control("hold", participants=[{"user_email": f"p{n}@example.com", "duration": 60} for n in range(700)])
        account.control("webinar", id="82000000002")
        account.control("hold", webinar="82000000002", participants=[{"user_email": "ada@example.com", "duration": 60}])
        pages = list(account.connector().read(ATTENDANCE, None))
        told = [[change.id for change in page.changes] for page in pages]
        assert [len(page) for page in told] == [300, 300, 100, 1, 0]
        for at, page in enumerate(pages[:-1]):
            rest = [change.id for later in account.connector().read(ATTENDANCE, page.resume) for change in later.changes]
            assert rest == [native_id for later in told[at + 1 :] for native_id in later]

    def test_a_webinar_that_nobody_held_has_no_attendance(self, account: Account) -> None:
        account.seed(REGISTRATION, 1)
        assert [change for page in account.connector().read(ATTENDANCE, None) for change in page.changes] == []

    def test_a_uuid_with_slashes_is_encoded_twice_and_another_once(self, account: Account) -> None:
        account.control("webinar", id="82000000002", uuid="a/b==")
        account.control("hold")
        account.control("hold", webinar="82000000002")
        list(account.connector(past_days=365).read(ATTENDANCE, None))
        paths = [entry.path for entry in account.served.journal.entries() if entry.path.startswith("/v2/report")]
        assert paths == [
            "/v2/report/webinars/%252Fsbx%252F%252Fuuid%253D%253D/participants",
            "/v2/report/webinars/a%2Fb%3D%3D/participants",
        ]

    def test_an_unknown_webinar_object_or_cursor_is_a_wrong_setting(self, account: Account) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            ids(account.connector(webinars=["99999999999"]))
        assert caught.value.setting == "webinars"
        with pytest.raises(ConfigInvalid):
            ids(account.connector(), Cursor("not a cursor"))
        with pytest.raises(ConfigInvalid):
            list(account.connector().read(ObjectName("poll"), None))

    def test_a_missing_scope_is_named_in_zooms_words(self, account: Account, bench: Bench) -> None:
        assert bench.faults is not None
        bench.faults.set(FaultKind.FORBIDDEN)
        with pytest.raises(PermissionMissing) as caught:
            account.connector().check()
        assert caught.value.scope == "webinar:read:list_webinars"

    def test_the_stand_ins_handshake_and_pushes_are_answered_and_a_failed_push_comes_again(self, account: Account) -> None:
        connector, parsed = account.connector(), list[str]()

        def door(seen: Seen) -> Answer:
            request = InboundRequest("POST", "https://leads.example.com/hooks/zoom", seen.headers, seen.body, account.clock.now())
            connector.verify(request)
            events = connector.parse(request)
            outcome = Outcome.UNAVAILABLE if events and not parsed else Outcome.STORED
            parsed.extend(event.id for event in events)
            reply = connector.answer(request, outcome)
            return Answer(reply.status, reply.body, reply.headers)

        with serve(door) as ours:
            account.control("subscribe", url=ours.url + "/hooks/zoom")
            account.served.pump()
            assert account.control("hook")["state"] == "validated"
            (native_id,) = account.seed(REGISTRATION, 1)
            account.served.pump()
            account.clock.advance(5 * 60)
            account.served.pump()
        assert account.control("hook")["statuses"] == [200, 503, 200]
        assert len(parsed) == 2 and len(set(parsed)) == 1 and parsed[0].startswith(f"registration:{native_id}:")


def test_tokens_last_an_hour_and_are_fetched_with_the_apps_own_name() -> None:
    with zoom_account() as account:
        connector = account.connector()
        connector.check()
        account.clock.advance(3_600)
        connector.check()
        logins = [entry for entry in account.served.journal.entries() if entry.path == "/oauth/token"]
        assert len(logins) == 2
        assert isinstance(connector.token(None, account.opened[-1].context.http), Token)
