"""The `settings:` block of an ON24 connection."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class On24Settings(BaseModel):
    """One ON24 client, which is one account, with its sub-accounts unless they are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(pattern=r"^[0-9]{1,12}$", description="The number of the ON24 client; written in quotation marks.")
    token_key: SecretStr = Field(min_length=1, description="The key of an API token. ON24 disables tokens that rest for 60 days.")
    token_secret: SecretStr = Field(min_length=1, description="The secret of the same API token.")
    days_back: int = Field(default=90, ge=0, le=1095, description="The first reading begins so many days before today.")
    overlap_days: int = Field(
        default=3,
        ge=2,
        le=30,
        description="Days before the last reading that every reading asks for again. ON24 shows people up to a day late.",
    )
    subaccounts: bool = Field(default=True, description="Read the client's sub-accounts as well.")
    withdrawn: bool = Field(default=False, description="Tell registrations that were withdrawn (soft-deleted) too, with status deleted.")
    event_titles: bool = Field(
        default=True,
        description="Ask for each webinar's title and time, one call a webinar and round; without it test webinars are not known.",
    )
    base_url: str = Field(
        default="https://api.on24.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is; https://api.eu.on24.com for European accounts. Danger: the token is sent there.",
    )
