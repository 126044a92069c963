"""HubSpot as a connector: joins the roles to the modules that play them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.hubspot import merging, signin, webhook
from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.catalog import Catalog
from connectors.hubspot.finding import Finder
from connectors.hubspot.owners import OWNERS, SPEC, Owners
from connectors.hubspot.reading import Feed
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.writing import BatchWriter
from core.contract import (
    Change,
    ConfigInvalid,
    Connector,
    Context,
    ContractBroken,
    Cursor,
    DayUsage,
    Event,
    Health,
    Http,
    InboundRequest,
    Match,
    NativeId,
    ObjectName,
    ObjectSpec,
    Outcome,
    Page,
    PermissionMissing,
    Receipt,
    Reply,
    Token,
    Write,
)


class HubSpot(Connector[HubSpotSettings]):
    """One HubSpot account. Plays authenticates, reads, writes, finds, merges and webhooks."""

    settings_type = HubSpotSettings

    def __init__(self, settings: HubSpotSettings, context: Context) -> None:
        """Build the parts; the SDK is imported with the first call that needs it."""
        super().__init__(settings, context)
        self._api = HubSpotApi(settings, context)
        self._catalog = Catalog(self._api, context.clock, settings.properties)
        self._writer = BatchWriter(self._api, self._catalog, settings.unique_property)
        self._finder = Finder(self._api, self._catalog)
        self._owners = Owners(self._api)
        self.foreign_events = 0
        """Webhook events of other accounts that were left out since the start."""

    def check(self) -> Health:
        """Name the account, and prove for each object that records and definitions can be read."""
        account, notes = self._account()
        if self.foreign_events:
            notes.append(f"{self.foreign_events} webhook events of other accounts were left out since the start.")
        for name in (ObjectName(name) for name in self.settings.objects if name != OWNERS):
            self._api.page(name, limit=1, after=None, properties=())
            field = self._catalog.fresh(name).field(self.settings.unique_property)
            if field is None or not field.unique:
                notes.append(f"{name} has no property '{self.settings.unique_property}' with unique values; writes by it will be refused.")
        notes += self._owner_notes()
        if self.settings.api_version == "v3":
            notes.append("HubSpot ends its support for v3 after September 2027; set api_version to a dated one such as 2026-03 before.")
        return Health(account, notes)

    def usage(self) -> DayUsage | None:
        """Ask for the calls of the account's day ("Account information API": api-usage/daily/private-apps).

        None where the credentials are an OAuth app's or lack the scope, and while HubSpot has not collected the count.
        """
        try:
            answer = self._api.usage()
        except (ConfigInvalid, PermissionMissing):
            return None
        rows = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise ContractBroken("HubSpot's answer about the calls of the day has no 'results'.")
        told = [row for row in rows if isinstance(row, dict) and row.get("fetchStatus") == "SUCCESS"]
        counts = [(row.get("currentUsage"), row.get("usageLimit")) for row in told]
        sound = [DayUsage(used, allowed) for used, allowed in counts if isinstance(used, int) and isinstance(allowed, int)]
        return min(sound, key=lambda each: each.allowed - each.used, default=None)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the configured objects with all their properties, as the account has them now, and the owners."""
        names = [ObjectName(name) for name in self.settings.objects if name != OWNERS]
        return [*map(self._catalog.fresh, names), SPEC]

    def token(self, previous: Token | None, http: Http) -> Token:
        """Give the configured token, or refresh by OAuth."""
        return signin.token(self.settings, self._api.paths.token, previous, http=http, clock=self.context.clock)

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield everything, or what changed since; see `reading.Feed` for why nothing is skipped."""
        if object_name == OWNERS:
            return self._owners.pages(since)
        return Feed(self._api, self._catalog, self.settings, object_name).pages(since)

    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        """Write in batches of 100; see `writing.BatchWriter`. HubSpot has no conditional writes: `Write.expect` is not used."""
        return self._writer.write(batch[0].object, batch) if batch else []

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Find by id, e-mail (additional addresses too), unique property, or any other property through search; owners by any field."""
        if object_name == OWNERS:
            return self._owners.find(matches)
        return self._finder.find(object_name, matches)

    def merge(self, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
        """Merge one after the other; the surviving id is normally a new one."""
        return merging.merge(self._api, object_name, survivor, losers)

    def verify(self, request: InboundRequest) -> None:
        """Check the delivery against every app secret."""
        secrets = [secret.get_secret_value() for secret in self.settings.client_secrets]
        webhook.verify(request, secrets, allow_old=self.settings.allow_old_signatures)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Split the delivery; it carries ids only, the records are read later. Counts events of other accounts."""
        delivery = webhook.parse(request, self.settings.portal_id)
        self.foreign_events += delivery.foreign
        return delivery.events

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Acknowledge with 200, or let HubSpot try again."""
        del request
        return webhook.answer(outcome)

    def _owner_notes(self) -> list[str]:
        try:
            self._owners.first()
        except PermissionMissing:
            return [
                "Owners cannot be read, so owner fields can neither be mapped nor shown by address; add the scope crm.objects.owners.read."
            ]
        return []

    def _account(self) -> tuple[str, list[str]]:
        try:
            details: Mapping[str, Any] = self._api.account()
        except (ConfigInvalid, PermissionMissing):
            # An older token may lack the scope, a version the path; the calls to the objects decide whether it works.
            return "HubSpot account", ["The account's details cannot be read, so its id and time zone are not known."]
        kind = details.get("accountType") or "account"
        notes = [f"Its time zone is {details.get('timeZone') or 'not known'}.", *self._portal_notes(str(details.get("portalId") or ""))]
        return f"HubSpot {details.get('portalId', 'account')} ({kind})", notes

    def _portal_notes(self, actual: str) -> list[str]:
        """Raises ConfigInvalid when the settings take the webhooks of another account than the one the credentials open."""
        wanted = self.settings.portal_id
        if wanted and actual and wanted != actual:
            hint = f"Write portal_id: {actual}, or use that other account's credentials."
            raise ConfigInvalid(f"The credentials open HubSpot account {actual}, not {wanted}.", hint=hint, setting="portal_id")
        if self.settings.client_secrets and not wanted:
            return [f"Set portal_id: {actual or '…'}, so that webhook events of other accounts that installed the same app are left out."]
        return []
