"""The `settings:` block of a Typeform connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

FormId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The last part of a form's address, as in https://example.typeform.com/to/AbC123."""


class TypeformSettings(BaseModel):
    """One Typeform account and the webhooks of its forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_token: SecretStr = Field(
        description="A personal access token with the scopes forms:read and responses:read; every poll uses it.", min_length=1
    )
    secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default_factory=list,
        description="The secrets typed into the webhooks of the forms; several for several forms or while one is changed. "
        "Without any, no webhook is taken.",
    )
    forms: list[FormId] = Field(
        default_factory=list,
        description="Only these forms are polled; empty means all forms of the account. A push is taken from any form that knows a secret.",
    )
    overlap_seconds: int = Field(
        default=600,
        ge=0,
        le=86_400,
        description="Seconds before the newest known response that every poll reads again, for responses that became visible late. "
        "Danger: with 0 a response that shows up late is missed unless its push arrives.",
    )
    base_url: str = Field(
        default="https://api.typeform.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is; accounts in the EU data centre use https://api.eu.typeform.com. Danger: the token is sent there.",
    )
