"""The web form connector: takes posts, and knows nothing to read from or to write to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.web_form.settings import WebFormSettings
from connectors.web_form.webhook import CONTEXT, SUBMISSION, answer_request, parse_events, verify_request
from core.contract import Connector, Event, FieldKind, FieldSpec, Health, InboundRequest, ObjectSpec, Outcome, Reply


class WebForm(Connector[WebFormSettings]):
    """One endpoint that takes the submissions of one form or of a few alike."""

    settings_type: ClassVar[type[BaseModel]] = WebFormSettings

    def check(self) -> Health:
        """Tell how the endpoint is guarded; there is no outside system to ask."""
        if self.settings.secrets:
            return Health("web form, signed posts only")
        return Health("web form", ("Posts are not signed: whoever knows the URL can post. A server that can sign should (`secrets`).",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the fields that every submission has; the form's own fields are known only once it is posted."""
        fields = {"ip": FieldKind.TEXT, "user_agent": FieldKind.TEXT, "referrer": FieldKind.URL, "gpc": FieldKind.BOOLEAN}
        specs = [FieldSpec(f"{CONTEXT}.{name}", name, kind, creatable=False, updatable=False) for name, kind in fields.items()]
        return [ObjectSpec(SUBMISSION, "Form submission", specs)]

    def verify(self, request: InboundRequest) -> None:
        """Check the token in the URL and, where a secret is set, the Standard Webhooks signature."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Turn a post into events that carry the whole submission."""
        return parse_events(request, self.settings)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Answer what became of the post, or lead the person to the next page."""
        return answer_request(request, outcome, self.settings)
