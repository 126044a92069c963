"""The Meta Lead Ads connector: leads of one page's instant forms, by push, by poll and by id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.meta_lead_ads.api import Graph
from connectors.meta_lead_ads.backfill import Backfill, FormRef, LeadPage
from connectors.meta_lead_ads.leads import AD_FIELDS, LEAD_FIELDS, LEADGEN, Form, describe_leads, read_form, read_lead
from connectors.meta_lead_ads.settings import MetaLeadAdsSettings
from connectors.meta_lead_ads.webhook import answer_request, parse_events, verify_request
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
    JsonValue,
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


class MetaLeadAds(Connector[MetaLeadAdsSettings]):
    """One Facebook page. A form's questions are fetched once per instance, to put option keys into words."""

    settings_type: ClassVar[type[BaseModel]] = MetaLeadAdsSettings

    def __init__(self, settings: MetaLeadAdsSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._graph = Graph(context.http, settings.api_version)
        self._fields = (*LEAD_FIELDS, *(AD_FIELDS if settings.ad_names else ()))
        self._forms: dict[str, Form | None] = {}

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - a page token is static, there is nothing to fetch
        """Hand out the configured page token; Meta has no way to renew it without an admin."""
        return Token(self.settings.page_access_token.get_secret_value(), base_url=self.settings.base_url)

    def check(self) -> Health:
        """Name the page, and note when it does not send its leads to the app, the most frequent reason why none arrive.

        Meta needs two subscriptions (Meta for Developers, 'Webhooks for leadgen'): the app's to the object Page, and the
        page's own to the app. Only the second one can be read with the page's token.
        """
        page = self._graph.get(self.settings.page_id, params=[("fields", "id,name")])
        return Health(f"{page.get('name', 'page')} ({page.get('id', self.settings.page_id)})", self._subscription_notes())

    def subscriptions(self) -> Sequence[Subscription]:
        """Tell whether the page still sends its leads to our app, where `app_id` says which that is.

        Who lost a role on the page takes it away without a word. Only an admin puts it back: the call that does replaces all
        fields that the app gets of the page.
        """
        if self.settings.app_id is None:
            return ()
        apps = [app for page in self._graph.pages(self.settings.page_id, "subscribed_apps") for app in page.nodes]
        name = f"The subscription of page {self.settings.page_id} to the app {self.settings.app_id}"
        if any(self._is_pushed_to(app) for app in apps):
            return (Subscription(f"page:{self.settings.page_id}", name, renews=False, hint=self._step()),)
        note = "the page does not send its field 'leadgen' to it"
        return (Subscription(f"page:{self.settings.page_id}", name, healthy=False, note=note, renews=False, hint=self._step()),)

    def renew(self, subscription: Subscription) -> Subscription:
        """Never called for what `subscriptions` tells; refuses with what an admin has to do."""
        raise PermissionMissing(f"{subscription.name} is put back by an admin only.", scope="pages_manage_metadata", hint=self._step())

    def _step(self) -> str:
        return f"To put it back: POST /{self.settings.page_id}/subscribed_apps?subscribed_fields=leadgen with the page's token."

    def _subscription_notes(self) -> Sequence[str]:
        try:
            apps = [app for page in self._graph.pages(self.settings.page_id, "subscribed_apps") for app in page.nodes]
        except (PermissionMissing, RecordError):
            return ("Whether the page sends its leads to an app could not be read (pages_manage_metadata is missing).",)
        if any(self._is_pushed_to(app) for app in apps):
            return ()
        app = f"the app {self.settings.app_id}" if self.settings.app_id else "an app"
        step = f"POST /{self.settings.page_id}/subscribed_apps?subscribed_fields=leadgen with the page's token"
        return (
            f"The page does not send its field 'leadgen' to {app}, so no lead is pushed; leads come by poll only. To change it: {step}.",
        )

    def _is_pushed_to(self, app: JsonValue) -> bool:
        """Whether the page sends its leads to this app; an app of somebody else does not count once ours is named."""
        if not isinstance(app, dict) or self.settings.app_id not in (None, str(app.get("id"))):
            return False
        fields = app.get("subscribed_fields")
        return isinstance(fields, list) and LEADGEN in fields

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object, with the questions of every form that is read."""
        forms = [self._form(form.id) for form in self._form_refs()]
        return [describe_leads([form for form in forms if form is not None])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the leads of the configured forms, or of all forms of the page; Meta keeps them for about 90 days."""
        self._refuse_other(object_name)
        backfill = Backfill(self._graph, self._fields, self.settings.overlap_seconds)
        try:
            for page in backfill.read(self._form_refs(), since):
                yield self._page(page)
        except Missing as error:
            raise ConfigInvalid(
                f"A form cannot be read. {error.message}", setting="forms", hint="Correct `forms`, or give the token access to the form."
            ) from error

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        """Fetch leads by id, which is all that Meta can look up by; a lead that is gone or hidden is no hit."""
        self._refuse_other(object_name)
        return {match: self._lead(match) for match in matches}

    def verify(self, request: InboundRequest) -> None:
        """Check the handshake's token or the push's signature."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Name the leads of a push; they carry no values and are fetched by id."""
        return parse_events(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        """Echo the challenge, acknowledge, or ask for another try."""
        return answer_request(request, outcome)

    def _refuse_other(self, object_name: ObjectName) -> None:
        if object_name != LEADGEN:
            message = f"Meta Lead Ads has no object '{object_name}'; it has '{LEADGEN}'."
            raise ConfigInvalid(message, hint=f"Name '{LEADGEN}' in the mapping.", setting="object")

    def _form_refs(self) -> Sequence[FormRef]:
        if self.settings.forms:
            return [FormRef(form) for form in self.settings.forms]
        pages = self._graph.pages(self.settings.page_id, "leadgen_forms", params=[("fields", "id,name,status"), ("limit", "100")])
        nodes = [node for page in pages for node in page.nodes if isinstance(node, dict) and node.get("id")]
        return [FormRef(str(node["id"]), active=node.get("status", "ACTIVE") == "ACTIVE") for node in nodes]

    def _page(self, page: LeadPage) -> Page:
        form = self._form(page.form_id) if page.nodes else None
        changes: list[Change] = []
        rejects: list[Reject] = []
        for node in page.nodes:
            try:
                changes.append(read_lead(node, form))
            except Invalid as error:
                rejects.append(_reject(node, error))
        return Page(changes, page.resume, rejects)

    def _lead(self, match: Match) -> Sequence[Change]:
        fields = dict(match.fields)
        if set(fields) != {"id"}:
            raise Invalid("Meta finds leads by id only.", field=", ".join(sorted(fields)))
        try:
            node = self._graph.get(fields["id"], params=[("fields", ",".join(self._fields))])
        except Missing:
            return ()
        if str(node.get("id")) != fields["id"]:
            raise ContractBroken("Meta answered with another lead than the one asked for.")
        return [read_lead(node, self._form(str(node.get("form_id") or "")))]

    def _form(self, form_id: str) -> Form | None:
        """The form's questions; None when this token may not see them, which costs labels and no lead."""
        if form_id and form_id not in self._forms:
            try:
                self._forms[form_id] = read_form(self._graph.get(form_id, params=[("fields", "id,name,questions")]))
            except (PermissionMissing, RecordError):
                self._forms[form_id] = None
        return self._forms.get(form_id)


def _reject(node: JsonValue, error: Invalid) -> Reject:
    raw = json.dumps(node, sort_keys=True).encode()
    return Reject(LEADGEN, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)
