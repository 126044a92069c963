"""The country of numbers that name none: one for the mapping, or by a value of the record such as its campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.flow.mapping.blocks import Blocks
from core.flow.mapping.compiling.source import segments
from core.flow.mapping.compiling.values import find, plain
from core.flow.mapping.model import InboundMapping, Place, RegionBy
from core.model.countries import country_code

_PLACE: Place = ("region",)
_PARTS = ("by", "is", "otherwise")


def read_region(blocks: Blocks, document: Mapping[str, Any]) -> tuple[str | None, RegionBy | None]:
    """Give the country that holds else, and how it is told by the record; problems go to `blocks`."""
    if not isinstance(document.get("region"), dict):
        return _country(blocks, blocks.text(document, "region", ()), _PLACE), None
    block = blocks.block(document["region"], _PLACE, _PARTS, ("by", "is"))
    path, listed = blocks.text(block, "by", _PLACE), block.get("is")
    otherwise = _country(blocks, blocks.text(block, "otherwise", _PLACE), (*_PLACE, "otherwise"))
    if not isinstance(listed, dict) or not listed:
        blocks.problem((*_PLACE, "is"), "`is` must be a list of values with the country of each: `{spring-dach: DE}`.")
        return otherwise, None
    countries = {_folded(value): _country(blocks, code, (*_PLACE, "is", value)) for value, code in listed.items()}
    return otherwise, RegionBy(path or "", {value: code for value, code in countries.items() if code})


def region_of(mapping: InboundMapping, record: Mapping[str, Any]) -> str | None:
    """The country in which a record's numbers are read, as far as the mapping says one."""
    return mapping.region if mapping.region_by is None else told_region(mapping.region_by, record) or mapping.region


def told_region(by: RegionBy, record: Mapping[str, Any]) -> str | None:
    """The country that the record's value tells."""
    told = find(record, segments(by.path))
    return by.countries.get(_folded(plain(told))) if told is not None else None


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _country(blocks: Blocks, written: object, place: Place) -> str | None:
    code = country_code(written) if isinstance(written, str) else None
    if written is not None and code is None:
        blocks.problem(place, f"`{place[-1]}` must be a country by its ISO 3166 code, such as `DE`, not {written!r}.")
    return code
