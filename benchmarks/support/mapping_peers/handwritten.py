"""The yardstick: the function that an engineer would write for this one mapping. Missing-safe, plain, nothing configurable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.support.mapping_peers.rules import COUNTRIES, Flat, Mapper, clean, collapse, cut, filled


def to_lead(record: dict[str, Any]) -> Flat:
    """Map one record."""
    contact = record.get("contact") or {}
    role = contact.get("role") or {}
    phones = contact.get("phones") or []
    company = record.get("company") or {}
    address = company.get("address") or {}
    campaign = record.get("campaign") or {}
    consent = record.get("consent") or {}
    first_name, last_name = clean(contact.get("first_name")), clean(contact.get("last_name"))
    lead = {
        "email": (clean(contact.get("email")) or clean(contact.get("work_email"))).lower(),
        "first_name": collapse(first_name),
        "last_name": collapse(last_name),
        "full_name": f"{first_name} {last_name}".strip(),
        "phone": clean(phones[0]) if phones else "",
        "job_title": collapse(clean(role.get("title"))),
        "company": cut(collapse(clean(company.get("name"))), 30),
        "industry": clean(company.get("industry")) or "Other",
        "city": collapse(clean(address.get("city"))),
        "postal_code": clean(address.get("postal_code")).upper(),
        "country": COUNTRIES.get(clean(address.get("country")).casefold()),
        "language": clean(contact.get("language")).lower()[:2] or "en",
        "source": "Web form",
        "message": cut(collapse(clean(record.get("message"))), 120),
    }
    if consent.get("tracking") == "yes":
        lead["campaign"] = collapse(clean(campaign.get("name"))).lower()
    return filled(lead)


def prepare() -> Mapper:
    """Give the mapper."""

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield to_lead(record)

    return run
