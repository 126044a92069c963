"""The `settings:` block of an Airtable connection."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class AirtableSettings(BaseModel):
    """One base."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_token: SecretStr = Field(
        min_length=1, description="A personal access token with the scopes data.records:read and schema.bases:read, for this base."
    )
    base: str = Field(pattern=r"^app[A-Za-z0-9]{1,40}$", description="The base's id: the part of its address that begins with app.")
    webhook: str | None = Field(
        default=None,
        pattern=r"^ach[A-Za-z0-9]{1,40}$",
        description="The id of the base's webhook that notifies this connection; it is renewed before its seven days are over. "
        "The token then also needs the scope webhook:manage.",
    )
    mac_secrets: list[SecretStr] = Field(
        default_factory=list, description="The macSecretBase64 that Airtable gave when the webhook was made; several while it is replaced."
    )
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

    @model_validator(mode="after")
    def _both_of_the_webhook(self) -> Self:
        if (self.webhook is None) != (not self.mac_secrets):
            raise ValueError("give `webhook` and `mac_secrets` together, or neither")
        return self
