"""The `settings:` block of an Airtable connection."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AirtableSettings(BaseModel):
    """One base."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_token: SecretStr = Field(
        min_length=1, description="A personal access token with the scopes data.records:read and schema.bases:read, for this base."
    )
    base: str = Field(pattern=r"^app[A-Za-z0-9]{1,40}$", description="The base's id: the part of its address that begins with app.")
    overlap_seconds: int = Field(
        default=600,
        ge=0,
        le=86_400,
        description="Seconds before the last poll that every poll reads again, for records that were saved meanwhile or late. "
        "Danger: with 0 a record that is saved during a poll can be missed.",
    )
    base_url: str = Field(
        default="https://api.airtable.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the token is sent there.",
    )
