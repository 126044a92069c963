"""Turning model values into bytes and back, for the sealed columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from core.model.ids import ObservationId
from core.model.records import ConsentEntry, GoldenValue, IdentityKey, Policy, Scalar, Standing, Value

DEEPEST = 60
"""How deeply blocks may be nested; what lies deeper is kept as JSON text."""


def pack(content: Any) -> bytes:
    """Write plain data as JSON bytes.

    JSON that a sender may legally send but that JSON writers refuse is kept in its nearest form: half surrogates as
    U+FFFD, whole numbers beyond 64 bits as text, very deep blocks as text.
    """
    try:
        return orjson.dumps(content)
    except TypeError:
        return orjson.dumps(_writable(content, DEEPEST))


def _writable(content: Any, depth: int) -> Any:
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(content, int) and not -(2**63) <= content < 2**64:
        return str(content)
    if isinstance(content, dict | list | tuple) and depth == 0:
        return _writable(_text(content), 0)
    if isinstance(content, dict):
        return {_writable(str(name), depth): _writable(value, depth - 1) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_writable(value, depth - 1) for value in content]
    return content


def _text(content: Any) -> str:
    try:
        return json.dumps(content, default=str)
    except RecursionError:  # a parser goes a little deeper than the writer; the raw body has it whole
        return "(nested too deeply)"


def unpack(content: bytes) -> Any:
    """Read what `pack` wrote."""
    return orjson.loads(content)


def time_text(moment: datetime) -> str:
    """Write an instant in UTC as SQLite's rows hold it, in the words of SQLAlchemy; a test keeps them equal."""
    return moment.isoformat(" ", "microseconds")[:26]


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
            "values": {name: _value(v) for name, v in values.items()},
            "keys": [[key.kind, key.digest.hex()] for key in keys],
            "consents": [[c.purpose, c.granted, c.at.isoformat(), c.source] for c in consents],
        }
    )


def _value(value: Value) -> list[Any]:
    plain = [value.value, value.path, value.raw, list(value.steps)]
    return plain if value.standing is None else [*plain, value.standing.policy.value, list(value.standing.stages)]


def _read_value(
    value: Scalar, path: str, raw: str | None, steps: list[str], policy: str | None = None, stages: Sequence[str] = ()
) -> Value:
    return Value(value, path, raw, tuple(steps), Standing(Policy(policy), tuple(stages)) if policy else None)


def read_observation_body(content: bytes) -> tuple[dict[str, Value], tuple[IdentityKey, ...], tuple[ConsentEntry, ...]]:
    """Read an observation's values, keys and consents."""
    body = unpack(content)
    return (
        {name: _read_value(*parts) for name, parts in body["values"].items()},
        tuple(IdentityKey(kind, bytes.fromhex(digest)) for kind, digest in body["keys"]),
        tuple(ConsentEntry(purpose, granted, datetime.fromisoformat(at), source) for purpose, granted, at, source in body["consents"]),
    )


def scalars(values: Mapping[str, Scalar] | None) -> bytes | None:
    """Write a link's wanted, sent or seen fields; None stays unknown."""
    return None if values is None else pack(dict(values))


def read_scalars(content: bytes | None) -> dict[str, Any]:
    """Read a link's fields; unknown reads as empty."""
    return {} if content is None else unpack(content)
