"""Search filters: one condition on one property, compiled once and asked of every candidate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from sandbox.hubspot.definitions import Definition, ObjectType
from sandbox.hubspot.moments import millis, parse
from sandbox.hubspot.records import Table
from sandbox.hubspot.refusals import validation

Comparable = str | float
Test = Callable[[Comparable | None], bool]

_PHONES = {"hs_searchable_calculated_phone_number": "phone", "hs_searchable_calculated_mobile_number": "mobilephone"}
_CALLING_CODE = re.compile(r"^(\+|00)(1|7|[2-9]\d)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One compiled filter."""

    definition: Definition
    test: Test
    exact: frozenset[str] | None
    """The values that EQ or IN ask for, where an index on the property could answer."""

    def holds(self, properties: Mapping[str, str]) -> bool:
        """Whether a record with these properties passes."""
        name = self.definition.name
        if name in _PHONES:
            raw = properties.get(_PHONES[name])
            return self.test(None if raw is None else national_digits(raw))
        value = properties.get(name)
        return self.test(None if value is None else _comparable(self.definition, value))

    def points_at(self, table: Table) -> list[str] | None:
        """Ids of the only records that can pass, if the property is indexed; else `None`."""
        if self.exact is None:
            return None
        if self.definition.name == "hs_object_id":
            return sorted(self.exact)
        if self.definition.name not in table.unique:
            return None
        holders = [table.holder(self.definition.name, value) for value in sorted(self.exact)]
        return [holder for holder in holders if holder is not None]


def compile_filter(entry: Mapping[str, Any], definition: Definition) -> Condition:
    """Compile one filter; an unknown operator or a missing value is a 400."""
    operator = str(entry.get("operator"))
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return Condition(definition, _presence(wanted=operator == "HAS_PROPERTY"), None)
    if operator in ("IN", "NOT_IN"):
        return _membership(entry, definition, operator)
    if operator == "BETWEEN":
        low, high = _wanted(definition, entry, "value"), _wanted(definition, entry, "highValue")
        return Condition(definition, lambda value: value is not None and _ordered(low, value) and _ordered(value, high), None)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return Condition(definition, _tokens(str(entry.get("value", "")), wanted=operator == "CONTAINS_TOKEN"), None)
    if operator not in _COMPARISONS:
        raise validation(f"The operator {operator} is not known")
    wanted, compare = _wanted(definition, entry, "value"), _COMPARISONS[operator]
    exact = frozenset([str(entry["value"])]) if operator == "EQ" else None
    return Condition(definition, lambda value: compare(value, wanted), exact)


def searchable(name: str) -> Definition | None:
    """The phone properties that exist for searching only: digits without country code or leading zero."""
    return Definition(name, name, calculated=True) if name in _PHONES else None


def national_digits(phone: str) -> str:
    """A phone number as the search index keeps it."""
    stripped = _CALLING_CODE.sub("", re.sub(r"[^\d+]", "", phone))
    return re.sub(r"\D", "", stripped).lstrip("0")


def matches_query(kind: ObjectType, properties: Mapping[str, str], query: str) -> bool:
    """The free-text search: every word starts a word of one of the default properties; phones by their digits."""
    text = " ".join(properties.get(name, "") for name in kind.searched).lower()
    words = {*_split(text), *text.split()}
    digits = national_digits(query)
    if len(digits) > 5 and digits in national_digits(properties.get("phone", "")):
        return True
    return all(any(word.startswith(part) for word in words) for part in query.lower().split())


def _presence(*, wanted: bool) -> Test:
    return lambda value: (value is not None) is wanted


def _membership(entry: Mapping[str, Any], definition: Definition, operator: str) -> Condition:
    values = entry.get("values")
    if not isinstance(values, list) or not values:
        raise validation(f"The operator {operator} needs values")
    if operator == "NOT_IN":
        barred = {_raw(definition, str(value)) for value in values}
        return Condition(definition, lambda value: value not in barred, None)
    wanted = {_raw(definition, str(value)) for value in values}
    return Condition(definition, lambda value: value is not None and value in wanted, frozenset(str(value) for value in values))


def _raw(definition: Definition, text: str) -> Comparable:
    """A value of IN: strings are compared with lower-cased records as they stand, so an upper-case one finds nothing."""
    return text if definition.type in ("string", "enumeration") else _comparable(definition, text)


def _tokens(text: str, *, wanted: bool) -> Test:
    pattern, parts = text.lower(), _split(text.lower())

    def test(value: Comparable | None) -> bool:
        if value is None:
            return not wanted
        held = str(value)
        if "*" in pattern:
            found = any(fnmatchcase(candidate, pattern) for candidate in (held, *held.split(), *_split(held)))
        else:
            found = bool(parts) and set(parts) <= set(_split(held))
        return found is wanted

    return test


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[^\w]+", text) if part]


def _wanted(definition: Definition, entry: Mapping[str, Any], field: str) -> Comparable:
    if entry.get(field) is None:
        raise validation(f"The operator {entry.get('operator')} needs a {field}")
    text = str(entry[field])
    return national_digits(text) if definition.name in _PHONES else _comparable(definition, text)


def _comparable(definition: Definition, text: str) -> Comparable:
    if definition.type not in ("number", "date", "datetime"):
        return text.lower()
    try:
        return float(text) if definition.type == "number" else _milliseconds(text)
    except ValueError as error:
        raise validation(f"{text} cannot be compared with the {definition.type} property {definition.name}") from error


@lru_cache(maxsize=4096)
def _milliseconds(text: str) -> float:
    return float(millis(parse(text)))


def _ordered(low: Comparable, high: Comparable) -> bool:
    if isinstance(low, str) or isinstance(high, str):
        return str(low) <= str(high)
    return low <= high


_COMPARISONS: dict[str, Callable[[Comparable | None, Comparable], bool]] = {
    "EQ": lambda value, wanted: value is not None and value == wanted,
    "NEQ": lambda value, wanted: value != wanted,
    "LT": lambda value, wanted: value is not None and value != wanted and _ordered(value, wanted),
    "LTE": lambda value, wanted: value is not None and _ordered(value, wanted),
    "GT": lambda value, wanted: value is not None and value != wanted and _ordered(wanted, value),
    "GTE": lambda value, wanted: value is not None and _ordered(wanted, value),
}
