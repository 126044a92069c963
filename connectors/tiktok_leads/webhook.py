"""The webhook: the guards of the address, the leads of a push, and what TikTok hears. All pure."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from connectors.tiktok_leads.leads import JsonObject, read_lead
from connectors.tiktok_leads.settings import TikTokLeadsSettings
from core.contract import Change, Event, InboundRequest, Invalid, Outcome, Reply, SignatureInvalid, record_key
from core.contract.signatures import TIKTOK, verify

_PLAIN = {"content-type": "text/plain; charset=utf-8"}
_RETRY_SECONDS = "60"
_LEAD_KIND = "1"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\udc80-\udcff]")


def verify_request(request: InboundRequest, settings: TikTokLeadsSettings) -> None:
    """Check the token in the URL's path and the signature, each where it is configured; raises SignatureInvalid.

    What is signed is the body with every character beyond ASCII escaped (as others quote TikTok's text). A signature over
    the body as it came is taken as well: nobody can make it without the secret either.
    """
    if settings.token is not None:
        _verify_token(request, settings.token.get_secret_value().encode("ascii"))
    if not settings.app_secrets:
        return
    scheme = replace(TIKTOK, header=settings.signature_header)
    secrets = [secret.get_secret_value() for secret in settings.app_secrets]
    try:
        verify(scheme, replace(request, body=escaped(request.body)), secrets)
    except SignatureInvalid:
        if request.body.isascii():
            raise
        verify(scheme, request, secrets)


def escaped(body: bytes) -> bytes:
    """Write every character beyond ASCII as lower-case `\\uXXXX`, in two halves where it needs them.

    Nothing else changes: neither spaces nor the order of keys, nor bytes that are not UTF-8.
    """
    return _BEYOND_ASCII.sub(_escape, body.decode("utf-8", "surrogateescape")).encode("ascii", "surrogateescape")


def _escape(found: re.Match[str]) -> str:
    return "".join(f"\\u{half.hex()}" for half in _halves(found[0].encode("utf-16-be")))


def _halves(text: bytes) -> Sequence[bytes]:
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def _verify_token(request: InboundRequest, token: bytes) -> None:
    parts = urlsplit(request.url).path.encode("utf-8", "replace").split(b"/")
    if not any([hmac.compare_digest(part, token) for part in parts]):  # noqa: C419 - a generator would stop at the first match
        raise SignatureInvalid("The URL does not hold this connection's token.")


def parse_events(request: InboundRequest, test_domains: Collection[str]) -> Sequence[Event]:
    """Read each lead of a push once; reviews of adverts and other notices that come to the same address are passed over.

    An entry that names no lead is passed over while others do.

    Raises:
        Invalid: the body is no JSON object, does not say what it is about, or is about leads and names none.
    """
    document = _document(request.body)
    kind = document.get("object")
    if isinstance(kind, bool) or not isinstance(kind, int | str):
        raise Invalid("The push does not say what it is about.", field="object")
    if kind not in (int(_LEAD_KIND), _LEAD_KIND):
        return ()
    changes = _changes(document, test_domains)
    return [Event(record_key(change.object, change.id), change=change, flag=change.flag) for change in changes]


def _changes(document: JsonObject, test_domains: Collection[str]) -> Collection[Change]:
    entries = document.get("entry")
    found: dict[str, Change] = {}
    unusable: Invalid | None = None
    for entry in entries if isinstance(entries, list) else []:
        try:
            change = read_lead(entry, test_domains)
        except Invalid as error:
            unusable = error
        else:
            found.setdefault(change.id, change)
    if not found:
        raise unusable or Invalid("The push names no lead.", field="entry")
    return found.values()


def answer_outcome(outcome: Outcome) -> Reply:
    """Acknowledge, or ask for another try. What is signed but unusable would not come in another form."""
    match outcome:
        case Outcome.REFUSED:
            return Reply(401, b"refused", _PLAIN)
        case Outcome.UNAVAILABLE:
            return Reply(503, b"try again", {**_PLAIN, "retry-after": _RETRY_SECONDS})
        case Outcome.STORED | Outcome.INVALID:
            return Reply(200, b"ok", _PLAIN)


def _document(body: bytes) -> JsonObject:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("The push is not JSON.") from error
    if not isinstance(document, dict):
        raise Invalid("The push is not a JSON object.")
    return document
