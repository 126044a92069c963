"""The webhook: the guards of the address, and the leads of a push. All pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from connectors.tiktok_leads.leads import read_lead
from connectors.tiktok_leads.settings import TikTokLeadsSettings
from core.contract import Change, Event, InboundRequest, Invalid, JsonObject, SignatureInvalid, json_object, record_key
from core.contract.path_token import verify_path_token
from core.contract.signatures import TIKTOK, verify

_LEAD_KIND = "1"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\udc80-\udcff]")


def verify_request(request: InboundRequest, settings: TikTokLeadsSettings) -> None:
    """Check the token in the URL's path and the signature, each where it is configured; raises SignatureInvalid.

    What is signed is the body with every character beyond ASCII escaped (as others quote TikTok's text). A signature over
    the body as it came is taken as well: nobody can make it without the secret either.
    """
    if settings.token is not None:
        verify_path_token(request, settings.token.get_secret_value())
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


def parse_events(request: InboundRequest, test_domains: Collection[str]) -> Sequence[Event]:
    """Read each lead of a push once; reviews of adverts and other notices that come to the same address are passed over.

    An entry that names no lead is passed over while others do.

    Raises:
        Invalid: the body is no JSON object, does not say what it is about, or is about leads and names none.
    """
    document = json_object(request.body)
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
