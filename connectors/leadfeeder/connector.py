"""The Leadfeeder connector: visits and companies by poll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.leadfeeder.api import Api, attributes_of, id_of
from connectors.leadfeeder.companies import text
from connectors.leadfeeder.reading import Rounds
from connectors.leadfeeder.settings import LeadfeederSettings
from connectors.leadfeeder.visits import COMPANY_MONTH, VISIT, describe_objects
from core.contract import ConfigInvalid, Connector, Context, Cursor, Health, Http, ObjectName, ObjectSpec, Page, Token


class Leadfeeder(Connector[LeadfeederSettings]):
    """One Leadfeeder account."""

    settings_type: ClassVar[type[BaseModel]] = LeadfeederSettings

    def __init__(self, settings: LeadfeederSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = Api(context.http, context.clock, settings.account)

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - an API token is static, there is nothing to fetch
        """Hand out the API token in the form `Token token=...` (Leadfeeder API, 'Authentication')."""
        return Token(f"token={self.settings.api_token.get_secret_value()}", scheme="Token", base_url=self.settings.base_url)

    def check(self) -> Health:
        """Name the account, and tell when its site sends no visits; an id that the token does not see is answered with those it sees."""
        known = {id_of(row): attributes_of(row) for row in self._api.accounts()}
        own = known.get(self.settings.account)
        if own is None:
            seen = ", ".join(f"{number} ({text(told.get('name')) or 'no name'})" for number, told in known.items()) or "none"
            hint = f"Set `account` to one of those that the token sees: {seen}."
            raise ConfigInvalid(f"The token sees no account '{self.settings.account}'.", setting="account", hint=hint)
        tracking = text(own.get("website_tracking_status"))
        return Health(f"Leadfeeder account {self.settings.account}", [f"Tracking of the web site: {tracking}."] if tracking else [])

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell both objects."""
        return describe_objects()

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield visits, or companies' counts of a month."""
        if object_name not in (VISIT, COMPANY_MONTH):
            message = f"Leadfeeder has no object '{object_name}' here; it has '{VISIT}' and '{COMPANY_MONTH}'."
            raise ConfigInvalid(message, hint=f"Name '{VISIT}' in the mapping.", setting="object")
        rounds = Rounds(self._api, self.settings, self.context.clock.now())
        yield from rounds.visits(since) if object_name == VISIT else rounds.months(since)
