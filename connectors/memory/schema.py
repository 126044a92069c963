"""The objects of a fresh remote in memory, and how they are told to the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.contract import FieldKind, FieldSpec, ObjectName, ObjectSpec


@dataclass(frozen=True, slots=True)
class MemoryField:
    """One field as the remote knows it; `choices` are a closed list."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    unique: bool = False
    choices: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()


EXTERNAL_ID = MemoryField("external_id", FieldKind.ID, unique=True)
PERSON = (
    EXTERNAL_ID,
    MemoryField("email", FieldKind.EMAIL),
    MemoryField("first_name"),
    MemoryField("last_name"),
    MemoryField("company"),
    MemoryField("phone", FieldKind.PHONE),
    MemoryField("title"),
    MemoryField("website", FieldKind.URL),
    MemoryField("country"),
    MemoryField("city"),
    MemoryField("status", FieldKind.CHOICE, choices=("new", "working", "qualified", "closed")),
    MemoryField("score", FieldKind.NUMBER),
    MemoryField("opted_out", FieldKind.BOOLEAN),
    MemoryField("owner", FieldKind.REFERENCE, refers_to=("user",)),
    MemoryField("note", FieldKind.LONG_TEXT),
)
OBJECTS: Mapping[str, Sequence[MemoryField]] = {
    "lead": PERSON,
    "contact": (*PERSON, MemoryField("account", FieldKind.REFERENCE, refers_to=("account",))),
    "account": (EXTERNAL_ID, MemoryField("name"), MemoryField("domain"), MemoryField("phone", FieldKind.PHONE), MemoryField("note")),
    "opportunity": (
        EXTERNAL_ID,
        MemoryField("name"),
        MemoryField("account", FieldKind.REFERENCE, refers_to=("account",)),
        MemoryField("contact", FieldKind.REFERENCE, refers_to=("contact",)),
    ),
    "user": (MemoryField("email", FieldKind.EMAIL, unique=True), MemoryField("name"), MemoryField("active", FieldKind.BOOLEAN)),
}


def object_spec(name: str, fields: Sequence[MemoryField]) -> ObjectSpec:
    """Tell one object in the contract's words."""
    return ObjectSpec(ObjectName(name), name.title(), [_field_spec(each) for each in fields])


def _field_spec(each: MemoryField) -> FieldSpec:
    return FieldSpec(
        each.name,
        each.name.replace("_", " ").capitalize(),
        each.kind,
        unique=each.unique,
        external_id=each is EXTERNAL_ID,
        choices=each.choices or None,
        choices_closed=bool(each.choices),
        refers_to=each.refers_to,
    )
