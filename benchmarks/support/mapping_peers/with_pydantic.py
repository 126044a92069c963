"""pydantic: one model, paths as `AliasPath`, stripping and case by `StringConstraints` in its core.

Shared functions: collapse, country, cut, and in the end `filled`. "First that is not empty" and the join are Python in the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field, StringConstraints

from benchmarks.support.mapping_peers.rules import Flat, Mapper, collapse, country, cut, filled

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Lower = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)]
_Upper = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True)]
_Collapsed = Annotated[_Text, AfterValidator(collapse)]
_Country = Annotated[_Text, AfterValidator(country)]


def _at(*path: str | int) -> Any:
    return Field(default=None, validation_alias=AliasPath(*path))  # type: ignore[arg-type]


class Lead(BaseModel):
    """What the record holds, each text in its form."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    email: _Lower | None = _at("contact", "email")
    work_email: _Lower | None = _at("contact", "work_email")
    first_name: _Text | None = _at("contact", "first_name")
    last_name: _Text | None = _at("contact", "last_name")
    phone: _Text | None = _at("contact", "phones", 0)
    job_title: _Collapsed | None = _at("contact", "role", "title")
    company: _Collapsed | None = _at("company", "name")
    industry: _Text | None = _at("company", "industry")
    city: _Collapsed | None = _at("company", "address", "city")
    postal_code: _Upper | None = _at("company", "address", "postal_code")
    country: _Country | None = _at("company", "address", "country")
    language: _Lower | None = _at("contact", "language")
    campaign: _Collapsed | None = _at("campaign", "name")
    tracking: str | None = _at("consent", "tracking")
    message: _Collapsed | None = _at("message")

    def flat(self) -> Flat:
        """Give the fields of the CRM."""
        first_name, last_name = self.first_name or "", self.last_name or ""
        return filled(
            {
                "email": self.email or self.work_email,
                "first_name": collapse(first_name),
                "last_name": collapse(last_name),
                "full_name": f"{first_name} {last_name}".strip(),
                "phone": self.phone,
                "job_title": self.job_title,
                "company": cut(self.company or "", 30),
                "industry": self.industry or "Other",
                "city": self.city,
                "postal_code": self.postal_code,
                "country": self.country,
                "language": (self.language or "")[:2] or "en",
                "campaign": (self.campaign or "").lower() if self.tracking == "yes" else "",
                "source": "Web form",
                "message": cut(self.message or "", 120),
            }
        )


def prepare() -> Mapper:
    """Give the mapper."""

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield Lead.model_validate(record).flat()

    return run
