"""dlt with pages: the resource yields lists of rows and `add_map` runs the hand-written function over each list.

The mapping is the hand-written function itself and the pipe is passed once a page, so this is dlt at its best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any

from benchmarks.support.mapping_peers.handwritten import to_lead
from benchmarks.support.mapping_peers.rules import Flat, Mapper

PAGE = 1_000


def prepare() -> Mapper:
    """Give the mapper."""
    dlt = import_module("dlt")

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        return iter(dlt.resource(_pages(records), name="leads").add_map(to_lead))

    return run


def _pages(records: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(records)
    while page := list(islice(rest, PAGE)):
        yield page
