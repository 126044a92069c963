"""The Typeform connector: responses of an account's forms, by push and by poll."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.typeform.api import FORMS_SCOPE, Api
from connectors.typeform.backfill import Backfill, ResponsePage
from connectors.typeform.responses import RESPONSE, Form, describe_responses, read_form, read_response
from connectors.typeform.settings import TypeformSettings
from connectors.typeform.webhook import parse_events, verify_request
from core.contract import (
    Change,
    ConfigInvalid,
    Connector,
    Context,
    Cursor,
    Event,
    Health,
    Http,
    InboundRequest,
    Invalid,
    JsonObject,
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
    Token,
    Unavailable,
    usual_answer,
)


class Typeform(Connector[TypeformSettings]):
    """One Typeform account. A form's definition is fetched once per instance, to tell answers by their titles."""

    settings_type: ClassVar[type[BaseModel]] = TypeformSettings

    def __init__(self, settings: TypeformSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = Api(context.http)
        self._forms: dict[str, Form] = {}

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - a personal token is static, there is nothing to fetch
        """Hand out the configured personal token; only a person can make another."""
        return Token(self.settings.access_token.get_secret_value(), base_url=self.settings.base_url)

    def check(self) -> Health:
        """Count the forms that the token sees, and note when no webhook can be taken."""
        count = sum(1 for _ in self._api.forms())
        notes = () if self.settings.secrets else ("No secret is set, so no webhook is taken; responses come by poll only.",)
        return Health(f"Typeform account with {count} {'form' if count == 1 else 'forms'}", notes)

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object, with the questions and hidden fields of every form that is polled."""
        return [describe_responses([self._form(form_id) for form_id in self._form_ids()])]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the completed responses of the configured forms, or of all forms that the token sees."""
        if object_name != RESPONSE:
            message = f"Typeform has no object '{object_name}'; it has '{RESPONSE}'."
            raise ConfigInvalid(message, hint=f"Name '{RESPONSE}' in the mapping.", setting="object")
        backfill = Backfill(self._api, self.settings.overlap_seconds)
        try:
            for page in backfill.read(self._form_ids(), since):
                yield self._page(page)
        except Missing as error:
            if not self.settings.forms:
                raise Unavailable("A form was deleted while the forms were read.") from error
            hint = "Correct `forms`, or use a token of a person who may see the form."
            raise ConfigInvalid(f"A form cannot be read. {error.message}", setting="forms", hint=hint) from error

    def verify(self, request: InboundRequest) -> None:
        """Check the push's signature."""
        verify_request(request, self.settings)

    def parse(self, request: InboundRequest) -> Sequence[Event]:
        """Read the response that a push carries."""
        return parse_events(request)

    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:  # noqa: ARG002 - the answer depends on the outcome alone
        """Acknowledge, or ask for another try; never 404 or 410, at which Typeform switches the webhook off at once."""
        return usual_answer(outcome)

    def _form_ids(self) -> Sequence[str]:
        return self.settings.forms or [str(form["id"]) for form in self._api.forms() if form.get("id")]

    def _page(self, page: ResponsePage) -> Page:
        form = self._form(page.form_id) if page.nodes else Form(page.form_id)
        changes: list[Change] = []
        rejects: list[Reject] = []
        for node in page.nodes:
            try:
                changes.append(read_response(node, form))
            except Invalid as error:
                rejects.append(_reject(node, error))
        return Page(changes, page.resume, rejects)

    def _form(self, form_id: str) -> Form:
        """The form's questions; without them where this token may not see the form, which costs titles and no response."""
        if form_id not in self._forms:
            try:
                self._forms[form_id] = read_form(self._api.get("forms", form_id, scope=FORMS_SCOPE), form_id)
            except (PermissionMissing, RecordError):
                self._forms[form_id] = Form(form_id)
        return self._forms[form_id]


def _reject(node: JsonObject, error: Invalid) -> Reject:
    raw = json.dumps(node, sort_keys=True).encode()
    return Reject(RESPONSE, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)
