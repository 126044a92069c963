"""The BuiltWith connector: up to 16 domains a call, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from connectors.builtwith.answers import errors_of, read_answers
from connectors.builtwith.settings import BuiltWithSettings
from core.contract import (
    AuthFailed,
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
    Unavailable,
)

NO_CREDIT_SECONDS = 3_600.0
"""How long the account without credit is left alone: nobody tells us when somebody has paid."""
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII)
_FIELDS = ("technologies", "by_tag", "last_seen", "vertical", "company", "city", "region", "postal_code", "country")


class BuiltWith(Connector[BuiltWithSettings]):
    """One BuiltWith account. The key travels in the query, which is why no error tells an address."""

    settings_type: ClassVar[type[BaseModel]] = BuiltWithSettings

    def check(self) -> Health:
        """Ask for the credit that is left, which costs none (BuiltWith API, "Usage")."""
        usage = self._get("/usagev2/api.json", [])
        left = usage.get("remaining") if isinstance(usage, dict) else None
        return Health("BuiltWith account", [f"Credits left: {left}"] if isinstance(left, int) else [])

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell what an answer may hold, the same for both kinds of record."""
        fields = [FieldSpec(name, name, FieldKind.TEXT, creatable=False, updatable=False) for name in _FIELDS]
        return [ObjectSpec(ObjectName(name), name, fields) for name in ("Lead", "Account")]

    def enrich(self, subject: Change) -> Mapping[str, JsonValue]:
        """Ask about one record's domain."""
        return self.enrich_many([subject])[0]

    def enrich_many(self, subjects: Sequence[Change]) -> Sequence[Mapping[str, JsonValue]]:
        """Ask about the domains of several records in one call; what is no domain is not asked about.

        Answers are told apart by the domain they name, never by their order.
        """
        domains = [_domain(subject) for subject in subjects]
        wanted = [*dict.fromkeys(domain for domain in domains if domain)]
        if not wanted:
            return [{} for _ in subjects]
        params = [("LOOKUP", ",".join(wanted)), ("HIDETEXT", "yes"), ("NOATTR", "yes"), ("NOPII", "yes")]
        params += [("LIVEONLY", "yes")] if self.settings.live_only else []
        known = read_answers(self._get(f"/{self.settings.api_version}/api.json", params))
        return [known.get(domain, {}) if domain else {} for domain in domains]

    def _get(self, path: str, params: Sequence[tuple[str, str]]) -> Any:
        url = self.settings.base_url + path
        key = ("KEY", self.settings.key.get_secret_value())
        answer = self.context.http.send(Request("GET", url, params=[key, *params], authenticated=False), rows=(_refusal,)).json()
        if told := errors_of(answer):
            raise _whole_call(told)
        return answer


def _domain(subject: Change) -> str | None:
    text = str(subject.fields.get("domain") or subject.id).strip().casefold()
    return text if _DOMAIN.fullmatch(text) else None


def _refusal(response: Response) -> ConnectorError | None:
    if response.status == 402 or (response.status in (403, 429) and b"credit" in response.body.lower()):
        return _no_credit()
    if response.status == 403:
        return PermissionMissing("BuiltWith does not let this key ask.", scope="Domain API", hint="Look at the account's plan.")
    return None


def _whole_call(messages: Sequence[str]) -> ConnectorError:
    """An error with status 200: the words are BuiltWith's own, so only the two kinds that matter are looked for."""
    told = " ".join(messages).casefold()
    if "credit" in told:
        return _no_credit()
    if "key" in told:
        return AuthFailed("BuiltWith refuses the key.", hint="Copy the key from your account's page at BuiltWith into `key`.")
    return Unavailable("BuiltWith did not carry out the call.")


def _no_credit() -> RateLimited:
    message, hint = "The account's credit is used up.", "Buy credit at BuiltWith. It goes on by itself within the hour."
    return RateLimited(message, retry_after=NO_CREDIT_SECONDS, hint=hint)
