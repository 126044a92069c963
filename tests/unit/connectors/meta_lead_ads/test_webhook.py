"""The Meta page webhook: handshake, signature, the leads of a push, and the answers."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.meta_lead_ads.connector import MetaLeadAds
from connectors.meta_lead_ads.settings import MetaLeadAdsSettings
from core.contract import Context, InboundRequest, Invalid, Outcome, ReceivesWebhooks, Ref, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
URL = "https://leads.example.com/hooks/meta"
HANDSHAKE = f"{URL}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a-word-of-ours-16"


class NoWorld:
    """Fails on any use, because the webhook role may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def meta(**changes: Any) -> MetaLeadAds:
    settings = {
        "page_id": 11,
        "page_access_token": "page-token",
        "app_secrets": ["old-secret", "new-secret"],
        "verify_token": "a-word-of-ours-16",
    }
    world = NoWorld()
    return MetaLeadAds(MetaLeadAdsSettings.model_validate({**settings, **changes}), Context(http=world, clock=world, sdk=world))


def lead(leadgen_id: object = "22", **more: object) -> dict[str, object]:
    value = {"leadgen_id": leadgen_id, "page_id": "11", "form_id": "33", "created_time": 1_790_000_000, **more}
    return {"field": "leadgen", "value": value}


def push(*entries: list[dict[str, object]], secret: str = "new-secret") -> InboundRequest:
    document = {"object": "page", "entry": [{"id": "11", "time": 1_790_000_001, "changes": changes} for changes in entries]}
    return raw(json.dumps(document).encode(), secret=secret)


def raw(body: bytes, *, secret: str = "new-secret") -> InboundRequest:
    digest = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    return InboundRequest("POST", URL, {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}, body, NOW)


def handshake(url: str = HANDSHAKE) -> InboundRequest:
    return InboundRequest("GET", url, {}, b"", NOW)


def test_the_role_is_played() -> None:
    assert isinstance(meta(), ReceivesWebhooks)


def test_the_handshake_echoes_the_challenge_as_text() -> None:
    connector = meta()
    connector.verify(handshake())
    assert connector.parse(handshake()) == ()
    reply = connector.answer(handshake(), Outcome.STORED)
    assert (reply.status, reply.body) == (200, b"1158201444")
    assert reply.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "url",
    [
        URL,
        HANDSHAKE.replace("a-word-of-ours-16", "a-word-of-ours-17"),
        HANDSHAKE.replace("a-word-of-ours-16", ""),
        HANDSHAKE.replace("a-word-of-ours-16", "%C3%A9%FF"),
        HANDSHAKE.replace("subscribe", "unsubscribe"),
        HANDSHAKE + "&x=1" * 50,
        "https://[broken/?hub.mode=subscribe",
    ],
)
def test_a_handshake_without_our_word_is_refused(url: str) -> None:
    with pytest.raises(SignatureInvalid):
        meta().verify(handshake(url))


@pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
def test_a_push_signed_with_either_secret_passes(secret: str) -> None:
    meta().verify(push([lead()], secret=secret))


def test_a_push_that_is_not_signed_by_the_app_is_refused() -> None:
    genuine = push([lead()])
    flipped = bytes([genuine.body[0] ^ 1]) + genuine.body[1:]
    for request in [
        push([lead()], secret="another"),
        replace(genuine, headers={}),
        replace(genuine, body=flipped),
        replace(genuine, method="POST", headers={"x-hub-signature": genuine.headers["x-hub-signature-256"]}),
    ]:
        with pytest.raises(SignatureInvalid):
            meta().verify(request)


def test_every_lead_of_every_entry_is_named_once_and_other_fields_are_passed_over() -> None:
    request = push([lead("22"), {"field": "feed", "value": {"item": "post"}}, lead(23)], [lead("22"), lead("24")])
    events = meta().parse(request)
    assert [event.id for event in events] == ["leadgen:22", "leadgen:23", "leadgen:24"]
    assert events[0].ref == Ref("leadgen", "22")  # type: ignore[arg-type] # plain text stands for the new types here
    assert events[0].change is None


def test_a_repeated_push_gives_the_same_ids() -> None:
    assert meta().parse(push([lead("22")])) == meta().parse(push([lead("22", ad_id="9")]))


def test_a_push_without_leads_holds_nothing() -> None:
    assert meta().parse(push([{"field": "feed", "value": {}}])) == []
    assert meta().parse(raw(b'{"object":"instagram"}')) == []


def test_one_unusable_change_does_not_cost_the_others() -> None:
    odd: list[dict[str, object]] = [{"field": "leadgen"}, {"field": "leadgen", "value": 5}, lead(None), lead(True), lead("")]
    assert [event.id for event in meta().parse(push([*odd, lead("22")]))] == ["leadgen:22"]
    with pytest.raises(Invalid):
        meta().parse(push(odd))


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'"text"', b"[" * 100_000, b"\xff\xfe", b'{"a":' + b"9" * 5000 + b"}"])
def test_a_body_that_is_no_json_object_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        meta().parse(raw(body))


@pytest.mark.parametrize("body", [b'{"entry":5}', b'{"entry":[5,{"changes":6},{"changes":[7]}]}'])
def test_odd_shapes_hold_nothing(body: bytes) -> None:
    assert meta().parse(raw(body)) == []


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.STORED, 200), (Outcome.REFUSED, 401), (Outcome.INVALID, 200), (Outcome.UNAVAILABLE, 503)]
)
def test_only_what_a_repetition_can_help_is_asked_for_again(outcome: Outcome, status: int) -> None:
    assert meta().answer(push([lead()]), outcome).status == status


@pytest.mark.parametrize(
    "changes",
    [{"app_secrets": []}, {"app_secrets": [""]}, {"verify_token": "short"}, {"page_id": "../me"}, {"base_url": "https://example.com/path"}],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        meta(**changes)
