"""The `settings:` block of a Calendly connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CalendlySettings(BaseModel):
    """The webhook subscriptions of one organization."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    signing_keys: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        description="The signing keys given when the webhook subscriptions were made; several for several or while one is replaced.",
        min_length=1,
    )
