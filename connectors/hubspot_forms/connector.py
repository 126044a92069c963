"""The HubSpot forms connector: submissions of an account's forms, by poll."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.hubspot_forms.api import FormsApi
from connectors.hubspot_forms.backfill import Backfill, FormPage
from connectors.hubspot_forms.settings import HubSpotFormsSettings
from connectors.hubspot_forms.submissions import SUBMISSION, describe_submissions, read_submission
from core.contract import (
    Change,
    ConfigInvalid,
    Connector,
    Context,
    Cursor,
    Health,
    Http,
    Invalid,
    JsonValue,
    Missing,
    NativeId,
    ObjectName,
    ObjectSpec,
    Page,
    Reject,
    Token,
)

_UNKNOWN_FORM_HINT = "Correct `forms`: the id stands in the address of the form's editor and in its embed code."


class HubSpotForms(Connector[HubSpotFormsSettings]):
    """The forms of one HubSpot account."""

    settings_type: ClassVar[type[BaseModel]] = HubSpotFormsSettings

    def __init__(self, settings: HubSpotFormsSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._api = FormsApi(context.http)
        self._clock = context.clock

    def token(self, previous: Token | None, http: Http) -> Token:  # noqa: ARG002 - the token is static, there is nothing to fetch
        """Hand out the configured token; only a person can make another."""
        return Token(self.settings.access_token.get_secret_value(), base_url=self.settings.base_url)

    def check(self) -> Health:
        """Look into every form once; raises ConfigInvalid for one that is not there."""
        try:
            for form in self.settings.forms:
                self._api.page(form, limit=1)
        except Missing as error:
            raise _unknown_form(error) from error
        count = len(self.settings.forms)
        return Health(f"HubSpot, {count} {'form' if count == 1 else 'forms'}")

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object."""
        return [describe_submissions()]

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield the submissions of the configured forms."""
        if object_name != SUBMISSION:
            message = f"HubSpot forms have no object '{object_name}'; there is '{SUBMISSION}'."
            raise ConfigInvalid(message, hint=f"Name '{SUBMISSION}' in the mapping.", setting="object")
        backfill = Backfill(self._api, self._clock, self.settings.overlap_seconds)
        try:
            for page in backfill.read(self.settings.forms, since):
                yield _page(page)
        except Missing as error:
            raise _unknown_form(error) from error


def _unknown_form(error: Missing) -> ConfigInvalid:
    return ConfigInvalid(f"A form cannot be read. {error.message}", setting="forms", hint=_UNKNOWN_FORM_HINT)


def _page(page: FormPage) -> Page:
    changes: list[Change] = []
    rejects: list[Reject] = []
    for node in page.nodes:
        try:
            changes.append(read_submission(node, page.form))
        except Invalid as error:
            rejects.append(_reject(node, error))
    return Page(changes, page.resume, rejects)


def _reject(node: JsonValue, error: Invalid) -> Reject:
    raw = json.dumps(node, sort_keys=True).encode()
    return Reject(SUBMISSION, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)
