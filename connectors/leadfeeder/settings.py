"""The `settings:` block of a Leadfeeder connection."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Host = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class LeadfeederSettings(BaseModel):
    """One Leadfeeder account, which is one web site."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_token: SecretStr = Field(min_length=1, description="An API token of Leadfeeder; no other program should use the same one.")
    account: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,60}$", description="The account's id; `leadloom check` lists those that the token sees."
    )
    days_back: int = Field(default=30, ge=0, le=365, description="The first reading begins so many days before today.")
    overlap_days: int = Field(
        default=2,
        ge=1,
        le=14,
        description="Days before the last reading that every reading asks for again, for visits that were still going on or shown late.",
    )
    timezone: str | None = Field(
        default=None, description="The time zone of Leadfeeder's days, such as Europe/Helsinki; absent, the one that the account tells."
    )
    shared_hosts: list[Host] = Field(
        default=["facebook.com", "instagram.com", "linkedin.com", "twitter.com", "x.com", "youtube.com", "business.site", "linktr.ee"],
        description="Web sites that many companies share. A company that names one of them has no domain of its own.",
    )
    base_url: str = Field(
        default="https://api.leadfeeder.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the token is sent there.",
    )

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        try:
            ZoneInfo(name or "UTC")
        except (ValueError, OSError, KeyError) as error:
            raise ValueError("is no time zone that is known, such as Europe/Helsinki") from error
        return name
