"""The webhook of a form: its signature, and the response it carries. All pure."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.typeform.responses import RESPONSE, read_form, read_response
from connectors.typeform.settings import TypeformSettings
from core.contract import Event, InboundRequest, Invalid, json_object, record_key
from core.contract.signatures import TYPEFORM, verify

_COMPLETE = "form_response"


def verify_request(request: InboundRequest, settings: TypeformSettings) -> None:
    """Check the signature against every secret; raises SignatureInvalid."""
    verify(TYPEFORM, request, [secret.get_secret_value() for secret in settings.secrets])


def parse_events(request: InboundRequest) -> Sequence[Event]:
    """Read the response of a push; its id is that of the same response when polled.

    Responses that were not sent yet (`form_response_partial`) and kinds of events that came later are passed over.
    Raises Invalid for what is no push of Typeform or carries no response.
    """
    document = json_object(request.body)
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
