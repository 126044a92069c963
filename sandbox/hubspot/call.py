"""One call to the API, and how its parameters and body are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.hubspot.records import Actor
from sandbox.hubspot.refusals import validation
from sandbox.wire import Request

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A routed request: `path` holds what the path named, `version` is `v3` or a date such as `2026-09`."""

    request: Request
    now: datetime
    version: str
    path: Mapping[str, str]
    actor: Actor
    query: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def folds_errors(self) -> bool:
        """Whether this version answers batches with failed rows as a plain success (from 2026-09 on)."""
        return self.version[0].isdigit() and self.version >= "2026-09"

    def body(self) -> Json:
        """The body as a JSON object; anything else is a 400."""
        found = self._json()
        if not isinstance(found, dict):
            raise validation("Invalid input JSON: an object was expected")
        return found

    def array(self) -> list[Any]:
        """The body as a JSON array; anything else is a 400."""
        found = self._json()
        if not isinstance(found, list):
            raise validation("Invalid input JSON: an array was expected")
        return found

    def names(self, parameter: str) -> list[str]:
        """A list in the query, given by repeating the key, by commas, or both."""
        return [name for value in self.query.get(parameter, []) for name in value.split(",") if name]

    def text(self, parameter: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(parameter)
        return values[0] if values else None

    def flag(self, parameter: str) -> bool:
        """A boolean of the query; missing is false."""
        return (self.text(parameter) or "").lower() == "true"

    def number(self, parameter: str, default: int, most: int) -> int:
        """A positive whole number of the query, at most `most`; anything else is a 400."""
        text = self.text(parameter)
        if text is None:
            return default
        if not is_whole(text) or not 0 < int(text) <= most:
            raise validation(f"{parameter} must be a whole number from 1 to {most}, but it is {text}")
        return int(text)

    def after(self) -> int:
        """The paging position of the query; 0 at the beginning."""
        text = self.text("after") or "0"
        if not is_whole(text):
            raise validation(f"after must be a position taken from an earlier answer, but it is {text}")
        return int(text)

    def _json(self) -> Any:
        try:
            return self.request.json()
        except ValueError as error:
            raise validation("Invalid input JSON: the body could not be read") from error


def inputs_of(body: Json, most: int) -> list[Json]:
    """The rows of a batch, 1 to `most` of them; anything else is a 400."""
    rows = body.get("inputs")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise validation("inputs must be a list of at least one object")
    if len(rows) > most:
        raise validation(f"The number of inputs is {len(rows)}, but a batch takes at most {most}")
    return rows


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A required text of a body; numbers pass as text."""
    value = body.get(name)
    if isinstance(value, int | str) and not isinstance(value, bool) and value != "":
        return str(value)
    raise validation(f"{name} is required")


def mapping_of(body: Mapping[str, Any], name: str) -> Json:
    """A JSON object inside a body; missing is empty."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise validation(f"{name} must be an object")
    return value


def rows_of(body: Mapping[str, Any], name: str) -> list[Json]:
    """A list of JSON objects inside a body; missing is empty."""
    return objects(body.get(name) or [], name)


def objects(found: Any, name: str) -> list[Json]:
    """`found` as a list of JSON objects; anything else is a 400."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise validation(f"{name} must be a list of objects")
    return found


def optional_text_of(body: Mapping[str, Any], name: str) -> str | None:
    """A text inside a body that may be missing."""
    return None if body.get(name) is None else text_of(body, name)


def whole_of(body: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number inside a body, also as text; missing and empty are `default`."""
    value = body.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not is_whole(str(value)):
        raise validation(f"{name} must be a whole number, but it is {value}")
    return int(str(value))


def is_whole(text: str) -> bool:
    """Whether `text` is a whole number in plain digits, of a sane length."""
    return text.isascii() and text.isdigit() and len(text) < 19


def texts_of(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts inside a body; missing is empty."""
    value = body.get(name) or []
    if not isinstance(value, list):
        raise validation(f"{name} must be a list")
    return [str(entry) for entry in value]
