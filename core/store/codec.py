"""Turning model values into bytes and back, for the sealed columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from core.model.ids import ObservationId
from core.model.records import ConsentEntry, GoldenValue, IdentityKey, Scalar, Value


def pack(content: Any) -> bytes:
    """Write plain data as JSON bytes."""
    return orjson.dumps(content)


def unpack(content: bytes) -> Any:
    """Read what `pack` wrote."""
    return orjson.loads(content)


def golden_values(values: Mapping[str, GoldenValue]) -> bytes:
    """Write golden values with their provenance."""
    return pack({name: [v.value, v.observation, v.observer, v.at.isoformat()] for name, v in values.items()})


def read_golden_values(content: bytes) -> dict[str, GoldenValue]:
    """Read golden values."""
    return {
        name: GoldenValue(value, ObservationId(observation), observer, datetime.fromisoformat(at))
        for name, (value, observation, observer, at) in unpack(content).items()
    }


def observation_body(values: Mapping[str, Value], keys: tuple[IdentityKey, ...], consents: tuple[ConsentEntry, ...]) -> bytes:
    """Write what an observation holds beyond its plain columns."""
    return pack(
        {
            "values": {name: [v.value, v.path, v.raw, list(v.steps)] for name, v in values.items()},
            "keys": [[key.kind, key.digest.hex()] for key in keys],
            "consents": [[c.purpose, c.granted, c.at.isoformat(), c.source] for c in consents],
        }
    )


def read_observation_body(content: bytes) -> tuple[dict[str, Value], tuple[IdentityKey, ...], tuple[ConsentEntry, ...]]:
    """Read an observation's values, keys and consents."""
    body = unpack(content)
    return (
        {name: Value(value, path, raw, tuple(steps)) for name, (value, path, raw, steps) in body["values"].items()},
        tuple(IdentityKey(kind, bytes.fromhex(digest)) for kind, digest in body["keys"]),
        tuple(ConsentEntry(purpose, granted, datetime.fromisoformat(at), source) for purpose, granted, at, source in body["consents"]),
    )


def scalars(values: Mapping[str, Scalar] | None) -> bytes | None:
    """Write a link's wanted, sent or seen fields; None stays unknown."""
    return None if values is None else pack(dict(values))


def read_scalars(content: bytes | None) -> dict[str, Any]:
    """Read a link's fields; unknown reads as empty."""
    return {} if content is None else unpack(content)
