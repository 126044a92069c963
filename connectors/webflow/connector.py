"""The Webflow connector: takes pushes of form submissions, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.webflow.settings import WebflowSettings
from connectors.webflow.submissions import SUBMISSION, read_push
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
    json_object,
    record_key,
    usual_answer,
)
from core.contract.path_token import verify_path_token
from core.contract.signatures import WEBFLOW, verify

_TOLD = {
    "id": FieldKind.ID,
    "form.id": FieldKind.ID,
    "form.name": FieldKind.TEXT,
    "site_id": FieldKind.ID,
    "submitted_at": FieldKind.DATETIME,
}


class Webflow(Connector[WebflowSettings]):
    """The sites whose webhooks know a secret, or the address with the token."""

    settings_type: ClassVar[type[BaseModel]] = WebflowSettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; Webflow is not asked anything."""
        if self.settings.secrets:
            return Health("Webflow, signed pushes only")
        return Health("Webflow, unsigned pushes", ("Pushes are not signed: whoever knows the address can post.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what every submission has; a form's own fields are known only once it is submitted."""
        specs = [FieldSpec(name, name, kind, creatable=False, updatable=False) for name, kind in _TOLD.items()]
        return [ObjectSpec(SUBMISSION, "Form submission", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check whatever is set: the token in the URL's path, and the signature with its time; raises SignatureInvalid."""
        if self.settings.token is not None:
            verify_path_token(request, self.settings.token.get_secret_value())
        if self.settings.secrets or self.settings.token is None:
            verify(WEBFLOW, request, [secret.get_secret_value() for secret in self.settings.secrets])

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the submission that a push carries; triggers of other kinds are passed over."""
        change = read_push(json_object(request.body))
        return [] if change is None else [Event(record_key(SUBMISSION, change.id), change=change)]

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try. What came in but is unusable is acknowledged: it would come again unchanged."""
        return usual_answer(outcome)
