"""Turns Salesforce's describe of an object into the contract's words, and keeps what reading needs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.contract import ContractBroken, FieldKind, FieldSpec, ObjectName, ObjectSpec

_KINDS: Mapping[str, FieldKind] = {
    "id": FieldKind.ID,
    "reference": FieldKind.REFERENCE,
    "string": FieldKind.TEXT,
    "encryptedstring": FieldKind.TEXT,
    "textarea": FieldKind.LONG_TEXT,
    "email": FieldKind.EMAIL,
    "phone": FieldKind.PHONE,
    "url": FieldKind.URL,
    "int": FieldKind.NUMBER,
    "long": FieldKind.NUMBER,
    "double": FieldKind.NUMBER,
    "percent": FieldKind.NUMBER,
    "currency": FieldKind.MONEY,
    "boolean": FieldKind.BOOLEAN,
    "date": FieldKind.DATE,
    "datetime": FieldKind.DATETIME,
    "picklist": FieldKind.CHOICE,
    "combobox": FieldKind.CHOICE,
    "multipicklist": FieldKind.CHOICES,
}
_NOT_SCALAR = frozenset({"address", "location", "base64", "complexvalue", "anyType"})
UNQUOTED = frozenset({FieldKind.NUMBER, FieldKind.MONEY, FieldKind.BOOLEAN, FieldKind.DATE, FieldKind.DATETIME})
"""Kinds whose values stand in SOQL without quotes."""


@dataclass(frozen=True, slots=True)
class Described:
    """One object of the org: its specification, and the facts that reading it depends on."""

    spec: ObjectSpec
    replicates: bool
    unfilterable: frozenset[str]

    @property
    def readable(self) -> Sequence[str]:
        """Names of all fields that a query can give, in the order of the describe."""
        return [field.name for field in self.spec.fields if field.readable]

    def has(self, name: str) -> bool:
        """Whether the object has this field and the credentials see it."""
        return self.spec.field(name) is not None

    def find(self, name: str) -> FieldSpec | None:
        """Look a field up by its name in any case, as Salesforce does."""
        return next((field for field in self.spec.fields if field.name.lower() == name.lower()), None)


def read_describe(answer: Mapping[str, Any]) -> Described:
    """Read one describe; compound and binary fields are left out, their parts are fields of their own.

    Required on create is a field that can be created, must not be null and has no default (REST guide, "sObject Describe").
    Raises ContractBroken for another answer.
    """
    if not isinstance(answer.get("name"), str) or not isinstance(answer.get("fields"), list):
        raise ContractBroken("Salesforce's describe has no name or no fields.")
    entries = [entry for entry in answer["fields"] if entry.get("type") not in _NOT_SCALAR]
    name = answer["name"]
    return Described(
        ObjectSpec(ObjectName(name), str(answer.get("label") or name), [_field(entry) for entry in entries]),
        replicates=bool(answer.get("replicateable")),
        unfilterable=frozenset(str(entry["name"]) for entry in entries if not entry.get("filterable", True)),
    )


def _field(entry: Mapping[str, Any]) -> FieldSpec:
    kind = _KINDS.get(str(entry.get("type")), FieldKind.TEXT)
    creatable = bool(entry.get("createable"))
    is_choice = kind in {FieldKind.CHOICE, FieldKind.CHOICES}
    return FieldSpec(
        name=str(entry["name"]),
        label=str(entry.get("label") or entry["name"]),
        kind=kind,
        required=creatable and not entry.get("nillable") and not entry.get("defaultedOnCreate"),
        creatable=creatable,
        updatable=bool(entry.get("updateable")),
        searchable=bool(entry.get("filterable", True)),
        unique=bool(entry.get("unique")),
        external_id=bool(entry.get("externalId")),
        max_length=entry.get("length") or None,
        choices=[str(value["value"]) for value in entry.get("picklistValues", ()) if value.get("active", True)] if is_choice else None,
        choices_closed=is_choice and bool(entry.get("restrictedPicklist")),
        refers_to=[str(target) for target in entry.get("referenceTo") or ()],
    )
