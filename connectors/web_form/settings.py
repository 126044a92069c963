"""The `settings:` block of a web form connection."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from core.contract import ConfigInvalid
from core.contract.signatures import STANDARD_WEBHOOKS, signing_key

_ORIGIN = re.compile(r"https?://[^\s/?#@\\]+", re.ASCII)


def _signing_secret(secret: SecretStr) -> SecretStr:
    try:
        signing_key(STANDARD_WEBHOOKS, secret.get_secret_value())
    except ConfigInvalid as error:
        raise ValueError("this is not a Standard Webhooks secret (whsec_ and base64)") from error
    return secret


def _path_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token.get_secret_value()):
        raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
    return token


def _origin(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("this is not an origin such as https://www.example.com, without path")
    return origin.lower()


class WebFormSettings(BaseModel):
    """One endpoint for one form or one group of forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr, AfterValidator(_path_token)] = Field(
        description="The unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-'. "
        "Danger: who knows it can post; a form in a public page shows it to everybody, so it sorts out chance visitors only."
    )
    secrets: list[Annotated[SecretStr, AfterValidator(_signing_secret)]] = Field(
        default_factory=list,
        description="Standard Webhooks secrets (whsec_...) of a sender that signs; when there is one, unsigned posts are refused.",
    )
    id_field: str | None = Field(
        default=None,
        description="The field with the sender's own submission id. Without it and without a webhook-id header, "
        "two posts with the same content count as one submission, whenever they come.",
    )
    honeypots: list[str] = Field(
        default_factory=list,
        description="Fields hidden from people; a submission that fills one is kept apart as spam and answered as usual.",
    )
    redirect_to: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s\\]+$",
        description="The page shown after a post (HTTP 303); absent means a short JSON answer.",
    )
    redirect_field: str | None = Field(
        default=None, description="The field with which a form may name its own page to be shown after a post; see `redirect_origins`."
    )
    redirect_origins: list[Annotated[str, AfterValidator(_origin)]] = Field(
        default_factory=list,
        description="Origins, such as https://www.example.com, to which `redirect_field` may lead; any other value of it is ignored.",
    )
    allowed_origins: list[Annotated[str, AfterValidator(_origin)]] = Field(
        default_factory=list, description="Origins whose scripts may post from a browser and read the answer (CORS)."
    )
