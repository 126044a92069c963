"""A tap's catalog: found in what `--discover` prints, described as objects, and cut to the one stream that is wanted."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.singer.settings import StreamSettings
from core.contract import FieldKind, FieldSpec, ObjectName, ObjectSpec, Unavailable

_FORMATS: Mapping[str, FieldKind] = {
    "date-time": FieldKind.DATETIME,
    "date": FieldKind.DATE,
    "email": FieldKind.EMAIL,
    "uri": FieldKind.URL,
}
_TYPES: Mapping[str, FieldKind] = {"integer": FieldKind.NUMBER, "number": FieldKind.NUMBER, "boolean": FieldKind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The streams by their ids, as the tap prints them."""

    streams: Mapping[str, Mapping[str, Any]]

    @classmethod
    def parse(cls, text: bytes) -> Catalog:
        """Read what `--discover` printed; raises Unavailable when it is no catalog."""
        try:
            streams = json.loads(text)["streams"]
            return cls({str(each.get("tap_stream_id") or each["stream"]): each for each in streams})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Unavailable("The tap printed no catalog when it was asked to discover its streams.") from error

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the streams with the fields at the top of their schemas."""
        return [ObjectSpec(ObjectName(name), name, [*_fields(stream.get("schema"))]) for name, stream in self.streams.items()]

    def names(self, stream_id: str) -> frozenset[str]:
        """What a stream's messages may call it."""
        return frozenset({stream_id, str(self.streams[stream_id].get("stream") or stream_id)})

    def only(self, stream_id: str, settings: StreamSettings) -> bytes:
        """The catalog with this stream and all its fields selected, and every other one not."""
        streams = []
        for name, stream in self.streams.items():
            chosen = copy.deepcopy(dict(stream))
            facts = _metadata(chosen)
            _entry(facts, ())["selected"] = name == stream_id
            if name == stream_id:
                _select(chosen, facts, settings)
            chosen["metadata"] = [{"breadcrumb": list(place), "metadata": entry} for place, entry in facts.items()]
            streams.append(chosen)
        return json.dumps({"streams": streams}).encode()


def _select(stream: dict[str, Any], facts: dict[tuple[str, ...], dict[str, Any]], settings: StreamSettings) -> None:
    for field in _properties(stream.get("schema")):
        entry = _entry(facts, ("properties", field))
        if entry.get("inclusion") != "unsupported":
            entry["selected"] = True
    stated = {"replication-method": settings.replication_method, "replication-key": settings.replication_key}
    for name, value in stated.items():
        if value is not None:
            facts[()][name] = value
            stream[name.replace("-", "_")] = value


def _metadata(stream: Mapping[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    entries = stream.get("metadata")
    sound = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return {tuple(map(str, each.get("breadcrumb") or ())): dict(each.get("metadata") or {}) for each in sound}


def _entry(facts: dict[tuple[str, ...], dict[str, Any]], place: tuple[str, ...]) -> dict[str, Any]:
    return facts.setdefault(place, {})


def _properties(schema: Any) -> Mapping[str, Any]:
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _fields(schema: Any) -> Sequence[FieldSpec]:
    return [FieldSpec(name, name, _kind(facts), creatable=False, updatable=False) for name, facts in _properties(schema).items()]


def _kind(facts: Any) -> FieldKind:
    if not isinstance(facts, dict):
        return FieldKind.TEXT
    types = facts.get("type")
    known = [_TYPES[each] for each in (types if isinstance(types, list) else [types]) if isinstance(each, str) and each in _TYPES]
    form = facts.get("format")
    return _FORMATS.get(form if isinstance(form, str) else "", known[0] if known else FieldKind.TEXT)
