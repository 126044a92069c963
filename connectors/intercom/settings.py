"""The `settings:` block of an Intercom connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class IntercomSettings(BaseModel):
    """The app to which Intercom sends notifications."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        min_length=1, description="The app's client secret, which signs notifications. List the new one and the old one while you renew it."
    )
    workspaces: list[str] = Field(
        default=[],
        description="Ids of the workspaces whose notifications are taken; empty: all. An app hears of every workspace that installed it.",
    )
    keep_messages: bool = Field(
        default=False, description="Keep what was written in a conversation. Danger: people write anything there, also about others."
    )
