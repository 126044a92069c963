"""The `settings:` block of a TikTok lead generation connection."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from core.contract.signatures import TIKTOK


def _path_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token.get_secret_value()):
        raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
    return token


class Watch(BaseModel):
    """What it takes to ask TikTok whether the subscription is still there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str = Field(description="The app's id.", pattern=r"^[0-9]{1,30}$")
    access_token: SecretStr = Field(description="The access token with which the subscription was made.", min_length=1)
    callback_url: str = Field(description="The address that TikTok was told, exactly.", pattern=r"^https?://[^\s]+$")


class TikTokLeadsSettings(BaseModel):
    """The app to which TikTok sends leads; at least one of `app_secrets` and `token` guards the address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default=[],
        description="The app's secret, which signs pushes. List the new one and the old one while you renew it. "
        "Danger: without any, whoever knows `token` can post.",
    )
    token: Annotated[SecretStr, AfterValidator(_path_token)] | None = Field(
        default=None,
        description="An unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-', "
        "which is checked besides the signature.",
    )
    signature_header: str = Field(
        default=TIKTOK.header, description="The header that carries the signature.", pattern=r"^[A-Za-z0-9-]{1,100}$"
    )
    test_email_domains: list[str] = Field(
        default=[], description="A lead with an address at one of these domains is a test lead and is marked so."
    )
    watch: Watch | None = Field(
        default=None,
        description="With `app_id`, `access_token` and `callback_url` a check asks TikTok whether the subscription is still there; "
        "TikTok ends it without a word when the token is revoked. Needs `app_secrets`, the first of which is sent.",
    )
    base_url: str = Field(
        default="https://business-api.tiktok.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the app's secret is sent there; change it for a sandbox only.",
    )

    @field_validator("signature_header")
    @classmethod
    def _in_small_letters(cls, header: str) -> str:
        return header.lower()

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not self.app_secrets and self.token is None:
            raise ValueError("give `app_secrets`, or `token`, or both")
        if self.watch is not None and not self.app_secrets:
            raise ValueError("`watch` needs `app_secrets`")
        return self
