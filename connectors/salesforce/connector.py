"""The Salesforce connector: one object that plays all its roles by handing each to the module that knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from connectors.salesforce.auth import fetch_token
from connectors.salesforce.collect import Collector
from connectors.salesforce.errors import read_error
from connectors.salesforce.feed import Feed
from connectors.salesforce.find import Finder
from connectors.salesforce.group import write_group
from connectors.salesforce.merging import merge
from connectors.salesforce.org import Org
from connectors.salesforce.settings import Settings
from connectors.salesforce.soap import Soap
from connectors.salesforce.webhook import answer_message, parse_message, verify_message
from connectors.salesforce.write import carry_out
from core.contract import (
    Change,
    ConfigInvalid,
    Connector,
    ConnectorError,
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
    Request,
    Response,
    Ticket,
    Token,
    Write,
)

CALLS_RUNNING_LOW = 0.8
"""From this share of the daily API calls on, `check` warns."""

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
_IDENTITY = re.compile(r"/id/(\w{15,18})/(\w{15,18})")


class SalesforceConnector(Connector[Settings]):
    """One connection to one Salesforce org."""

    settings_type = Settings

    def __init__(self, settings: Settings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._org = Org(settings, context)
        self._feed = Feed(self._org)
        self._finder = Finder(self._org)
        self._collector = Collector(self._org)
        self._soap = Soap(self._org)

    def token(self, previous: Token | None, http: Http) -> Token:
        """Fetch an access token by the configured grant; its `base_url` is the org's own host."""
        return self._soap.keep(fetch_token(self.settings, previous, http, self.context.clock))

    def check(self) -> Health:
        """Open the API version's root and one describe; names the org and the user where Salesforce tells them."""
        response = self.context.http.send(Request("GET", f"{self._org.paths.root}/"), [_version_error])
        resources = response.json()
        found = _IDENTITY.search(str(resources.get("identity", "")))
        account = f"Salesforce org {found[1]}, user {found[2]}" if found else f"Salesforce org behind {self.settings.login_url}"
        usage = _usage_notes(response.headers.get("sforce-limit-info", ""))
        return Health(account, [*usage, *self._missing_objects(), *self._webhook_notes(found[1] if found else "")])

    def usage(self) -> DayUsage | None:
        """Ask Limits (REST guide, "Limits") for the calls of the last 24 hours; None where the user may not view the org's setup."""
        try:
            answer = self.context.http.send(Request("GET", f"{self._org.paths.root}/limits"), [read_error]).json()
        except PermissionMissing:
            return None
        day = answer.get("DailyApiRequests") if isinstance(answer, dict) else None
        if not isinstance(day, dict) or not all(isinstance(day.get(name), int) for name in ("Max", "Remaining")):
            raise ContractBroken("Salesforce's answer about its limits does not tell the calls of a day.")
        return DayUsage(max(0, day["Max"] - day["Remaining"]), day["Max"])

    def describe(self) -> Sequence[ObjectSpec]:
        """Describe the configured objects that the org has; raises ConfigInvalid for one that was named by hand and is not there."""
        specs: list[ObjectSpec] = []
        for name in self.settings.objects:
            try:
                specs.append(self._org.described_anew(name).spec)
            except ConfigInvalid:
                if "objects" in self.settings.model_fields_set:
                    raise
        return specs

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield changed records and then what is gone; see `Feed.read`."""
        return self._feed.read(object_name, since)

    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        """Write by sObject Collections; from `bulk_from` writes on by a Bulk API 2.0 job, whose receipts are `Pending`."""
        return carry_out(self._org, self._finder, self._soap, batch)

    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        """Write all or none by one composite request; see `group.write_group`."""
        return write_group(self._org, group)

    def collect(self, tickets: Sequence[Ticket]) -> Sequence[Receipt]:
        """Look up the outcome of jobs; results are there for seven days."""
        return self._collector.collect(tickets)

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Find live records; see `Finder.find`."""
        return self._finder.find(object_name, matches)

    def merge(self, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
        """Merge leads, contacts or accounts; see `merging.merge`."""
        return merge(self._org, self._soap, object_name, survivor, losers)

    def verify(self, request: InboundRequest) -> None:
        """Believe an outbound message by its URL's token and its organization."""
        verify_message(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Take the notifications out of an outbound message."""
        return parse_message(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or not, as SOAP."""
        return answer_message(outcome)

    def _missing_objects(self) -> list[str]:
        """The first configured object proves that records can be reached at all; others are told by `describe`."""
        first = ObjectName(self.settings.objects[0])
        return [] if self._org.is_known(first) else [f"The integration user cannot see {first}."]

    def _webhook_notes(self, organization: str) -> list[str]:
        if self.settings.token is None or not organization:
            return []
        if self.settings.organization_id is None:
            return [f"Outbound messages are believed by their URL alone; set organization_id to {organization} as well."]
        if self.settings.organization_id[:15] != organization[:15]:
            return [f"organization_id is not this org's, which is {organization}: all its outbound messages are refused."]
        return []


def _usage_notes(header: str) -> list[str]:
    """Sforce-Limit-Info as a note: calls of the last 24 hours and the allowance; it costs no call of its own, as /limits would."""
    found = _USAGE.search(header)
    if found is None:
        return []
    is_low = int(found[1]) >= CALLS_RUNNING_LOW * int(found[2])
    advice = " That is close to the limit: poll less often." if is_low else ""
    return [f"{found[1]} of {found[2]} API calls of the last 24 hours are used up.{advice}"]


def _version_error(response: Response) -> ConnectorError | None:
    if response.status == 404:
        return ConfigInvalid("Salesforce does not know this API version.", hint="Choose one that the org offers.", setting="api_version")
    return read_error(response)
