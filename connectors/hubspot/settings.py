"""The `settings:` block of a HubSpot connection."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_MODEL = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class OAuthSettings(BaseModel):
    """The client of an OAuth app, and the refresh token that one installation of it gave."""

    model_config = _MODEL

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


class HubSpotSettings(BaseModel):
    """How to reach one HubSpot account; exactly one of `access_token` and `oauth` opens it."""

    model_config = _MODEL

    base_url: str = "https://api.hubapi.com"
    access_token: SecretStr | None = Field(default=None, description="A service key's or private app's token.")
    oauth: OAuthSettings | None = None
    client_secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default_factory=list, description="App secrets that may sign webhooks; several while one is rotated."
    )
    allow_old_signatures: bool = Field(
        default=False, description="Accept webhook signatures v1 and v2, which a recorded request can repeat."
    )
    portal_id: str | None = Field(default=None, description="Only webhook events of this account are taken; with `oauth` a must.")
    api_version: str = Field(default="v3", pattern=r"^(v3|20\d\d-(03|09)(-beta)?)$")
    objects: list[str] = Field(default_factory=lambda: ["contacts", "companies", "deals"], min_length=1)
    properties: dict[str, list[str]] = Field(default_factory=dict, description="Per object, the properties to read; absent: all.")
    unique_property: str = Field(default="leadloom_id", description="The property with unique values that holds our link id.")
    overlap_seconds: float = Field(default=120, ge=0, description="How far a poll reads back behind its cursor.")
    index_lag_seconds: float = Field(default=60, ge=0, description="How long search may hide a change.")
    deletions_every_seconds: float = Field(default=300, ge=0, description="How often the recycle bin is listed, at most.")
    timeout_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.access_token is None) == (self.oauth is None):
            raise ValueError("set either access_token or oauth")
        if self.oauth is not None and self.client_secrets and self.portal_id is None:
            raise ValueError("set portal_id beside oauth and client_secrets: one app's webhooks tell of every account that installed it")
        address = urlsplit(self.base_url)
        if address.scheme != "https" and address.hostname not in _LOOPBACK:
            raise ValueError("base_url must be https")
        return self
