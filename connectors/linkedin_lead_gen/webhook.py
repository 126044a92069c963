"""The webhook: LinkedIn's challenge, the signature of a push, the response it names, and what LinkedIn hears. All pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from connectors.linkedin_lead_gen.responses import RESPONSE, moment_of, response_id
from connectors.linkedin_lead_gen.settings import LinkedInSettings
from core.contract import (
    Change,
    ChangeKind,
    Event,
    InboundRequest,
    Invalid,
    NativeId,
    Outcome,
    Ref,
    Reply,
    SignatureInvalid,
    json_object,
    record_key,
    usual_answer,
)
from core.contract.signatures import LINKEDIN, verify

_PREFIX = "hmacsha256="
_CHALLENGE = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def verify_request(request: InboundRequest, settings: LinkedInSettings) -> None:
    """Check the form of a challenge, or a push's signature against every secret; raises SignatureInvalid.

    The answer to a challenge is made with the key and the algorithm that sign pushes. Anything but a UUID is refused:
    who could have a text of his choice answered could have a forged push signed.
    """
    if request.method.upper() == "GET":
        _challenge(request)
        return
    # Descriptions of the header differ: the digest alone, or after the prefix that is a part of what is signed.
    header = request.headers.get(LINKEDIN.header, "").removeprefix(_PREFIX)
    bare = replace(request, headers={**request.headers, LINKEDIN.header: header})
    verify(LINKEDIN, bare, [secret.get_secret_value() for secret in settings.client_secrets])


def parse_events(request: InboundRequest) -> Sequence[Event]:
    """Read what a push tells of a response: that it was sent, or that it was deleted.

    LinkedIn announces that pushes come more than once. A response that was sent has the id that it has when polled, so it
    is one however often it is told; a deletion is recognised by the response and its time. Other kinds of pushes and
    actions that came later are passed over.

    Raises:
        Invalid: the body is no JSON object, has no type, or names no response.
    """
    if request.method.upper() == "GET":
        return ()
    document = json_object(request.body)
    kind, action = document.get("type"), document.get("leadAction")
    if not isinstance(kind, str):
        raise Invalid("The push has no type.", field="type")
    if kind != "LEAD_ACTION" or action not in ("CREATED", "DELETED"):
        return ()
    native_id = NativeId(response_id(document.get("leadGenFormResponse")))
    if action == "CREATED":
        return [Event(record_key(RESPONSE, native_id), ref=Ref(RESPONSE, native_id))]
    at = moment_of(document.get("occurredAt"))
    change = Change(RESPONSE, native_id, kind=ChangeKind.DELETED, changed_at=at)
    return [Event(record_key(RESPONSE, native_id, f"deleted:{at.isoformat() if at else ''}"), change=change)]


def answer_request(request: InboundRequest, outcome: Outcome, settings: LinkedInSettings) -> Reply:
    """Answer a challenge (LinkedIn, 'Webhook validation': within three seconds, again every two hours), or say whether the
    push should be sent again. A push that is signed but unusable is acknowledged: it would not come in another form.
    """
    if outcome is Outcome.STORED and request.method.upper() == "GET":
        return _answered(_challenge(request), settings.client_secrets[0].get_secret_value())
    return usual_answer(outcome)


def _answered(challenge: str, secret: str) -> Reply:
    digest = hmac.digest(secret.encode("utf-8"), challenge.encode("ascii"), hashlib.sha256).hex()
    body = json.dumps({"challengeCode": challenge, "challengeResponse": digest})
    return Reply(200, body.encode("ascii"), {"content-type": "application/json"})


def _challenge(request: InboundRequest) -> str:
    try:
        given = parse_qs(urlsplit(request.url).query, max_num_fields=20).get("challengeCode", [])
    except ValueError:
        given = []
    if len(given) != 1 or not _CHALLENGE.fullmatch(given[0]):
        raise SignatureInvalid("The request shows no challenge of LinkedIn.")
    return given[0]
