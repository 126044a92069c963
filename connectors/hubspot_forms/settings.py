"""The `settings:` block of a HubSpot forms connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

FormGuid = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
"""The form's id as it stands in the address of its editor and in its embed code."""


class HubSpotFormsSettings(BaseModel):
    """The forms of one HubSpot account."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    access_token: SecretStr = Field(
        description="The token of a service key or private app with the scope `forms`; every poll uses it.", min_length=1
    )
    forms: list[FormGuid] = Field(description="The ids of the forms that are polled.", min_length=1)
    overlap_seconds: int = Field(
        default=3600,
        ge=0,
        le=2_764_800,
        description="Seconds before a form's newest known submission that every poll reads again, for those that show up late. "
        "Programs may send submissions up to a month back-dated; where one does, set 2764800 (32 days). "
        "Danger: with 0 a submission that shows up late is missed.",
    )
    base_url: str = Field(
        default="https://api.hubapi.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the token is sent there; change it for a sandbox only.",
    )
