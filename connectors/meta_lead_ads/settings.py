"""The `settings:` block of a Meta Lead Ads connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

GraphId = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]
"""Meta's ids are long numbers; they are kept as text because other programs round them."""


class MetaLeadAdsSettings(BaseModel):
    """One page and the app through which it sends its leads."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    page_id: GraphId = Field(description="The number of the Facebook page whose forms are read.")
    page_access_token: SecretStr = Field(
        description="A page access token that does not expire (of a system user), with leads_retrieval and pages_read_engagement.",
        min_length=1,
    )
    app_secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        description="The app's secret, which signs every push; list the old and the new one while you rotate it.", min_length=1
    )
    verify_token: SecretStr = Field(
        description="The word typed as 'Verify token' in the app's webhook settings; at least 16 characters.", min_length=16
    )
    app_id: GraphId | None = Field(
        default=None,
        description="The app's number. With it, the check makes sure that the page sends its leads to this app and not only to another.",
    )
    forms: list[GraphId] = Field(
        default_factory=list, description="Only these forms are polled; empty means all forms of the page. A push is taken from any form."
    )
    ad_names: bool = Field(
        default=True,
        description="Whether to fetch ids and names of ad, ad set and campaign; the token then also needs ads_management.",
    )
    overlap_seconds: int = Field(
        default=600,
        ge=0,
        le=86_400,
        description="Seconds before the newest known lead that every poll reads again, for leads that became visible late. "
        "Danger: with 0 a lead that shows up late is missed unless its push arrives.",
    )
    api_version: str = Field(
        default="v26.0", pattern=r"^v[0-9]+\.[0-9]+$", description="The version of the Graph API; Meta retires each after about two years."
    )
    base_url: str = Field(
        default="https://graph.facebook.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the Graph API is. Danger: the token is sent there; change it for a sandbox only.",
    )
