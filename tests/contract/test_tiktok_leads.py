"""The TikTok lead generation connector passes the contract suite, over loopback HTTP, and takes what the stand-in pushes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connectors.tiktok_leads.connector import TikTokLeads
from connectors.tiktok_leads.settings import TikTokLeadsSettings
from core.contract import AuthFailed, ConfigInvalid, ConnectorError, InboundRequest, Outcome, SignatureInvalid, Unavailable, load_manifest
from core.contract.testing import Bench, ContractSuite, FaultKind, WebhookSample
from sandbox.shell import Served
from sandbox.tiktok import TikTokStandIn
from sandbox.tiktok.stand_in import ACCESS_TOKEN, ADVERTISER, APP_ID, APP_SECRET, FORM, RETRY_MINUTES
from sandbox.wire import Request
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import HandClock, make_context
from tests.support.memory_bench import quiet_context
from tests.support.sandbox import START, serving

FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "tiktok_leads"
MANIFEST = load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8")))
ENTRY = {"id": 7012345678901234567, "page_id": 7300000000000000001, "create_time": 1772442000}
LEAD = {"object": 1, "time": 1772442000, "entry": [{**ENTRY, "changes": [{"field": "name", "value": "Zoë"}]}]}
BODY = json.dumps(LEAD, ensure_ascii=False).encode()
CALLBACK = "http://127.0.0.1:9/hooks/tiktok"


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as TikTok does, over the escaped text."""
    text = "".join(f"\\u{ord(each):04x}" if ord(each) > 127 else each for each in body.decode())
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-open-signature": digest}
    return InboundRequest("POST", "https://leads.example.com/hooks/tiktok", headers, body, at)


def connector(**settings: object) -> TikTokLeads:
    return TikTokLeads(TikTokLeadsSettings.model_validate(settings), quiet_context(HandClock()))


class TestTikTok(ContractSuite):
    """The app's secret signs, and the subscription is watched."""

    @pytest.fixture
    def served(self) -> Iterator[Served]:
        with serving(TikTokStandIn()) as served:
            served.stand_in.control("subscribe", {"callback_url": CALLBACK}, START)
            yield served

    @pytest.fixture
    def clock(self, served: Served) -> JointClock:
        return JointClock(served.clock)

    @pytest.fixture
    def make(self, served: Served, clock: JointClock) -> Iterator[Callable[..., TikTokLeads]]:
        with ExitStack() as stack:

            def connect(**changes: object) -> TikTokLeads:
                opened = make_context(served.url, manifest=MANIFEST, clock=clock)
                stack.callback(opened.close)
                watch = {"app_id": APP_ID, "access_token": ACCESS_TOKEN, "callback_url": CALLBACK, **changes}
                given = {"app_secrets": [APP_SECRET, "an-older-secret"], "watch": watch, "base_url": served.url}
                return TikTokLeads(TikTokLeadsSettings.model_validate(given), opened.context)

            yield connect

    @pytest.fixture
    def bench(self, served: Served, clock: JointClock, make: Callable[..., TikTokLeads]) -> Bench:
        words = {FaultKind.UNAUTHORIZED: answer(200, {"code": 40105}), FaultKind.FORBIDDEN: answer(200, {"code": 40001})}
        words[FaultKind.RATE_LIMITED] = answer(200, {"code": 40100})
        return Bench(
            manifest=MANIFEST,
            make=make,
            make_unauthorized=lambda: make(access_token="wrong-token"),
            faults=SandboxFaults(served, words=words),
            advance=clock.advance,
            secrets=[APP_SECRET, ACCESS_TOKEN, "wrong-token"],
            webhook=WebhookSample(body=BODY, sign=sign, secret=APP_SECRET, header="x-open-signature"),
        )

    def test_a_subscription_that_was_ended_is_missed_by_the_check(self, served: Served, make: Callable[..., TikTokLeads]) -> None:
        assert make().check().notes == ()
        with pytest.raises(ConfigInvalid) as caught:
            make(callback_url=f"{CALLBACK}/other").check()
        assert caught.value.setting == "watch.callback_url"
        served.stand_in.control("revoke", {}, START)
        with pytest.raises(AuthFailed):
            make().check()

    def test_a_subscription_on_a_later_page_is_found(self, served: Served, make: Callable[..., TikTokLeads]) -> None:
        first = {"subscriptions": [{"callback_url": f"{CALLBACK}/other"}, 5], "page_info": {"page": 1, "total_page": 2}}
        served.faults.add({"match": "/get/$", "times": 1, **answer(200, {"code": 20001, "data": first})})
        assert "subscribed" in make().check().account

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ({"code": 40002}, ConfigInvalid),
            ({"code": 50000}, Unavailable),
            ({"code": True}, Unavailable),
            ({}, Unavailable),
            ([], Unavailable),
            ({"code": 0, "data": []}, ConfigInvalid),
            ({"code": 0, "data": {"subscriptions": {}, "page_info": []}}, ConfigInvalid),
        ],
    )
    def test_a_verdict_in_the_body_counts_more_than_its_status(
        self, body: object, kind: type[ConnectorError], served: Served, make: Callable[..., TikTokLeads]
    ) -> None:
        served.faults.add({"match": "/get/$", "times": -1, **answer(200, body)})
        with pytest.raises(kind):
            make().check()


class World:
    """The stand-in, subscribed through its own API, and a connector that takes its pushes."""

    def __init__(self) -> None:
        self.stand_in, self.now = TikTokStandIn(), START
        self.connector = connector(app_secrets=[APP_SECRET])

    def call(self, method: str, path: str, wish: object) -> Any:
        """Call the API; the content of its answer."""
        answer = self.stand_in.handle(Request(method, f"/open_api/v1.3/subscription/{path}/", "", {}, json.dumps(wish).encode()), self.now)
        assert answer.status == 200
        return json.loads(answer.body)

    def subscribe(self, token: str = ACCESS_TOKEN) -> Any:
        """Subscribe as the README tells."""
        detail = {"access_token": token, "lead_source": "INSTANT_FORM", "advertiser_id": ADVERTISER, "page_id": FORM}
        wish = {"app_id": APP_ID, "secret": APP_SECRET, "subscribe_entity": "LEAD", "callback_url": CALLBACK}
        return self.call("POST", "subscribe", {**wish, "subscription_detail": detail})

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial."""
        return self.stand_in.control(verb, arguments, self.now)

    def deliver(self, decide: Callable[[InboundRequest], Outcome] = lambda _: Outcome.STORED) -> list[str]:
        """Let what is due arrive; the ids of the events."""
        told: list[str] = []
        for push in self.stand_in.pushes(self.now):
            request = InboundRequest(push.method, push.url, push.headers, push.body, self.now)
            self.connector.verify(request)
            told += [event.id for event in self.connector.parse(request)]
            self.stand_in.pushed(push, self.connector.answer(request, decide(request)).status, self.now)
        return told


@pytest.fixture
def world() -> World:
    made = World()
    assert made.subscribe()["code"] == 0
    return made


def test_a_lead_with_letters_beyond_ascii_is_taken_and_its_id_keeps_all_digits(world: World) -> None:
    (made,) = world.control("submit_many")["ids"]
    assert world.deliver() == [f"lead:{made}"]
    assert len(made) == 19


def test_a_lead_that_is_pushed_twice_is_one_and_a_notice_is_none(world: World) -> None:
    world.control("submit_many", duplicates=1)
    world.control("review")
    assert len(set(world.deliver())) == 1


def test_what_cannot_be_stored_comes_again_and_is_the_same_event(world: World) -> None:
    world.control("submit_many")
    told = world.deliver(lambda _: Outcome.UNAVAILABLE)
    for minutes in RETRY_MINUTES[:1]:
        world.now += timedelta(minutes=minutes)
    assert world.deliver() == told
    assert world.control("leads")["statuses"] == [503, 200]


def test_a_revoked_token_ends_the_pushes_without_a_word(world: World) -> None:
    world.control("revoke")
    world.control("submit_many")
    assert world.deliver() == []
    assert world.subscribe()["code"] != 0


def test_a_push_of_another_app_is_refused(world: World) -> None:
    world.connector = connector(app_secrets=["another-secret"])
    world.control("submit_many")
    with pytest.raises(SignatureInvalid):
        world.deliver()
