"""The JSON Schema beside the mappings is the one that the code makes, and holds every word that a file may use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.flow.mapping.schema import mapping_schema
from core.flow.mapping.words import EXAMPLE, INBOUND_LINE, INBOUND_TOP, MEMBER, SYNC_LINE, SYNC_TOP, Word

FILE = Path("mappings/mapping.schema.json")
BLOCKS = {
    "then": INBOUND_TOP,
    "else": SYNC_TOP,
    "definitions inbound_line anyOf 1": INBOUND_LINE,
    "definitions sync_line anyOf 1": SYNC_LINE,
    "definitions member": MEMBER,
    "definitions example": EXAMPLE,
}


def at(way: str) -> Any:
    found: Any = mapping_schema()
    for part in way.split():
        found = found[int(part) if part.isdecimal() else part]
    return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def test_the_file_beside_the_mappings_is_what_the_command_prints_now(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "schema"]) == 0

    assert capsys.readouterr().out == FILE.read_text("utf-8"), f"run `leadloom mapping schema > {FILE}`"
    assert json.loads(FILE.read_text("utf-8")) == mapping_schema()


@pytest.mark.parametrize(("way", "words"), BLOCKS.items(), ids=BLOCKS.keys())
def test_every_word_is_there_with_what_it_means(way: str, words: tuple[Word, ...]) -> None:
    properties = at(way)["properties"]

    assert set(properties) == {word.name for word in words}
    assert all(properties[word.name]["description"].startswith(word.meaning) for word in words)


def test_everything_that_it_refers_to_is_there() -> None:
    schema = mapping_schema()

    assert {name.removeprefix("#/definitions/") for name in references(schema)} <= set(schema["definitions"])
