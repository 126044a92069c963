"""glom: one spec for the whole record; paths, `Coalesce`, chains and the branch are glom's.

Shared functions in the chains: clean, collapse, country, cut; `filled` in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat, Mapper, clean, collapse, country, cut, filled


def prepare() -> Mapper:
    """Give the mapper."""
    glom = import_module("glom")
    spec = _spec(glom)
    apply = glom.Glommer().glom

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield filled(apply(record, spec))

    return run


def _spec(glom: Any) -> dict[str, Any]:
    def at(*paths: str, default: str = "") -> Any:
        return glom.Coalesce(*[(path, clean) for path in paths], skip="", default=default)

    consents = (glom.Coalesce("consent.tracking", default=None), glom.M == "yes")
    return {
        "email": (at("contact.email", "contact.work_email"), str.lower),
        "first_name": (at("contact.first_name"), collapse),
        "last_name": (at("contact.last_name"), collapse),
        "full_name": (glom.Fill((glom.Auto(at("contact.first_name")), glom.Auto(at("contact.last_name")))), " ".join, str.strip),
        "phone": at("contact.phones.0"),
        "job_title": (at("contact.role.title"), collapse),
        "company": (at("company.name"), collapse, lambda text: cut(text, 30)),
        "industry": at("company.industry", default="Other"),
        "city": (at("company.address.city"), collapse),
        "postal_code": (at("company.address.postal_code"), str.upper),
        "country": (at("company.address.country"), country),
        "language": glom.Coalesce(("contact.language", clean, str.lower, lambda text: text[:2]), skip=("", None), default="en"),
        "campaign": glom.Switch([(consents, (at("campaign.name"), collapse, str.lower))], default=""),
        "source": glom.Val("Web form"),
        "message": (at("message"), collapse, lambda text: cut(text, 120)),
    }
