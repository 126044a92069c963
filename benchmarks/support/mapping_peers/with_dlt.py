"""dlt: a resource with `add_map`, which takes a Python function: the hand-written one. What is measured is dlt's pipe.

Row by row as dlt's own examples map; `with_dlt_pages` yields pages of rows, which dlt advises for speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.handwritten import to_lead
from benchmarks.support.mapping_peers.rules import Flat, Mapper


def prepare() -> Mapper:
    """Give the mapper."""
    dlt = import_module("dlt")

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        return iter(dlt.resource(iter(records), name="leads").add_map(to_lead))

    return run
