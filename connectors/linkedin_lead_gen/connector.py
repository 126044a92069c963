"""The LinkedIn Lead Gen Forms connector: responses of one owner's forms, by push, by poll and by id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.linkedin_lead_gen import signin
from connectors.linkedin_lead_gen.api import Api, Window
from connectors.linkedin_lead_gen.backfill import Backfill, ResponsePage
from connectors.linkedin_lead_gen.forms import Form, FormVersion, form_version, read_form
from connectors.linkedin_lead_gen.responses import RESPONSE, describe_responses, read_response, response_id
from connectors.linkedin_lead_gen.settings import LinkedInSettings
from connectors.linkedin_lead_gen.webhook import answer_request, parse_events, verify_request
from core.contract import (
    Change,
    ConfigInvalid,
    Connector,
    Context,
    ContractBroken,
    Cursor,
    Event,
    Health,
    Http,
    InboundRequest,
    Invalid,
    JsonObject,
    Match,
    Missing,
    NativeId,
    ObjectName,
    ObjectSpec,
    Outcome,
    Page,
    PermissionMissing,
    RecordError,
    Reject,
    Reply,
    Subscription,
    Token,
)

_DAY_MS = 86_400_000


class LinkedInLeadGen(Connector[LinkedInSettings]):
    """One owner of forms. Each version of a form is fetched once per instance, to tell answers by their questions."""

    settings_type: ClassVar[type[BaseModel]] = LinkedInSettings

    def __init__(self, settings: LinkedInSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = Api(context.http, settings.api_version)
        self._forms: dict[FormVersion, Form] = {}

    def token(self, previous: Token | None, http: Http) -> Token:
        """Hand out the configured token, or renew it by the refresh token."""
        return signin.token(self.settings, previous, http=http, clock=self.context.clock)

    def subscriptions(self) -> Sequence[Subscription]:
        """Tell when the access ends that a person granted to the app."""
        return [signin.grant_of(self.settings, self.context.granted, self.context.clock.now())]

    def renew(self, subscription: Subscription) -> Subscription:
        """Never called for what `subscriptions` tells; refuses with what a person has to do."""
        raise PermissionMissing(f"{subscription.name} is granted by a person only.", scope="oauth", hint=subscription.hint)

    def check(self) -> Health:
        """Ask for one response of the last day, which needs version, token, permission and owner to be right."""
        now = int(self.context.clock.now().timestamp() * 1000)
        self._api.responses(Window(self.settings.owner, self.settings.lead_types[0], now - _DAY_MS, now), 0, count=1)
        return Health(self.settings.owner, ("Whether LinkedIn pushes leads here is shown by its list of leadNotifications only.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object, with the questions of the forms that this instance has met among the latest responses."""
        now = int(self.context.clock.now().timestamp() * 1000)
        for lead_type in self.settings.lead_types:
            window = Window(self.settings.owner, lead_type, now - self.settings.history_days * _DAY_MS, now)
            elements = self._api.responses(window, 0).get("elements")
            for node in elements if isinstance(elements, list) else []:
                self._form(node.get("versionedLeadGenFormUrn") if isinstance(node, dict) else None)
        return [describe_responses(list(self._forms.values()))]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the responses of the owner's forms; LinkedIn keeps them for about 90 days."""
        self._refuse_other(object_name)
        backfill = Backfill(self._api, self.settings.owner, self.settings.overlap_seconds, self.settings.history_days)
        try:
            for page in backfill.read(self.settings.lead_types, since, self.context.clock.now()):
                yield self._page(page)
        except Missing as error:
            hint = "Correct `owner`, or give the token's user a role on it."
            raise ConfigInvalid(f"The owner's leads cannot be read. {error.message}", setting="owner", hint=hint) from error

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Fetch responses by id, which is all that LinkedIn can look up by; one that is gone or hidden is no hit."""
        self._refuse_other(object_name)
        return {match: self._response(match) for match in matches}

    def verify(self, request: InboundRequest) -> None:
        """Check the challenge's form or the push's signature."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Name the response of a push; it carries no values and is fetched by id."""
        return parse_events(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Answer the challenge, acknowledge, or ask for another try."""
        return answer_request(request, outcome, self.settings)

    def _refuse_other(self, object_name: ObjectName) -> None:
        if object_name != RESPONSE:
            message = f"LinkedIn Lead Gen Forms has no object '{object_name}'; it has '{RESPONSE}'."
            raise ConfigInvalid(message, hint=f"Name '{RESPONSE}' in the mapping.", setting="object")

    def _page(self, page: ResponsePage) -> Page:
        changes: list[Change] = []
        rejects: list[Reject] = []
        for node in page.nodes:
            try:
                changes.append(self._change(node))
            except Invalid as error:
                rejects.append(_reject(node, error))
        return Page(changes, page.resume, rejects)

    def _response(self, match: Match) -> Sequence[Change]:
        fields = dict(match.fields)
        if set(fields) != {"id"}:
            raise Invalid("LinkedIn finds responses by id only.", field=", ".join(sorted(fields)))
        wanted = response_id(fields["id"])
        try:
            change = self._change(self._api.response(wanted))
        except Missing:
            return ()
        if change.id != wanted:
            raise ContractBroken("LinkedIn answered with another response than the one asked for.")
        return [change]

    def _change(self, node: JsonObject) -> Change:
        return read_response(node, self._form(node.get("versionedLeadGenFormUrn")))

    def _form(self, urn: object) -> Form:
        """The form's questions; without them where this token may not see the form, which costs words and no response."""
        version = form_version(urn)
        if version.id and version not in self._forms:
            try:
                self._forms[version] = read_form(self._api.form(version.id))
            except (PermissionMissing, RecordError):
                self._forms[version] = Form()
        return self._forms.get(version, Form())


def _reject(node: JsonObject, error: Invalid) -> Reject:
    raw = json.dumps(node, sort_keys=True).encode()
    return Reject(RESPONSE, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)
