"""Take a post: who may post, what events it holds, and what the sender hears. All pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from connectors.web_form.body import read_body
from connectors.web_form.cloudevents import Submission, read_submissions
from connectors.web_form.fields import look_up
from connectors.web_form.settings import WebFormSettings
from core.contract import (
    Change,
    Event,
    Flag,
    InboundRequest,
    Invalid,
    JsonValue,
    NativeId,
    ObjectName,
    Outcome,
    Reply,
    record_key,
)
from core.contract.path_token import verify_path_token
from core.contract.pushes import RETRY_SECONDS
from core.contract.signatures import STANDARD_WEBHOOKS, verify

SUBMISSION = ObjectName("submission")
CONTEXT = "_context"
_LONGEST_ID = 200
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")


def verify_request(request: InboundRequest, settings: WebFormSettings) -> None:
    """Check that the URL's path holds the endpoint's token, and the signature where a secret is set.

    A browser's preflight (OPTIONS) carries no signature and stores nothing; raises SignatureInvalid.
    """
    verify_path_token(request, settings.token.get_secret_value())
    if settings.secrets and not _is_preflight(request):
        verify(STANDARD_WEBHOOKS, request, [secret.get_secret_value() for secret in settings.secrets])


def parse_events(request: InboundRequest, settings: WebFormSettings) -> Sequence[Event]:
    """Turn a post into one event per submission; raises Invalid for what cannot be read or passes a limit."""
    if _is_preflight(request):
        return ()
    submissions = read_submissions(request)
    context = _context(request)
    return [_event(request, settings, submission, context, at) for at, submission in enumerate(submissions)]


def _event(request: InboundRequest, settings: WebFormSettings, submission: Submission, given: Mapping[str, JsonValue], at: int) -> Event:
    fields = submission.fields
    native_id = NativeId(_native_id(request, settings, submission, at))
    is_spam = bool(settings.honeypots) and any(_is_filled(look_up(fields, name)) for name in settings.honeypots)
    flag = Flag.SPAM if is_spam else Flag.NONE
    context = {**given} if submission.event is None else {**given, "event": {**submission.event}}
    change = Change(SUBMISSION, native_id, {**fields, CONTEXT: context}, changed_at=request.received_at, flag=flag)
    return Event(record_key(SUBMISSION, native_id), change=change, flag=flag)


def _native_id(request: InboundRequest, settings: WebFormSettings, submission: Submission, at: int) -> str:
    """The sender's delivery id, else the CloudEvent's identity, else its own id in the fields, else a hash of the content.

    The content hash makes a double click one submission. It makes the same content a year later the same one too, which
    is the price of not telling a late repetition from a new wish; an id field avoids it.
    """
    delivery = request.headers.get("webhook-id", "")
    if delivery.isascii() and delivery.isprintable() and 0 < len(delivery) <= _LONGEST_ID:
        return f"{delivery}/{at}" if at else delivery
    if submission.event_id is not None:
        return submission.event_id
    fields = submission.fields
    own = look_up(fields, settings.id_field) if settings.id_field else None
    if isinstance(own, (str, int)) and not isinstance(own, bool) and 0 < len(str(own)) <= _LONGEST_ID:
        return str(own)
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256-" + hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _is_filled(value: JsonValue) -> bool:
    if isinstance(value, list):
        return any(_is_filled(item) for item in value)
    return bool(value.strip()) if isinstance(value, str) else value is not None and value is not False


def _context(request: InboundRequest) -> dict[str, JsonValue]:
    """What the request tells besides the form, as evidence for consent. `gpc` is the browser's Global Privacy Control."""
    return {
        "ip": request.client or None,
        "user_agent": _printable(request.headers.get("user-agent")),
        "referrer": _printable(request.headers.get("referer")),
        "gpc": request.headers.get("sec-gpc", "").strip() == "1",
    }


def _printable(value: str | None) -> str | None:
    if not value:
        return None
    return (value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8"))[:2000]


def answer_request(request: InboundRequest, outcome: Outcome, settings: WebFormSettings) -> Reply:
    """Say what became of the post: 200 with a short JSON body (form plugins take 204 for an error), or the page to show.

    Spam hears the same as everybody.
    """
    cors = _cors(request, settings)
    match outcome:
        case Outcome.STORED if _is_preflight(request):
            return Reply(200, b"", {**cors, **_consent_to_events(request), "content-type": "text/plain; charset=utf-8"})
        case Outcome.STORED:
            target = _redirect(request, settings)
            return Reply(303, b"", {**cors, "location": target}) if target else _json(200, "stored", cors)
        case Outcome.REFUSED:
            return _json(401, "refused", cors)
        case Outcome.INVALID:
            return _json(400, "invalid", cors)
        case Outcome.UNAVAILABLE:
            return _json(503, "unavailable", {**cors, "retry-after": RETRY_SECONDS})


def _json(status: int, word: str, headers: Mapping[str, str]) -> Reply:
    return Reply(status, b'{"status": "%s"}' % word.encode("ascii"), {**headers, "content-type": "application/json"})


def _redirect(request: InboundRequest, settings: WebFormSettings) -> str | None:
    if settings.redirect_field is None:
        return settings.redirect_to
    try:
        first = read_body(request.headers.get("content-type", ""), request.body)[0]
    except (Invalid, IndexError):
        return settings.redirect_to
    wanted = look_up(first, settings.redirect_field)
    return wanted if isinstance(wanted, str) and _may_lead_to(wanted, settings.redirect_origins) else settings.redirect_to


def _may_lead_to(target: str, origins: Sequence[str]) -> bool:
    """Whether the target is a plain absolute URL at an allowed origin, written so that no browser reads it otherwise."""
    if not target.isascii() or not target.isprintable() or any(character in target for character in "\\@ "):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() in origins


def _is_preflight(request: InboundRequest) -> bool:
    return request.method.upper() == "OPTIONS"


def _consent_to_events(request: InboundRequest) -> dict[str, str]:
    """Let a sender of CloudEvents that asks first post here (CloudEvents, 'HTTP 1.1 Web Hooks', abuse protection).

    It knows the endpoint's token, or it would have been refused before.
    """
    origin = request.headers.get("webhook-request-origin", "")
    return {"webhook-allowed-origin": origin, "webhook-allowed-rate": "*"} if _HOST.fullmatch(origin) else {}


def _cors(request: InboundRequest, settings: WebFormSettings) -> dict[str, str]:
    origin = request.headers.get("origin", "")
    if not origin or origin.lower() not in settings.allowed_origins:
        return {}
    allowed = {"access-control-allow-origin": origin, "vary": "Origin"}
    if not _is_preflight(request):
        return allowed
    return {
        **allowed,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "86400",
    }
