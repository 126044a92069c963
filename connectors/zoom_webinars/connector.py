"""The Zoom connector: registrations by push and by poll, and attendance by poll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.zoom_webinars.api import Api, fetch_token
from connectors.zoom_webinars.reading import Rounds
from connectors.zoom_webinars.registrations import ATTENDANCE, REGISTRATION, describe_objects
from connectors.zoom_webinars.settings import ZoomSettings
from connectors.zoom_webinars.webhook import answer_request, parse_events, verify_request
from core.contract import (
    ConfigInvalid,
    Connector,
    Cursor,
    Event,
    Health,
    Http,
    InboundRequest,
    Missing,
    ObjectName,
    ObjectSpec,
    Outcome,
    Page,
    Reply,
    Token,
    Unavailable,
)


class ZoomWebinars(Connector[ZoomSettings]):
    """One Zoom account."""

    settings_type: ClassVar[type[BaseModel]] = ZoomSettings

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - every token is made from the app alone
        """Fetch a token of an hour; there is nothing to refresh."""
        return fetch_token(self.settings, http, self.context.clock)

    def check(self) -> Health:
        """Look for the first user's webinars, or for the first webinar where no user is named."""
        api = Api(self.context.http)
        try:
            if self.settings.users:
                api.page("webinars", "users", self.settings.users[0], "webinars")
            elif self.settings.webinars:
                api.get("webinars", self.settings.webinars[0])
        except Missing as error:
            setting = "users" if self.settings.users else "webinars"
            raise ConfigInvalid(error.message, setting=setting, hint=f"Correct the first of `{setting}`.") from error
        notes = () if self.settings.secrets else ("No secret token is set, so no webhook is taken; registrations come by poll only.",)
        return Health(f"Zoom account {self.settings.account_id}", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell both objects."""
        return describe_objects()

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield registrations or attendance of all webinars that are due."""
        rounds = Rounds(Api(self.context.http), self.settings, self.context.clock.now())
        if object_name not in (REGISTRATION, ATTENDANCE):
            message = f"Zoom has no object '{object_name}'; it has '{REGISTRATION}' and '{ATTENDANCE}'."
            raise ConfigInvalid(message, hint=f"Name '{REGISTRATION}' in the mapping.", setting="object")
        try:
            yield from rounds.registrations(since) if object_name == REGISTRATION else rounds.attendance(since)
        except Missing as error:
            raise Unavailable("A webinar or user of the list went away while it was read.") from error

    def verify(self, request: InboundRequest) -> None:
        """Check the push's signature and time."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the registration that a push carries."""
        return parse_events(request, self.settings)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Acknowledge, ask for another try, or answer the handshake."""
        return answer_request(request, outcome, self.settings)
