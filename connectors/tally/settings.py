"""The `settings:` block of a Tally connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class TallySettings(BaseModel):
    """The webhooks of one or more forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        description="The signing secrets of the forms' webhooks; several for several forms or while one is changed. "
        "Tally sends unsigned pushes without one; those are refused.",
        min_length=1,
    )
