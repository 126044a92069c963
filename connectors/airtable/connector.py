"""Plays roles `authenticates`, `reads`, `webhooks` and `subscribes` over one Airtable base: each table is an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel

from connectors.airtable.api import Api, Table
from connectors.airtable.deletions import Deletions
from connectors.airtable.reading import TableReader
from connectors.airtable.settings import AirtableSettings
from connectors.airtable.webhook import answer_ping, parse_ping, subscription_of, verify_ping
from core.contract import (
    ConfigInvalid,
    Connector,
    Context,
    Cursor,
    Event,
    FieldKind,
    FieldSpec,
    Health,
    Http,
    InboundRequest,
    ObjectName,
    ObjectSpec,
    Outcome,
    Page,
    Reply,
    Subscription,
    Token,
)

_KINDS: Mapping[str, FieldKind] = {
    "multilineText": FieldKind.LONG_TEXT,
    "richText": FieldKind.LONG_TEXT,
    "email": FieldKind.EMAIL,
    "phoneNumber": FieldKind.PHONE,
    "url": FieldKind.URL,
    "number": FieldKind.NUMBER,
    "percent": FieldKind.NUMBER,
    "currency": FieldKind.MONEY,
    "checkbox": FieldKind.BOOLEAN,
    "date": FieldKind.DATE,
    "dateTime": FieldKind.DATETIME,
    "createdTime": FieldKind.DATETIME,
    "lastModifiedTime": FieldKind.DATETIME,
    "singleSelect": FieldKind.CHOICE,
    "multipleSelects": FieldKind.CHOICES,
}


class Airtable(Connector[AirtableSettings]):
    """One base. Its schema is read once per instance."""

    settings_type: ClassVar[type[BaseModel]] = AirtableSettings

    def __init__(self, settings: AirtableSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = Api(context.http, settings.base)

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - a personal token is static, there is nothing to fetch
        """Hand out the configured personal access token."""
        return Token(self.settings.access_token.get_secret_value(), base_url=self.settings.base_url)

    def check(self) -> Health:
        """Name the base's tables."""
        tables = self._api.tables()
        return Health(f"Airtable base {self.settings.base}", [f"Tables: {', '.join(table.name for table in tables) or 'none'}"])

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell every table with its fields."""
        return [ObjectSpec(ObjectName(table.name), table.name, _fields(table)) for table in self._api.tables()]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the records of a table, named as in the base or by its id, that were modified since the poll before.

        With a webhook also those that were deleted since, where the poll before was less than seven days ago.
        """
        tables = self._api.tables()
        table = next((each for each in tables if object_name in (each.name, each.id)), None)
        if table is None:
            names = ", ".join(each.name for each in tables) or "none"
            raise ConfigInvalid(f"The base has no table '{object_name}'.", hint=f"There is: {names}.", setting="object")
        overlap = timedelta(seconds=self.settings.overlap_seconds)
        webhook = self.settings.webhook
        deletions = None if webhook is None else Deletions(self._api, webhook, table.id, object_name)
        yield from TableReader(self._api, table, object_name, overlap, deletions).pages(since, self.context.clock.now())

    def verify(self, request: InboundRequest) -> None:
        """Check the MAC of a ping."""
        verify_ping(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Tell that the base's tables are to be read: a ping carries nothing of what changed."""
        return parse_ping(request, self.settings)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the same for every ping
        """Acknowledge with an empty answer."""
        return answer_ping(outcome)

    def subscriptions(self) -> Sequence[Subscription]:
        """Tell the configured webhook, if there is one."""
        if self.settings.webhook is None:
            return []
        return [subscription_of(self.settings.webhook, self._api.webhooks(), self.context.clock.now())]

    def renew(self, subscription: Subscription) -> Subscription:
        """Switch its notifications on where they are off, and let its seven days begin again."""
        if not subscription.healthy:
            self._api.notify(subscription.id)
        self._api.refresh(subscription.id)
        return subscription_of(subscription.id, self._api.webhooks(), self.context.clock.now())


def _fields(table: Table) -> Sequence[FieldSpec]:
    named = dict(table.fields)
    return [FieldSpec(name, name, _KINDS.get(kind, FieldKind.TEXT), creatable=False, updatable=False) for name, kind in named.items()]
