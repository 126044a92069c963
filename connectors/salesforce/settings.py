"""What an admin sets for one Salesforce connection, checked as far as that is possible without a call."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

DEFAULT_OBJECTS = ("Lead", "Contact", "Account", "Campaign", "CampaignMember", "Opportunity", "Task", "User")
OLDEST_VERSION = 52
"""The first API version with everything that is used here (the duplicate-rule header came last)."""

_SHARED_LOGIN_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
_NEEDED = {
    "client_credentials": ("consumer_secret",),
    "jwt_bearer": ("username", "private_key"),
    "refresh_token": ("refresh_token",),
}
ApiName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""The API name of an object or field."""


class Settings(BaseModel):
    """The `settings:` block of a Salesforce connection."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    grant: Literal["client_credentials", "jwt_bearer", "refresh_token"] = Field(
        "client_credentials", description="How tokens are fetched; see the connector's README for what each needs."
    )
    login_url: str = Field(
        "https://login.salesforce.com",
        description="Where tokens are fetched. client_credentials needs the org's My Domain, e.g. https://acme.my.salesforce.com.",
    )
    consumer_key: str = Field(min_length=1, description="The external client app's consumer key.")
    consumer_secret: SecretStr | None = Field(None, description="The app's consumer secret.")
    username: str | None = Field(None, description="The user to act as (jwt_bearer).")
    private_key: SecretStr | None = Field(None, description="The PEM key whose certificate the app holds (jwt_bearer).")
    audience: str | None = Field(None, description="The JWT's audience; absent: login_url.")
    refresh_token: SecretStr | None = Field(None, description="The refresh token (refresh_token).")
    api_version: str = Field("64.0", description="The REST API version.")
    objects: list[ApiName] = Field(list(DEFAULT_OBJECTS), min_length=1, description="API names of the objects in use.")
    fields: dict[ApiName, list[ApiName]] = Field(
        default_factory=dict, description="Per object, the only fields to read; absent: all. Needed where all do not fit into one query."
    )
    allow_duplicates: bool = Field(False, description="Save although a duplicate rule alerts; rules that block still refuse.")
    assignment_rules: bool = Field(False, description="Let the org's assignment rules choose owners on every write.")
    bulk_from: int = Field(2_000, ge=1, description="From this many writes in one call on, a Bulk API 2.0 job is used.")
    bulk_read_from: int = Field(20_000, ge=1, description="From this many records on, a full read goes by a Bulk API 2.0 job.")
    overlap_seconds: int = Field(90, ge=0, le=3_600, description="How far a poll looks back behind its cursor.")
    late_visible_seconds: int = Field(60, ge=0, le=3_600, description="How long after its time stamp a change may become visible.")

    token: SecretStr | None = Field(
        None,
        description="Outbound messages: the unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-'. "
        "Danger: who knows it can make records be read anew.",
    )
    organization_id: str | None = Field(
        None, pattern=r"^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Outbound messages: the only organization to take them from."
    )

    @property
    def needs_headers(self) -> bool:
        """Whether writes need what Bulk API 2.0 jobs do not know: assignment rules, or leave to save duplicates."""
        return self.assignment_rules or self.allow_duplicates

    @field_validator("login_url", "audience")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        is_local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if parts.scheme not in ({"http", "https"} if is_local else {"https"}) or not parts.hostname or parts.username or parts.query:
            raise ValueError("must be an https address such as https://acme.my.salesforce.com")
        return value.rstrip("/")

    @field_validator("token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", value.get_secret_value()):
            raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
        return value

    @field_validator("api_version")
    @classmethod
    def _check_version(cls, value: str) -> str:
        number = value.removeprefix("v").removesuffix(".0")
        if not number.isdecimal() or int(number) < OLDEST_VERSION:
            raise ValueError(f"must be a version such as 64.0, not older than {OLDEST_VERSION}.0")
        return f"{int(number)}.0"

    @model_validator(mode="after")
    def _check_grant(self) -> Self:
        absent = [name for name in _NEEDED[self.grant] if not getattr(self, name)]
        if absent:
            raise ValueError(f"grant {self.grant} needs {' and '.join(absent)}")
        if self.grant == "client_credentials" and urlsplit(self.login_url).hostname in _SHARED_LOGIN_HOSTS:
            raise ValueError("grant client_credentials needs login_url to be the org's My Domain, e.g. https://acme.my.salesforce.com")
        return self
