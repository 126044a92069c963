"""The `settings:` block of a LinkedIn Lead Gen Forms connection."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

LeadType = Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")]
"""What a form belongs to; SPONSORED is that of adverts."""


class OAuthSettings(BaseModel):
    """The client of the app and the refresh token that a person of the advertiser granted it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(description="The app's client id.", min_length=1)
    refresh_token: SecretStr = Field(description="The refresh token that a person gave the app; it lives for about a year.", min_length=1)
    token_url: str = Field(
        default="https://www.linkedin.com/oauth/v2/accessToken",
        pattern=r"^https?://[^\s?#]+$",
        description="Where tokens are renewed. Danger: the app's secret is sent there; change it for a sandbox only.",
    )


class LinkedInSettings(BaseModel):
    """One owner of lead gen forms, and the app to which LinkedIn sends them; exactly one of `access_token` and `oauth` opens it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str = Field(
        pattern=r"^urn:li:(sponsoredAccount|organization):[0-9]{1,30}$",
        description="The owner of the forms, as `urn:li:sponsoredAccount:<number>` or `urn:li:organization:<number>`.",
    )
    client_secrets: list[Annotated[SecretStr, Field(min_length=8)]] = Field(
        min_length=1,
        description="The app's client secret, which signs pushes, answers LinkedIn's challenge and renews tokens. "
        "List the new one first and the old one behind it while you rotate it.",
    )
    access_token: SecretStr | None = Field(
        default=None, min_length=1, description="An access token with r_marketing_leadgen_automation; it ends after about 60 days."
    )
    oauth: OAuthSettings | None = Field(default=None, description="Client id and refresh token, by which access tokens are renewed.")
    lead_types: list[LeadType] = Field(
        default_factory=lambda: ["SPONSORED"],
        min_length=1,
        description="Kinds of leads that are polled: SPONSORED, EVENT, COMPANY, ORGANIZATION_PRODUCT. A push is taken of any kind.",
    )
    overlap_seconds: int = Field(
        default=3600,
        ge=0,
        le=604_800,
        description="Seconds before the end of the last poll that every poll reads again, for responses that became visible late. "
        "Danger: with 0 a response that shows up late is missed unless its push arrives.",
    )
    history_days: int = Field(default=90, ge=1, le=365, description="How far the first poll reads back; LinkedIn keeps about 90 days.")
    api_version: str = Field(
        default="202610",
        pattern=r"^20[0-9]{2}(0[1-9]|1[0-2])$",
        description="The version of LinkedIn's API, year and month; LinkedIn switches each off after about a year.",
    )
    base_url: str = Field(
        default="https://api.linkedin.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the token is sent there; change it for a sandbox only.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.access_token is None) == (self.oauth is None):
            raise ValueError("give either `access_token` or `oauth`")
        return self
