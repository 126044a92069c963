"""The TikTok lead generation connector: takes pushes of leads, and reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.tiktok_leads.leads import IDS, LEAD
from connectors.tiktok_leads.settings import TikTokLeadsSettings
from connectors.tiktok_leads.subscriptions import require_subscription
from connectors.tiktok_leads.webhook import parse_events, verify_request
from core.contract import Connector, Event, FieldKind, FieldSpec, Health, InboundRequest, ObjectSpec, Outcome, Reply, usual_answer

_ENDS_SILENTLY = "TikTok ends a subscription without a word when its access token is revoked: with `watch` a check asks for it."
_UNSIGNED = "Pushes are not checked for a signature: whoever knows the address can post."
_TOLD = {
    "lead_id": FieldKind.ID,
    **dict.fromkeys(IDS, FieldKind.ID),
    **{"lead_source": FieldKind.TEXT, "submitted_at": FieldKind.DATETIME},
    **{"answers.email": FieldKind.EMAIL, "answers.phone_number": FieldKind.PHONE},
    **{f"answers.{name}": FieldKind.TEXT for name in ("name", "first_name", "last_name")},
}


class TikTokLeads(Connector[TikTokLeadsSettings]):
    """The lead forms and chats of one app's subscriptions."""

    settings_type: ClassVar[type[BaseModel]] = TikTokLeadsSettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded, and with `watch` ask TikTok whether it still pushes here."""
        notes = () if self.settings.app_secrets else (_UNSIGNED,)
        guard = "signed pushes only" if self.settings.app_secrets else "unsigned pushes"
        if self.settings.watch is None:
            return Health(f"TikTok, {guard}", (*notes, _ENDS_SILENTLY))
        require_subscription(self.context.http, self.settings, self.settings.watch)
        return Health(f"TikTok, {guard}, subscribed", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what TikTok sends, and the usual questions; others are known only once they are answered."""
        specs = [
            FieldSpec(name, name.removeprefix("answers."), kind, creatable=False, updatable=False, unique=name == "lead_id")
            for name, kind in _TOLD.items()
        ]
        return [ObjectSpec(LEAD, "Lead", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check the token in the URL and the signature, each where it is configured; raises SignatureInvalid."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the leads that a push carries."""
        return parse_events(request, self.settings.test_email_domains)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try."""
        return usual_answer(outcome)
