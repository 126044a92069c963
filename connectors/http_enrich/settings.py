"""The `settings:` block of an HTTP enrichment connection."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class HttpEnrichSettings(BaseModel):
    """How one service is asked, and where its answer holds what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the service is, without a path. Danger: the token and the values asked about are sent there.",
    )
    path: str = Field(pattern=r"^/[^\s?#]*$", description="The path to call; {domain}, {email} and the like stand for the record's values.")
    params: dict[str, str] = Field(default_factory=dict, description="Parameters of the query, with the same {names}.")
    method: Literal["GET", "POST"] = Field(default="GET", description="How it is called; a POST carries `body` as JSON.")
    body: dict[str, str] = Field(default_factory=dict, description="The fields of a POST's JSON body, with the same {names}.")
    token: SecretStr | None = Field(default=None, description="The service's key; absent means that it asks for none.")
    token_header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$", description="The header that carries the key.")
    token_prefix: str = Field(default="Bearer ", description="What stands before the key in the header.")
    token_param: str | None = Field(
        default=None, description="The parameter of the query that carries the key, where it is not a header that does."
    )
    fields: dict[str, str] = Field(
        min_length=1, description="Names of your choice, each with the dotted path in the answer, such as company.address.city or emails.0."
    )
    confidence: str | None = Field(
        default=None, description="The dotted path of how sure the service is; absent means that it does not say."
    )
    confidence_of: float = Field(default=1.0, gt=0, description="What full confidence is in the service's numbers, such as 1 or 100.")
