"""The webhook of a form: its signature, the response it carries, and what Typeform hears. All pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from connectors.typeform.responses import RESPONSE, read_form, read_response
from connectors.typeform.settings import TypeformSettings
from core.contract import Event, InboundRequest, Invalid, JsonValue, Outcome, Reply, record_key
from core.contract.signatures import TYPEFORM, verify

_PLAIN = {"content-type": "text/plain; charset=utf-8"}
_RETRY_SECONDS = "60"
_COMPLETE = "form_response"


def verify_request(request: InboundRequest, settings: TypeformSettings) -> None:
    """Check the signature against every secret; raises SignatureInvalid."""
    verify(TYPEFORM, request, [secret.get_secret_value() for secret in settings.secrets])


def parse_events(request: InboundRequest) -> Sequence[Event]:
    """Read the response of a push; its id is that of the same response when polled.

    Responses that were not sent yet (`form_response_partial`) and kinds of events that came later are passed over.
    Raises Invalid for what is no push of Typeform or carries no response.
    """
    document = _document(request.body)
    kind = document.get("event_type")
    if not isinstance(kind, str):
        raise Invalid("The push has no event type.", field="event_type")
    if kind != _COMPLETE:
        return ()
    response = document.get(_COMPLETE)
    if not isinstance(response, dict):
        raise Invalid("The push carries no response.", field=_COMPLETE)
    definition = response.get("definition")
    form = read_form(definition if isinstance(definition, dict) else {}, str(response.get("form_id") or ""))
    change = read_response(response, form)
    return [Event(record_key(RESPONSE, change.id), change=change)]


def _document(body: bytes) -> dict[str, JsonValue]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("The push is not JSON.") from error
    if not isinstance(document, dict):
        raise Invalid("The push is not a JSON object.")
    return document


def answer_request(outcome: Outcome) -> Reply:
    """Say whether Typeform should send the push again; never 404 or 410, which switch the webhook off at once.

    A push that is signed but unusable is acknowledged: sent again unchanged it would only count as failing.
    """
    match outcome:
        case Outcome.REFUSED:
            return Reply(401, b"refused", _PLAIN)
        case Outcome.UNAVAILABLE:
            return Reply(503, b"try again", {**_PLAIN, "retry-after": _RETRY_SECONDS})
        case Outcome.STORED | Outcome.INVALID:
            return Reply(200, b"ok", _PLAIN)
