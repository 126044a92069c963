"""The `settings:` block of a Zoom connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

WebinarId = Annotated[str, Field(pattern=r"^[0-9]{5,20}$")]
"""A webinar's number without blanks; written in quotation marks."""
UserId = Annotated[str, Field(pattern=r"^[^\s/?#]{1,200}$")]
Status = Literal["approved", "pending", "denied"]


class ZoomSettings(BaseModel):
    """One Zoom account, opened by a server-to-server OAuth app."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account_id: str = Field(description="The account id that the server-to-server OAuth app shows.", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    client_id: str = Field(description="The app's client id.", min_length=1)
    client_secret: SecretStr = Field(description="The app's client secret.", min_length=1)
    secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default_factory=list,
        description="The secret tokens of the apps that push; several while one is renewed. Without any, no webhook is taken.",
    )
    users: list[UserId] = Field(
        default_factory=lambda: ["me"],
        description="Whose webinars are polled: e-mail addresses or ids of Zoom users; `me` is the owner of the app.",
    )
    webinars: list[WebinarId] = Field(
        default_factory=list, description="Webinars that are polled besides those of `users`, however long ago they were held."
    )
    statuses: list[Status] = Field(
        default=["approved", "pending", "denied"],
        description="Which registrations are polled. Zoom lists no cancelled ones; they come by push alone.",
        min_length=1,
    )
    past_days: int = Field(
        default=30,
        ge=0,
        le=365,
        description="Webinars of `users` are polled until so many days after they began.",
    )
    keep_join_urls: bool = Field(
        default=False,
        description="Keep each person's own link into the webinar. Danger: who sees the link can enter in that person's name.",
    )
    base_url: str = Field(
        default="https://api.zoom.us", pattern=r"^https?://[^\s/?#]+$", description="Where the API is. Danger: the token is sent there."
    )
    login_url: str = Field(
        default="https://zoom.us",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where tokens are made. Danger: the client secret is sent there.",
    )
