"""The `settings:` block of a Jotform connection."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _path_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token.get_secret_value()):
        raise ValueError("at least 16 characters out of A-Z, a-z, 0-9, '_' and '-'")
    return token


class JotformSettings(BaseModel):
    """The webhooks of one or more forms."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    token: Annotated[SecretStr, AfterValidator(_path_token)] = Field(
        description="The unguessable last part of the endpoint's URL, at least 16 letters, digits, '_' or '-'. "
        "Danger: Jotform signs nothing, so who knows it can post submissions."
    )
    forms: list[Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]] = Field(
        default_factory=list, description="Only submissions of these forms are taken; empty means of any form."
    )
