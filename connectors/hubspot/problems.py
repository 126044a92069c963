"""Reads HubSpot's error bodies: the same form serves a whole call and one row of a batch, and every part of it is optional."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.contract import ConnectorError, Duplicate, Invalid, Missing, TryLater

_EXISTING = re.compile(r"Existing ID:\s*(\d+)|(\d+) already has", re.IGNORECASE)
_ID_PROPERTY = re.compile(r"idProperty|not a unique|unique identifier", re.IGNORECASE)
_OBJECT_TYPE = re.compile(r"infer object type|unknown object type|object type .* (does not|doesn't) exist", re.IGNORECASE)
_UNKNOWN_PROPERTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE", "PROPERTY_NOT_FOUND"})
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{1,79}")
_LATER = frozenset({"RATE_LIMITS", "INTERNAL_ERROR", "OBJECT_LOCKED", "SERVICE_UNAVAILABLE", "TIMEOUT"})
_MERGED_HINT = "It was deleted, or merged into another record; look it up by hs_merged_object_ids."


@dataclass(frozen=True, slots=True)
class PropertyFault:
    """One property whose value was refused; `code` is HubSpot's word for the rule."""

    name: str
    code: str

    @property
    def is_about_schema(self) -> bool:
        """Whether the property itself, and not the value, is what is wrong."""
        return self.code in _UNKNOWN_PROPERTY or "READ_ONLY" in self.code


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in plain parts. `traces` and `ids` tie it to rows; the vendor's message may hold a person's data and is not kept."""

    category: str = ""
    faults: tuple[PropertyFault, ...] = ()
    traces: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    existing: str | None = None
    scopes: tuple[str, ...] = ()
    policy: str = ""
    is_about_id_property: bool = False
    is_about_object: bool = False

    @property
    def rule(self) -> str:
        """The most exact name of the broken rule."""
        return self.faults[0].code if self.faults else self.category or "UNKNOWN"

    def is_schema_drift(self) -> bool:
        """Whether leaving out the named properties would heal it."""
        return bool(self.faults) and all(fault.is_about_schema for fault in self.faults)

    def as_error(self) -> ConnectorError:
        """Judge the problem as one record's; the text names field and rule, never the value."""
        if self.category in _LATER:
            return TryLater(f"HubSpot could not handle this record now ({self.category}).")
        if self.category == "OBJECT_NOT_FOUND":
            return Missing("HubSpot knows no such record.", hint=_MERGED_HINT)
        if self.existing or self.category == "CONFLICT" or self.rule == "CONFLICTING_UNIQUE_VALUE":
            return Duplicate("Another record in HubSpot holds this unique value already.", existing=self.existing)
        if self.faults:
            field, rule = self.faults[0].name, self.faults[0].code
            return Invalid(f"HubSpot refused the value of '{field}' ({rule}).", field=field, rule=rule)
        return Invalid(f"HubSpot refused the record ({self.rule}).", rule=self.rule)


def read_problem(body: object) -> Problem:
    """Read an error body, or one entry of a batch answer's `errors`; whatever is missing or of another form is left empty."""
    if not isinstance(body, Mapping):
        return Problem()
    message = _text(body.get("message"))
    found = _EXISTING.search(message)
    inner = [entry for entry in _listed(body.get("errors")) if isinstance(entry, Mapping)]
    contexts = [context for entry in (body, *inner) if isinstance(context := entry.get("context"), Mapping)]
    return Problem(
        category=_word(body.get("category")) or _word(body.get("errorType")),
        faults=(*_nested_faults(message), *(fault for entry in inner for fault in _inner_faults(entry))),
        traces=frozenset(_named(contexts, "objectWriteTraceId")),
        ids=frozenset((*_named(contexts, "ids"), *_named(contexts, "id"))),
        existing=(found[1] or found[2]) if found else None,
        scopes=tuple(filter(_word, (*_named(contexts, "requiredGranularScopes"), *_named(contexts, "requiredScopes")))),
        policy=_word(body.get("policyName")),
        is_about_id_property=bool(_ID_PROPERTY.search(message)),
        is_about_object=bool(_OBJECT_TYPE.search(message)),
    )


def _nested_faults(message: str) -> Iterable[PropertyFault]:
    """Property errors stand as a JSON array inside the message (HubSpot's guide 'Error handling' and its answers)."""
    start = message.find("[{")
    if start < 0:
        return ()
    try:
        entries, _ = json.JSONDecoder().raw_decode(message, start)
    except ValueError:
        return ()
    return tuple(
        PropertyFault(_text(entry.get("name")), _word(entry.get("error")) or "INVALID")
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("name")
    )


def _inner_faults(entry: Mapping[str, Any]) -> Iterable[PropertyFault]:
    context = entry.get("context")
    names = _named([context], "propertyName") if isinstance(context, Mapping) else []
    code = _word(entry.get("code")) or "INVALID"
    return (PropertyFault(name, code) for name in names)


def _named(contexts: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    return [str(value) for context in contexts for value in _listed(context.get(name))]


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    """One of HubSpot's own words; a text that is none may quote a person's data and is not kept."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
