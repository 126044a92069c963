"""The `settings:` block of a Snapchat lead generation connection."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from core.contract.signatures import Digest, Encoding, Scheme

_NAME = "Snap"


def _path_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token.get_secret_value()):
        raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
    return token


class SnapSignature(BaseModel):
    """How Snap signs, as far as the admin has found out; an HMAC over the raw body is taken for granted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secrets: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        description="The `hmacSecret` of each integration, which Snap shows once.", min_length=1
    )
    header: str = Field(description="The header that carries the signature.", pattern=r"^[A-Za-z0-9-]{1,100}$")
    digest: Digest = Field(default=Digest.SHA256, description="The hash under the HMAC: `sha256` or `sha1`.")
    encoding: Encoding = Field(default=Encoding.HEX, description="How the signature is written: `hex` or `base64`.")
    prefix: str = Field(default="", description="What stands before the signature in the header, such as `sha256=`.", max_length=50)

    @field_validator("header")
    @classmethod
    def _in_small_letters(cls, header: str) -> str:
        return header.lower()

    def scheme(self) -> Scheme:
        """Give the scheme that a push has to fit."""
        return Scheme(_NAME, self.header, digest=self.digest, encoding=self.encoding, prefix=self.prefix)


class SnapchatLeadGenSettings(BaseModel):
    """The lead forms whose webhooks know the address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr, AfterValidator(_path_token)] = Field(
        description="The unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-'. "
        "Danger: without `signature`, who knows it can post."
    )
    signature: SnapSignature | None = Field(
        default=None,
        description="How pushes are signed. Snap does not tell in public; absent: the token alone guards the address.",
    )
    test_email_domains: list[str] = Field(
        default=["snapchat.com"], description="A lead with an address at one of these domains is Snap's test lead and is marked so."
    )
