"""Singer's messages, one line of JSON each, turned into changes, rejects and states. Source: Singer specification 0.3.0."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from core.contract import Change, ConfigInvalid, ContractBroken, Invalid, JsonValue, NativeId, ObjectName, Reject, Version
from core.contract.rows import key_text, row_digest

MOST_MALFORMED = 100
_KEPT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class State:
    """Everything before it is told; reading goes on from here."""

    value: JsonValue


class Messages:
    """Reads the messages of one run of one stream. `key` overrules the key properties that the tap tells."""

    def __init__(self, object_name: ObjectName, names: frozenset[str], key: Sequence[str]) -> None:
        """Take the object and the names under which its messages come."""
        self._object = object_name
        self._names = names
        self._stated = tuple(key)
        self._key: tuple[str, ...] | None = None
        self._line = 0
        self._malformed = 0

    def take(self, line: bytes) -> Change | Reject | State | None:
        """Read a line; None says nothing about records. Raises ContractBroken when the output is not Singer's."""
        self._line += 1
        if not line.strip():
            return None
        try:
            message = json.loads(line, parse_constant=_no_number)
            kind = message["type"].upper()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return self._refuse(line, "it is no message")
        return self._of_kind(kind, message, line)

    def _of_kind(self, kind: str, message: dict[str, Any], line: bytes) -> Change | Reject | State | None:
        if kind == "STATE":
            return State(message["value"]) if "value" in message else self._refuse(line, "its STATE has no value")
        stream = message.get("stream")
        if not isinstance(stream, str) or stream not in self._names:
            return None
        if kind == "SCHEMA":
            self._learn(message)
        elif kind == "RECORD":
            return self._record(message.get("record"), line)
        elif kind == "BATCH":
            text = "The tap hands its records over in files (BATCH), which are not read."
            raise ConfigInvalid(text, hint="Take 'batch_config' out of the tap's configuration.", setting="config")
        return None

    def _learn(self, message: dict[str, Any]) -> None:
        key = message.get("key_properties") or []
        if not isinstance(key, list) or not all(isinstance(each, str) for each in key):
            raise ContractBroken(f"Line {self._line} of the tap's output: key_properties is no list of names.")
        self._key = self._stated or tuple(key)

    def _record(self, record: Any, line: bytes) -> Change | Reject:
        if self._key is None:
            raise ContractBroken(f"Line {self._line} of the tap's output is a RECORD before the SCHEMA of its stream.")
        if not isinstance(record, dict):
            return self._refuse(line, "its record is no object")
        digest = row_digest(record).hex()
        native_id: str | None = digest[:32]
        if self._key:
            parts = [_part(record.get(name)) for name in self._key]
            native_id = None if None in parts else key_text(part for part in parts if part is not None)
        if native_id is None:
            return self._reject(line, f"its key ({', '.join(self._key)}) is not filled with plain values")
        return Change(self._object, NativeId(native_id), record, version=Version(digest[:32]))

    def _refuse(self, line: bytes, reason: str) -> Reject:
        self._malformed += 1
        if self._malformed > MOST_MALFORMED:
            text = f"More than {MOST_MALFORMED} lines of the tap's output are no Singer messages."
            raise ContractBroken(text, hint="Only messages belong on its standard output; its log belongs on standard error.")
        return self._reject(line, reason)

    def _reject(self, line: bytes, reason: str) -> Reject:
        digest = hashlib.sha256(line).hexdigest()[:32]
        error = Invalid(f"Line {self._line} of the tap's output: {reason}.", hint="Correct the tap, or the record at its source.")
        return Reject(self._object, NativeId(f"line-{digest}"), error, line[:_KEPT_BYTES], Version(digest))


def _part(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return json.dumps(value) if isinstance(value, (bool, int, float)) else None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
