"""The AeroLeads connector: one lookup a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.aeroleads.answers import read_answer
from connectors.aeroleads.settings import AeroLeadsSettings
from core.contract import (
    Change,
    Connector,
    ConnectorError,
    FieldKind,
    FieldSpec,
    Health,
    Invalid,
    JsonValue,
    ObjectName,
    ObjectSpec,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
)

NO_CREDIT_SECONDS = 3_600.0
"""How long the account without credit is left alone: nobody tells us when somebody has paid."""


class AeroLeads(Connector[AeroLeadsSettings]):
    """One AeroLeads account."""

    settings_type: ClassVar[type[BaseModel]] = AeroLeadsSettings

    def check(self) -> Health:
        """Name the service; it is not called, because a call may cost money."""
        return Health(self.settings.base_url, ("Not called: a call may cost money. The first record that is asked about shows.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what an answer may hold."""
        names = dict.fromkeys(["email", *self.settings.fields, "confidence"])
        fields = [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in names]
        return [ObjectSpec(ObjectName("Lead"), "Lead", fields)]

    def enrich(self, subject: Change) -> Mapping[str, JsonValue]:
        """Ask about one person; nothing for 404, 202, an empty body, and an answer that fills no field.

        Raises Invalid when the record has no profile's address, RateLimited for 429 and for an account without credit.
        """
        given = self.settings
        profile = str(subject.fields.get(given.ask_field) or "").strip()
        if not profile:
            raise Invalid("The record has no profile to ask about.", field=given.ask_field)
        params = [(given.key_param, given.key.get_secret_value()), (given.ask_param, profile)]
        request = Request("GET", given.base_url + given.path, params=params, accept=frozenset({404}), authenticated=False)
        response = self.context.http.send(request, rows=(_refusal,))
        if response.status in (202, 204, 404) or not response.body.strip():
            return {}
        return read_answer(response.json(), given)


def _refusal(response: Response) -> ConnectorError | None:
    if response.status == 402 or (response.status == 429 and b"credit" in response.body.lower()):
        hint = "Buy credit at AeroLeads. It goes on by itself within the hour."
        return RateLimited("The account's credit is used up.", retry_after=NO_CREDIT_SECONDS, hint=hint)
    if response.status == 403:
        return PermissionMissing("AeroLeads does not let this key ask.", scope="lookup", hint="Look at the account's plan.")
    return None
