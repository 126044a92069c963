"""The Tally connector: takes signed pushes of submissions, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.tally.settings import TallySettings
from connectors.tally.submissions import SUBMISSION, read_submission
from core.contract import (
    Connector,
    Event,
    FieldKind,
    FieldSpec,
    Health,
    InboundRequest,
    Invalid,
    ObjectSpec,
    Outcome,
    Reply,
    json_object,
    record_key,
    usual_answer,
)
from core.contract.signatures import TALLY, verify

_TOLD = {
    "id": FieldKind.ID,
    "respondent_id": FieldKind.ID,
    "form.id": FieldKind.ID,
    "form.name": FieldKind.TEXT,
    "created_at": FieldKind.DATETIME,
}


class Tally(Connector[TallySettings]):
    """The forms whose webhooks know one of the secrets."""

    settings_type: ClassVar[type[BaseModel]] = TallySettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; Tally is not asked anything."""
        return Health("Tally, signed pushes")

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what every submission has; a form's own questions are known only once it is submitted."""
        specs = [FieldSpec(name, name, kind, creatable=False, updatable=False) for name, kind in _TOLD.items()]
        return [ObjectSpec(SUBMISSION, "Submission", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check the push's signature against every secret."""
        verify(TALLY, request, [secret.get_secret_value() for secret in self.settings.secrets])

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the submission that a push carries; kinds of events that came later are passed over."""
        document = json_object(request.body)
        kind = document.get("eventType")
        if not isinstance(kind, str):
            raise Invalid("The push has no event type.", field="eventType")
        if kind != "FORM_RESPONSE":
            return ()
        given = document.get("data")
        if not isinstance(given, dict):
            raise Invalid("The push carries no submission.", field="data")
        change = read_submission(given)
        return [Event(record_key(SUBMISSION, change.id), change=change)]

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try. What is signed but unusable is acknowledged: it would come again unchanged."""
        return usual_answer(outcome)
