"""The Google Ads lead form connector: takes the webhook of lead forms; there is nothing to read from or to write to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.google_ads_leads.leads import describe_lead
from connectors.google_ads_leads.settings import GoogleAdsLeadsSettings
from connectors.google_ads_leads.webhook import answer_request, parse_events, verify_request
from core.contract import Connector, Event, Health, InboundRequest, ObjectSpec, Outcome, Reply


class GoogleAdsLeads(Connector[GoogleAdsLeadsSettings]):
    """One endpoint for the lead forms of one or more Google Ads accounts."""

    settings_type: ClassVar[type[BaseModel]] = GoogleAdsLeadsSettings

    def check(self) -> Health:
        """Tell how to try it; the webhook's side of Google Ads cannot be asked."""
        return Health("Google Ads lead forms", ("Only 'Send test data' in the lead form's editor proves that URL and key are right.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object with Google's standard columns."""
        return [describe_lead()]

    def verify(self, request: InboundRequest) -> None:
        """Check the key in the body."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Turn a delivery into the event of its lead, which carries all answers."""
        return parse_events(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - every delivery is answered alike
        """Acknowledge, refuse, or ask for another try."""
        return answer_request(outcome)
