"""The Jotform connector: takes posts at an unguessable address, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.jotform.multipart import read_parts
from connectors.jotform.settings import JotformSettings
from connectors.jotform.submissions import SUBMISSION, read_submission
from core.contract import (
    Connector,
    Event,
    FieldKind,
    FieldSpec,
    Health,
    InboundRequest,
    ObjectSpec,
    Outcome,
    Reply,
    record_key,
    usual_answer,
)
from core.contract.path_token import verify_path_token
from core.contract.pushes import PLAIN_TEXT

_TOLD = {"id": FieldKind.ID, "form.id": FieldKind.ID, "form.title": FieldKind.TEXT, "ip": FieldKind.TEXT}


class Jotform(Connector[JotformSettings]):
    """The forms whose webhooks lead to the address with the token."""

    settings_type: ClassVar[type[BaseModel]] = JotformSettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; Jotform is not asked anything."""
        return Health("Jotform, unsigned posts", ("Jotform signs nothing: whoever knows the address can post.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what every submission has; a form's own questions are known only once it is submitted."""
        specs = [FieldSpec(name, name, kind, creatable=False, updatable=False) for name, kind in _TOLD.items()]
        return [ObjectSpec(SUBMISSION, "Submission", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check that the URL's path holds the token; raises SignatureInvalid."""
        verify_path_token(request, self.settings.token.get_secret_value())

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the submission that a post carries; those of forms that are not listed are passed over."""
        parts = read_parts(request.headers.get("content-type", ""), request.body)
        if self.settings.forms and parts.get("formID") not in self.settings.forms:
            return ()
        change = read_submission(parts, request.received_at)
        return [Event(record_key(SUBMISSION, change.id, change.version), change=change)]

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Say what became of the post; Jotform is not known to try again, so this is for its log."""
        return Reply(400, b"invalid", PLAIN_TEXT) if outcome is Outcome.INVALID else usual_answer(outcome)
