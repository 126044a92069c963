"""LinkedIn's webhook: the challenge, both forms of the signature, responses sent and deleted, and hostile bodies."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.linkedin_lead_gen.connector import LinkedInLeadGen
from connectors.linkedin_lead_gen.settings import LinkedInSettings
from core.contract import ChangeKind, Context, InboundRequest, Invalid, Outcome, SignatureInvalid

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
SECRET = "topsecret"
URN = "urn:li:leadGenFormResponse:9-1"


def linkedin() -> LinkedInLeadGen:
    nothing: Any = object()
    settings = {"owner": "urn:li:sponsoredAccount:3", "client_secrets": [SECRET, "older-secret"], "access_token": "t"}
    return LinkedInLeadGen(LinkedInSettings.model_validate(settings), Context(http=nothing, clock=nothing, sdk=nothing))


def push(document: object, prefix: str = "", secret: str = SECRET) -> InboundRequest:
    body = json.dumps(document).encode()
    digest = hmac.digest(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hex()
    return InboundRequest("POST", "https://leads.example.com/hooks/l", {"x-li-signature": prefix + digest}, body, NOW)


def challenge(query: str) -> InboundRequest:
    return InboundRequest("GET", f"https://leads.example.com/hooks/l?{query}", {}, b"", NOW)


def test_a_challenge_is_answered_with_its_digest() -> None:
    code = "11111111-2222-4333-8444-555555555555"
    request = challenge(f"challengeCode={code}&applicationId=7")
    linkedin().verify(request)
    assert list(linkedin().parse(request)) == []
    reply = linkedin().answer(request, Outcome.STORED)
    digest = "74a97f6fd6e08c1a5cce514a84e0cdd7f53bc73bb03ab421c3db141cc5bcc886"
    assert json.loads(reply.body) == {"challengeCode": code, "challengeResponse": digest}


@pytest.mark.parametrize("query", ["", "challengeCode=", "challengeCode=hmacsha256%3D%7B%22type%22%3A%22LEAD_ACTION%22%7D"])
def test_no_text_but_a_uuid_is_signed_as_a_challenge(query: str) -> None:
    with pytest.raises(SignatureInvalid):
        linkedin().verify(challenge(query))


@pytest.mark.parametrize("prefix", ["", "hmacsha256="])
@pytest.mark.parametrize("secret", [SECRET, "older-secret"])
def test_a_signature_is_taken_with_and_without_its_prefix(prefix: str, secret: str) -> None:
    linkedin().verify(push({}, prefix, secret))
    with pytest.raises(SignatureInvalid):
        linkedin().verify(push({}, prefix, "stranger-secret"))


def test_a_deletion_is_told_as_one() -> None:
    told = {"type": "LEAD_ACTION", "leadGenFormResponse": URN, "occurredAt": 1790000000000}
    (created,) = linkedin().parse(push({**told, "leadAction": "CREATED"}))
    (deleted,) = linkedin().parse(push({**told, "leadAction": "DELETED"}))
    assert created.ref is not None and (created.id, created.ref.id) == ("leadFormResponse:9-1", "9-1")
    assert deleted.change is not None and (deleted.change.kind, deleted.change.id) == (ChangeKind.DELETED, "9-1")
    assert deleted.id != created.id


@pytest.mark.parametrize("value", [None, [], {}, 1, 10**400, True, "\ud800", "", "x" * 9000, "urn:li:leadGenFormResponse:../x"])
@pytest.mark.parametrize("key", ["type", "leadAction", "leadGenFormResponse", "occurredAt"])
def test_hostile_values_are_invalid_and_nothing_worse(key: str, value: object) -> None:
    good = {"type": "LEAD_ACTION", "leadAction": "DELETED", "leadGenFormResponse": URN, "occurredAt": 1790000000000}
    with contextlib.suppress(Invalid):
        assert len(linkedin().parse(push({**good, key: value}))) <= 1
