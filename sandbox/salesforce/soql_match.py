"""Turns the WHERE part of a query into a test of rows, with Salesforce's rules about types, case and empty values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.moments import read_moment, stamp
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Refusal, refuse
from sandbox.salesforce.schema import NUMBER_TYPES, Field, SObject
from sandbox.salesforce.soql_fields import Reading, find_reading
from sandbox.salesforce.soql_tree import Comparison, Condition, Junction, Negation, Value
from sandbox.salesforce.table import Row

Test = Callable[[Row], bool]
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}
_WILDCARD = re.compile(r"\\.|%|_|[^\\%_]+", re.DOTALL)


def compile_condition(org: Org, call: Call, kind: SObject, node: Condition) -> Test:
    """A function that tells whether a row passes; raises INVALID_FIELD and INVALID_QUERY_FILTER_OPERATOR beforehand."""
    if isinstance(node, Negation):
        inner = compile_condition(org, call, kind, node.part)
        return lambda row: not inner(row)
    if isinstance(node, Junction):
        parts = [compile_condition(org, call, kind, part) for part in node.parts]
        if node.operator == "AND":
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)
    return _comparison(find_reading(org, call, kind, node.path), node)


def literal(field: Field, value: Value) -> Any:
    """The value in the form in which rows hold it, text without case; raises INVALID_FIELD when the type does not fit."""
    if value.kind == "null":
        return None
    if field.type in ("id", "reference"):
        found = normal_id(str(value.content)) if value.kind == "string" else None
        if found is None:
            raise refuse("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value.content}")
        return found
    wanted = _wanted(field)
    if value.kind != wanted:
        raise _wrong_type(field, wanted)
    if wanted == "datetime":
        moment = read_moment(str(value.content))
        if moment is None:
            raise _wrong_type(field, wanted)
        return stamp(moment)
    return field.key(str(value.content)) if wanted == "string" else value.content


def _comparison(reading: Reading, node: Comparison) -> Test:
    field, get = reading.field, _key_getter(reading)
    if not field.filterable:
        raise refuse("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
    if node.operator == "LIKE":
        return _like(field, reading, node.values[0])
    wanted = [literal(field, value) for value in node.values]
    if node.operator in ("IN", "NOT IN"):
        members = frozenset(wanted)
        return (lambda row: get(row) in members) if node.operator == "IN" else (lambda row: get(row) not in members)
    first = wanted[0]
    if node.operator in ("=", "!="):
        return (lambda row: get(row) == first) if node.operator == "=" else (lambda row: get(row) != first)
    # Ids are compared as text of 18 characters, which is how an export pages through a table: `Id > last`.
    if first is None or field.type == "boolean":
        raise refuse("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field '{field.name}'")
    compare = _ORDERED[node.operator]
    return lambda row: (value := get(row)) is not None and compare(value, first)


def _key_getter(reading: Reading) -> Callable[[Row], Any]:
    if _wanted(reading.field) != "string" or reading.field.case_sensitive or reading.field.type in ("id", "reference"):
        return reading.get
    get = reading.get
    return lambda row: value.lower() if isinstance(value := get(row), str) else value


def _like(field: Field, reading: Reading, value: Value) -> Test:
    if _wanted(field) != "string" or field.type in ("id", "reference"):
        raise refuse("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field '{field.name}'")
    if value.kind != "string":
        raise _wrong_type(field, "string")
    shape = "".join(_pattern_part(part) for part in _WILDCARD.findall(str(value.content)))
    pattern, get = re.compile(shape, re.IGNORECASE | re.DOTALL), reading.get
    return lambda row: isinstance(text := get(row), str) and pattern.fullmatch(text) is not None


def _pattern_part(part: str) -> str:
    if part == "%":
        return ".*"
    if part == "_":
        return "."
    return re.escape(part[1:] if part.startswith("\\") else part)


def _wanted(field: Field) -> str:
    if field.type in NUMBER_TYPES:
        return "number"
    return field.type if field.type in ("boolean", "date", "datetime") else "string"


def _wrong_type(field: Field, wanted: str) -> Refusal:
    quotes = "should be enclosed in quotes" if wanted == "string" else "should not be enclosed in quotes"
    name = {"datetime": "dateTime", "number": field.type}.get(wanted, wanted)
    return refuse("INVALID_FIELD", f"value of filter criterion for field '{field.name}' must be of type {name} and {quotes}")
