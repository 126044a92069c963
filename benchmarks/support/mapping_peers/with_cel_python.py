"""CEL in Python (cel-python): the same program as in Rust, see `cel_text`; records and results are converted both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.cel_text import FUNCTIONS, expression
from benchmarks.support.mapping_peers.rules import Flat, Mapper, filled


def prepare() -> Mapper:
    """Give the mapper."""
    celpy = import_module("celpy")
    text_of = celpy.celtypes.StringType
    functions = {name: _giving(text_of, function) for name, function in FUNCTIONS.items()}
    environment = celpy.Environment()
    program = environment.program(environment.compile(expression(nulls_fail=False)), functions=functions)

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            found = program.evaluate({"record": celpy.json_to_cel(record)})
            yield filled({str(name): str(value) for name, value in found.items()})

    return run


def _giving(text_of: Callable[[str], Any], function: Callable[..., str]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        return text_of(function(*arguments))

    return call
