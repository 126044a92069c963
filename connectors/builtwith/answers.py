"""From BuiltWith's answer to what is known of each domain: names of technologies, by tag, and when they were seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contract import JsonValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_META = {
    "vertical": "Vertical",
    "company": "CompanyName",
    "city": "City",
    "region": "State",
    "postal_code": "Postcode",
    "country": "Country",
}


def read_answers(answer: Any) -> dict[str, dict[str, JsonValue]]:
    """What is known by domain, in lower case; a domain without a technology is left out, and people are never told."""
    known: dict[str, dict[str, JsonValue]] = {}
    for each in _objects(_of(answer, "Results")):
        lookup = each.get("Lookup")
        found = _read(each)
        if isinstance(lookup, str) and found:
            known[lookup.strip().casefold()] = found
    return known


def errors_of(answer: Any) -> list[str]:
    """What BuiltWith says went wrong with the whole call; errors about single domains are left out."""
    return [str(each.get("Message") or "") for each in _objects(_of(answer, "Errors")) if not each.get("Lookup")]


def _read(result: Mapping[str, Any]) -> dict[str, JsonValue]:
    names: dict[str, None] = {}
    by_tag: dict[str, dict[str, None]] = {}
    seen: list[str] = []
    for path in _objects(_of(result.get("Result"), "Paths")):
        for technology in _objects(path.get("Technologies")):
            name, tag = technology.get("Name"), technology.get("Tag")
            if not isinstance(name, str) or not name.strip():
                continue
            names[name.strip()] = None
            if isinstance(tag, str) and tag:
                by_tag.setdefault(tag, {})[name.strip()] = None
            seen += [last] if (last := _moment(technology.get("LastDetected", path.get("LastIndexed")))) else []
    if not names:
        return {}
    found: dict[str, JsonValue] = {"technologies": [*names], "by_tag": {tag: [*each] for tag, each in by_tag.items()}}
    meta = {ours: _of(result.get("Meta"), theirs) for ours, theirs in _META.items()}
    found |= {ours: value for ours, value in meta.items() if isinstance(value, str) and value}
    return found | ({"last_seen": max(seen)} if seen else {})


def _moment(value: Any) -> str | None:
    """Epoch milliseconds as a time in UTC; seconds they are not, and what is no number or no time is nothing."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=value)).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return None


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in (value if isinstance(value, list) else ()) if isinstance(each, dict))
