"""The `settings:` block of an AeroLeads connection."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AeroLeadsSettings(BaseModel):
    """One AeroLeads account. AeroLeads publishes no reference, so all that is assumed of its API is a setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr = Field(min_length=1, description="The account's API key.")
    min_confidence: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="How sure an answer must be for its e-mail address. Danger: with 0 it is taken even when nothing is said about it.",
    )
    ask_field: str = Field(default="x_linkedin", pattern=r"^\w+$", description="The field of ours that holds the profile's address.")
    base_url: str = Field(
        default="https://aeroleads.com",
        pattern=r"^https?://[^\s/?#]+$",
        description="Where the API is. Danger: the key and the profile's address are sent there.",
    )
    path: str = Field(default="/apis/details", pattern=r"^/[^\s?#]*$", description="The path to call.")
    key_param: str = Field(default="api_key", min_length=1, description="The parameter of the query that carries the key.")
    ask_param: str = Field(
        default="linkedin_url", min_length=1, description="The parameter of the query that carries the profile's address."
    )
    email: str = Field(default="email", min_length=1, description="The dotted path of the e-mail address in the answer.")
    confidence: str = Field(default="email_confidence", min_length=1, description="The dotted path of how sure the service is of it.")
    confidence_of: float = Field(default=100.0, gt=0, description="What full confidence is in the service's numbers, such as 1 or 100.")
    fields: dict[str, str] = Field(
        default_factory=lambda: {"job_title": "title", "company": "company"},
        description="Further names, each with its dotted path in the answer.",
    )
