"""The page webhook: the subscription handshake, the signature of a push, and the leads it names. All pure."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from connectors.meta_lead_ads.leads import LEADGEN
from connectors.meta_lead_ads.settings import MetaLeadAdsSettings
from core.contract import (
    Event,
    InboundRequest,
    Invalid,
    JsonValue,
    NativeId,
    Outcome,
    Ref,
    Reply,
    SignatureInvalid,
    json_object,
    record_key,
    usual_answer,
)
from core.contract.pushes import PLAIN_TEXT
from core.contract.signatures import META, verify

_ECHO = {**PLAIN_TEXT, "x-content-type-options": "nosniff"}


def verify_request(request: InboundRequest, settings: MetaLeadAdsSettings) -> None:
    """Check a handshake's verify token, or a push's signature against every app secret; raises SignatureInvalid."""
    if request.method.upper() == "GET":
        _verify_handshake(request, settings.verify_token.get_secret_value())
        return
    verify(META, request, [secret.get_secret_value() for secret in settings.app_secrets])


def _verify_handshake(request: InboundRequest, expected: str) -> None:
    given = _query(request, "hub.verify_token")
    same = hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8"))
    if not same or _query(request, "hub.mode") != "subscribe":
        raise SignatureInvalid("The handshake does not carry the verify token of this connection.")


def parse_events(request: InboundRequest) -> Sequence[Event]:
    """Name every lead of a push once, over all its entries; other fields that the app subscribes to are not ours.

    The id is that of the same lead when polled. A lead change that lacks its id is passed over while others are usable.

    Raises:
        Invalid: the body is no JSON object, or tells of leads and none is usable.
    """
    if request.method.upper() == "GET":
        return ()
    values = list(_leadgen_values(json_object(request.body)))
    leads = [value.get("leadgen_id") if isinstance(value, dict) else None for value in values]
    ids = dict.fromkeys(str(lead) for lead in leads if isinstance(lead, (str, int)) and not isinstance(lead, bool) and str(lead))
    if values and not ids:
        raise Invalid("The push names no lead.", field="leadgen_id")
    return [Event(record_key(LEADGEN, lead), ref=Ref(LEADGEN, NativeId(lead))) for lead in ids]


def _leadgen_values(document: dict[str, JsonValue]) -> Iterator[JsonValue]:
    entries = document.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        for change in changes if isinstance(changes, list) else []:
            if isinstance(change, dict) and change.get("field") == LEADGEN:
                yield change.get("value")


def answer_request(request: InboundRequest, outcome: Outcome) -> Reply:
    """Echo a handshake's challenge; otherwise say whether Meta should send the push again.

    A push that is signed but unusable is acknowledged: Meta would repeat it unchanged for 36 hours and then count the
    endpoint as failing.
    """
    if outcome is Outcome.STORED and request.method.upper() == "GET":
        return Reply(200, _query(request, "hub.challenge").encode("utf-8", "replace"), _ECHO)
    return usual_answer(outcome)


def _query(request: InboundRequest, name: str) -> str:
    try:
        values = parse_qs(urlsplit(request.url).query, keep_blank_values=True, max_num_fields=20).get(name)
    except ValueError:
        return ""
    return values[0] if values else ""
