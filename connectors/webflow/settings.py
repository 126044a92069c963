"""The `settings:` block of a Webflow connection."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


def _path_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token.get_secret_value()):
        raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
    return token


class WebflowSettings(BaseModel):
    """The form webhooks of one or more sites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default_factory=list,
        description="Secrets of webhooks made through the API: the webhook's own, or the app's client secret; several while one is "
        "changed. When there is one, unsigned pushes are refused.",
    )
    token: Annotated[SecretStr, AfterValidator(_path_token)] | None = Field(
        default=None,
        description="The unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-'. Needed for webhooks "
        "made in the dashboard, which Webflow does not sign. Danger: without `secrets`, who knows it can post.",
    )

    @model_validator(mode="after")
    def _is_guarded(self) -> Self:
        if not self.secrets and self.token is None:
            raise ValueError("set `secrets` or `token`; with neither anybody could post")
        return self
