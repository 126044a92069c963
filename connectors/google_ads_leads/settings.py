"""The `settings:` block of a Google Ads lead form connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class GoogleAdsLeadsSettings(BaseModel):
    """The keys that lead forms send along; one connection takes the leads of any number of forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: list[Annotated[SecretStr, Field(min_length=16, max_length=200)]] = Field(
        description="The words typed as 'Key' beside the webhook's URL in the lead forms, at least 16 characters each; list the old and "
        "the new one while you change it. Danger: the key is all that guards the endpoint, nothing is signed.",
        min_length=1,
    )
