"""The `settings:` block of a BuiltWith connection."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class BuiltWithSettings(BaseModel):
    """One BuiltWith account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr = Field(min_length=1, description="The account's API key.")
    live_only: bool = Field(default=True, description="Whether only technologies count that the site uses now, not those it once used.")
    api_version: str = Field(default="v22", pattern=r"^v[0-9]+$", description="The version of the Domain API.")
    base_url: str = Field(
        default="https://api.builtwith.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the key is sent there; change it for a sandbox only.",
    )
