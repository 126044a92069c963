"""Turns HubSpot's property definitions into field specifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.contract import FieldKind, FieldSpec, ObjectName, ObjectSpec

_BY_TYPE = {
    "bool": FieldKind.BOOLEAN,
    "date": FieldKind.DATE,
    "datetime": FieldKind.DATETIME,
    "number": FieldKind.NUMBER,
    "phone_number": FieldKind.PHONE,
    "enumeration": FieldKind.CHOICE,
}
_BY_FIELD_TYPE = {
    "checkbox": FieldKind.CHOICES,
    "booleancheckbox": FieldKind.BOOLEAN,
    "phonenumber": FieldKind.PHONE,
    "textarea": FieldKind.LONG_TEXT,
    "html": FieldKind.LONG_TEXT,
}
_CHOICES = (FieldKind.CHOICE, FieldKind.CHOICES)
_LONGEST_TEXT = 65_536


def object_spec(object_name: ObjectName, definitions: Iterable[Mapping[str, Any]]) -> ObjectSpec:
    """Describe an object by the answer of the properties API; archived properties are left out."""
    fields = [field_spec(object_name, entry) for entry in definitions if entry.get("name") and not entry.get("archived")]
    return ObjectSpec(object_name, object_name.replace("_", " ").capitalize(), fields)


def field_spec(object_name: ObjectName, definition: Mapping[str, Any]) -> FieldSpec:
    """Describe one property. Calculated and read-only ones cannot be written; options are named by their value, not their label."""
    name = str(definition["name"])
    kind = _kind(object_name, definition)
    rules = definition.get("modificationMetadata") or {}
    writable = not (definition.get("calculated") or rules.get("readOnlyValue"))
    is_address = object_name == "contacts" and name == "email"
    unique = bool(definition.get("hasUniqueValue"))
    return FieldSpec(
        name=name,
        label=str(definition.get("label") or name),
        kind=kind,
        creatable=writable,
        updatable=writable,
        unique=unique or is_address or name == "hs_object_id",
        external_id=unique,
        max_length=_LONGEST_TEXT if kind in (FieldKind.TEXT, FieldKind.LONG_TEXT) else None,
        choices=(_choices(definition) or None) if kind in _CHOICES else None,
        choices_closed=kind in _CHOICES and not definition.get("externalOptions"),
        refers_to=_targets(definition),
    )


def _kind(object_name: str, definition: Mapping[str, Any]) -> FieldKind:
    name = definition["name"]
    if name == "hs_object_id":
        return FieldKind.ID
    if name == "email" and object_name == "contacts":
        return FieldKind.EMAIL
    if _targets(definition):
        return FieldKind.REFERENCE
    if definition.get("showCurrencySymbol") or definition.get("numberDisplayHint") == "currency":
        return FieldKind.MONEY
    by_form = _BY_FIELD_TYPE.get(str(definition.get("fieldType")))
    kind = str(definition.get("type"))
    if by_form is not None and kind in ("string", "enumeration"):
        return by_form
    return _BY_TYPE.get(kind, FieldKind.TEXT)


def _targets(definition: Mapping[str, Any]) -> tuple[str, ...]:
    referenced = definition.get("referencedObjectType")
    return (str(referenced).lower() + "s",) if referenced else ()


def _choices(definition: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(option["value"]) for option in definition.get("options") or [] if "value" in option)
