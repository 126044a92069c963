"""The HTTP enrichment connector: one request a record, and what each kind of answer means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel

from connectors.http_enrich.answers import fill, read_confidence, read_fields
from connectors.http_enrich.settings import HttpEnrichSettings
from core.contract import (
    Change,
    Connector,
    ConnectorError,
    FieldKind,
    FieldSpec,
    Health,
    JsonValue,
    ObjectName,
    ObjectSpec,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
)

NO_CREDIT_SECONDS = 3_600.0
"""How long a service without credit is left alone: nobody tells us when somebody has paid."""
_NOT_FOUND = frozenset({404})


class HttpEnrich(Connector[HttpEnrichSettings]):
    """One service, asked about one record at a time."""

    settings_type: ClassVar[type[BaseModel]] = HttpEnrichSettings

    def check(self) -> Health:
        """Name the service; it is not called, because a call may cost money."""
        return Health(self.settings.base_url, ("Not called: a call may cost money. The first record that is asked about shows.",))

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the fields that the settings take from the answer, the same for both kinds of record."""
        named = [*self.settings.fields, *(["confidence"] if self.settings.confidence else [])]
        fields = [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in dict.fromkeys(named)]
        return [ObjectSpec(ObjectName(name), name, fields) for name in ("Lead", "Account")]

    def enrich(self, subject: Change) -> Mapping[str, JsonValue]:
        """Ask about one record; nothing for 404, 202, an empty body, and an answer that fills no field.

        Raises RateLimited for 429 and for a service without credit, Invalid when the record lacks a value that is asked with.
        """
        response = self.context.http.send(self._request(subject.fields), rows=(_refusal,))
        if response.status in (202, 204, 404) or not response.body.strip():
            return {}
        answer: JsonValue = response.json()
        found = read_fields(answer, self.settings.fields)
        path = self.settings.confidence
        sure = read_confidence(answer, path, self.settings.confidence_of) if path else None
        return found if not found or sure is None else {**found, "confidence": sure}

    def _request(self, values: Mapping[str, JsonValue]) -> Request:
        given = self.settings
        headers, params = {"accept": "application/json"}, [(name, fill(text, values)) for name, text in given.params.items()]
        token = given.token.get_secret_value() if given.token else None
        if token is not None and given.token_param:
            params.append((given.token_param, token))
        elif token is not None:
            headers[given.token_header] = given.token_prefix + token
        body = None
        if given.method == "POST":
            headers["content-type"] = "application/json"
            body = json.dumps({name: fill(text, values) for name, text in given.body.items()}).encode()
        path = fill(given.path, values, lambda text: quote(text, safe=""))
        url = given.base_url + path
        return Request(given.method, url, params, headers, body, accept=_NOT_FOUND, authenticated=False)


def _refusal(response: Response) -> ConnectorError | None:
    if response.status == 402 or (response.status == 429 and b"credit" in response.body.lower()):
        message = "The service's credit is used up."
        return RateLimited(message, retry_after=NO_CREDIT_SECONDS, hint="Buy credit there. It goes on by itself within the hour.")
    if response.status == 403:
        return PermissionMissing("The service does not let this key ask.", scope="lookup", hint="Look at the key's rights there.")
    return None
