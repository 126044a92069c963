"""Zoom's webhooks: the signature, the handshake inside a POST, the registrations, and what Zoom hears. All pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.zoom_webinars.registrations import REGISTRATION, Told, read_occasion, read_registration
from connectors.zoom_webinars.settings import ZoomSettings
from core.contract import (
    Event,
    InboundRequest,
    Invalid,
    JsonObject,
    JsonValue,
    Outcome,
    Reply,
    SignatureInvalid,
    json_object,
    record_key,
    usual_answer,
)
from core.contract.signatures import ZOOM, verify

_HANDSHAKE = "endpoint.url_validation"
_REGISTRATION = re.compile(r"(webinar|meeting)\.registration_(created|approved|cancelled|denied)")
# What Zoom asks to have hashed is a short random word. A text like the one under a signature is never hashed for anybody:
# the answer would be that signature.
_WORD = re.compile(r"[A-Za-z0-9_+/=-]{1,200}", re.ASCII)


def verify_request(request: InboundRequest, settings: ZoomSettings) -> None:
    """Check the signature and its time against every secret token; the handshake is signed like everything else."""
    verify(ZOOM, request, [secret.get_secret_value() for secret in settings.secrets])


def parse_events(request: InboundRequest, settings: ZoomSettings) -> Sequence[Event]:
    """Read the registration of a push; the handshake and other kinds of events are passed over.

    Raises Invalid for what is no push of Zoom or carries no registrant.
    """
    document = json_object(request.body)
    event = document.get("event")
    if not isinstance(event, str):
        raise Invalid("The push names no event.", field="event")
    found = _REGISTRATION.fullmatch(event)
    if event == _HANDSHAKE:
        _plain_token(document)
    if found is None:
        return ()
    payload = document.get("payload")
    node = payload.get("object") if isinstance(payload, dict) else None
    occasion = read_occasion(node, found[1])
    told = Told(
        # A new registration waits for approval or has it; only the registrant's own status tells.
        None if found[2] == "created" else found[2],
        _milliseconds(document.get("event_ts")),
        settings.keep_join_urls,
    )
    change = read_registration(node.get("registrant") if isinstance(node, dict) else None, occasion, told)
    return [Event(record_key(REGISTRATION, change.id, change.version), change=change)]


def answer_request(request: InboundRequest, outcome: Outcome, settings: ZoomSettings) -> Reply:
    """Acknowledge, ask for another try, or answer the handshake.

    What is signed but unusable is acknowledged: Zoom switches off an endpoint that keeps failing.
    """
    handshake = _handshake(request, settings) if outcome is Outcome.STORED else None
    return handshake or usual_answer(outcome)


def _handshake(request: InboundRequest, settings: ZoomSettings) -> Reply | None:
    """Answer `endpoint.url_validation` with its word, hashed under the secret token that signed this very request."""
    try:
        document = json_object(request.body)
        if document.get("event") != _HANDSHAKE:
            return None
        word = _plain_token(document)
    except Invalid:
        return None
    for secret in settings.secrets:
        key = secret.get_secret_value()
        try:
            verify(ZOOM, request, [key])
        except SignatureInvalid:
            continue
        told = {"plainToken": word, "encryptedToken": hmac.digest(key.encode(), word.encode(), hashlib.sha256).hex()}
        return Reply(200, json.dumps(told).encode(), {"content-type": "application/json"})
    return None


def _plain_token(document: JsonObject) -> str:
    payload = document.get("payload")
    word = payload.get("plainToken") if isinstance(payload, dict) else None
    if not isinstance(word, str) or not _WORD.fullmatch(word):
        raise Invalid("The handshake carries no word to hash.", field="payload.plainToken")
    return word


def _milliseconds(value: JsonValue) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
