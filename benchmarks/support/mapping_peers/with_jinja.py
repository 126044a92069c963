"""Jinja2, sandboxed: one compiled expression a field, as tools with template mappings do it.

Its own: trim, lower, upper, default, slices. Shared functions as filters: clean, collapse, country, cut; and `filled`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat, Mapper, clean, collapse, country, cut, filled

EXPRESSIONS = {
    "email": "(record.contact.email | clean or record.contact.work_email | clean) | lower",
    "first_name": "record.contact.first_name | clean | collapse",
    "last_name": "record.contact.last_name | clean | collapse",
    "full_name": "(record.contact.first_name | clean ~ ' ' ~ record.contact.last_name | clean) | trim",
    "phone": "record.contact.phones[0] | clean",
    "job_title": "record.contact.role.title | clean | collapse",
    "company": "record.company.name | clean | collapse | cut(30)",
    "industry": "record.company.industry | clean | default('Other', true)",
    "city": "record.company.address.city | clean | collapse",
    "postal_code": "record.company.address.postal_code | clean | upper",
    "country": "record.company.address.country | clean | country",
    "language": "(record.contact.language | clean | lower)[:2] | default('en', true)",
    "campaign": "record.campaign.name | clean | collapse | lower if record.consent.tracking == 'yes' else ''",
    "source": "'Web form'",
    "message": "record.message | clean | collapse | cut(120)",
}


def prepare() -> Mapper:
    """Give the mapper."""
    jinja2 = import_module("jinja2")
    environment = import_module("jinja2.sandbox").SandboxedEnvironment(undefined=jinja2.ChainableUndefined)
    environment.filters.update(clean=_filter(jinja2.Undefined), collapse=collapse, country=country, cut=cut)
    compiled = {name: environment.compile_expression(text) for name, text in EXPRESSIONS.items()}

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield filled({name: evaluate(record=record) for name, evaluate in compiled.items()})

    return run


def _filter(undefined: type) -> Any:
    def cleaned(value: Any) -> str:
        return "" if isinstance(value, undefined) else clean(value)

    return cleaned
