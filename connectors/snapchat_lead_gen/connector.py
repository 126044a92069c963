"""The Snapchat lead generation connector: takes pushes of leads, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.snapchat_lead_gen.leads import ALWAYS, LEAD, read_lead
from connectors.snapchat_lead_gen.settings import SnapchatLeadGenSettings
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
from core.contract.signatures import verify

_NO_REPLAY = "Snap sends each lead once: what is missed while this address cannot be reached has to be exported there."
_UNSIGNED = "Pushes are not checked for a signature: whoever knows the address can post."
_ANSWERS = {
    **dict.fromkeys(("first_name", "last_name", "job_title", "company_name", "birthday"), FieldKind.TEXT),
    **{"email": FieldKind.EMAIL, "phone_number": FieldKind.PHONE, "consent_1": FieldKind.TEXT, "consent_2": FieldKind.TEXT},
    **{f"custom_field_{number}": FieldKind.TEXT for number in range(1, 9)},
}


class SnapchatLeadGen(Connector[SnapchatLeadGenSettings]):
    """The lead forms of one or more ad accounts."""

    settings_type: ClassVar[type[BaseModel]] = SnapchatLeadGenSettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; Snap is not asked anything."""
        if self.settings.signature is not None:
            return Health("Snapchat, signed pushes only", (_NO_REPLAY,))
        return Health("Snapchat, unsigned pushes", (_UNSIGNED, _NO_REPLAY))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what Snap sends; which of the answers a form asks for is known only once it is sent."""
        ids = {name: FieldKind.ID if name.endswith("_id") else FieldKind.TEXT for name in ALWAYS}
        kinds = {**ids, "submitted_at": FieldKind.DATETIME, **_ANSWERS}
        specs = [FieldSpec(name, name, kind, creatable=False, updatable=False, unique=name == "lead_id") for name, kind in kinds.items()]
        return [ObjectSpec(LEAD, "Lead", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check the token in the URL's path, and the signature where its form is known; raises SignatureInvalid."""
        verify_path_token(request, self.settings.token.get_secret_value())
        if (signature := self.settings.signature) is not None:
            verify(signature.scheme(), request, [secret.get_secret_value() for secret in signature.secrets])

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the lead that a push carries."""
        change = read_lead(json_object(request.body), self.settings.test_email_domains)
        return [Event(record_key(LEAD, change.id), change=change, flag=change.flag)]

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try, which Snap does not promise to make."""
        return usual_answer(outcome)
