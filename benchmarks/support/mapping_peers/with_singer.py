"""Singer SDK: an inline stream map, an expression a field, evaluated by the SDK (simpleeval).

Shared functions, added to the evaluator: clean, collapse, country, cut; `filled` takes out the nulls that a stream map leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat, Mapper, clean, collapse, country, cut, filled

_CONTACT = "(record.get('contact') or {})"
_COMPANY = "(record.get('company') or {})"
_ADDRESS = f"({_COMPANY}.get('address') or {{}})"
STREAM_MAP = {
    "email": f"(clean({_CONTACT}.get('email')) or clean({_CONTACT}.get('work_email'))).lower()",
    "first_name": f"collapse(clean({_CONTACT}.get('first_name')))",
    "last_name": f"collapse(clean({_CONTACT}.get('last_name')))",
    "full_name": f"(clean({_CONTACT}.get('first_name')) + ' ' + clean({_CONTACT}.get('last_name'))).strip()",
    "phone": f"clean({_CONTACT}['phones'][0]) if {_CONTACT}.get('phones') else None",
    "job_title": f"collapse(clean(({_CONTACT}.get('role') or {{}}).get('title')))",
    "company": f"cut(collapse(clean({_COMPANY}.get('name'))), 30)",
    "industry": f"clean({_COMPANY}.get('industry')) or 'Other'",
    "city": f"collapse(clean({_ADDRESS}.get('city')))",
    "postal_code": f"clean({_ADDRESS}.get('postal_code')).upper()",
    "country": f"country(clean({_ADDRESS}.get('country')))",
    "language": f"clean({_CONTACT}.get('language')).lower()[:2] or 'en'",
    "campaign": "collapse(clean((record.get('campaign') or {}).get('name'))).lower()"
    " if (record.get('consent') or {}).get('tracking') == 'yes' else None",
    "source": "'Web form'",
    "message": "cut(collapse(clean(record.get('message'))), 120)",
    "__else__": None,
}


def prepare() -> Mapper:
    """Give the mapper."""
    logger = logging.getLogger("benchmarks.singer")
    logger.setLevel(logging.WARNING)
    mapper = import_module("singer_sdk.mapper").PluginMapper({"stream_maps": {"leads": STREAM_MAP}}, logger)
    mapper.register_raw_stream_schema("leads", {"type": "object", "properties": {"id": {"type": "string"}}}, [])
    (stream_map,) = mapper.stream_maps["leads"]
    stream_map.expr_evaluator.functions.update(clean=clean, collapse=collapse, country=country, cut=cut)
    transform = stream_map.transform

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield filled(transform(record))

    return run
