"""CEL in Rust (common-expression-language): one program makes the whole record, see `cel_text`; `filled` is Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.cel_text import FUNCTIONS, expression
from benchmarks.support.mapping_peers.rules import Flat, Mapper, filled


def prepare() -> Mapper:
    """Give the mapper."""
    cel = import_module("cel")
    program = cel.compile(expression(nulls_fail=True))
    context = cel.Context(functions=FUNCTIONS)

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            context.add_variable("record", record)
            yield filled(program.execute(context))

    return run
