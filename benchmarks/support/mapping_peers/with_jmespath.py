"""JMESPath: one compiled multiselect finds every value; it has no transforms, so the rest is Python (shared functions)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat, Mapper, clean, collapse, country, cut, filled

EXPRESSION = """{
  email: contact.email, work_email: contact.work_email, first_name: contact.first_name, last_name: contact.last_name,
  phone: contact.phones[0], job_title: contact.role.title, language: contact.language,
  company: company.name, industry: company.industry, city: company.address.city,
  postal_code: company.address.postal_code, country: company.address.country,
  campaign: campaign.name, tracking: consent.tracking, message: message
}"""


def prepare() -> Mapper:
    """Give the mapper."""
    search = import_module("jmespath").compile(EXPRESSION).search

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield _flat(search(record))

    return run


def _flat(found: dict[str, Any]) -> Flat:
    first_name, last_name = clean(found["first_name"]), clean(found["last_name"])
    return filled(
        {
            "email": (clean(found["email"]) or clean(found["work_email"])).lower(),
            "first_name": collapse(first_name),
            "last_name": collapse(last_name),
            "full_name": f"{first_name} {last_name}".strip(),
            "phone": clean(found["phone"]),
            "job_title": collapse(clean(found["job_title"])),
            "company": cut(collapse(clean(found["company"])), 30),
            "industry": clean(found["industry"]) or "Other",
            "city": collapse(clean(found["city"])),
            "postal_code": clean(found["postal_code"]).upper(),
            "country": country(clean(found["country"])),
            "language": clean(found["language"]).lower()[:2] or "en",
            "campaign": collapse(clean(found["campaign"])).lower() if found["tracking"] == "yes" else "",
            "source": "Web form",
            "message": cut(collapse(clean(found["message"])), 120),
        }
    )
