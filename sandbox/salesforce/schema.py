"""What objects and fields are: the facts from which describes are written and by which writes are judged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

FieldType = Literal[
    "id", "string", "textarea", "email", "phone", "url", "picklist", "boolean", "int", "double", "currency", "percent",
    "date", "datetime", "reference", "address",
]  # fmt: skip
TEXT_TYPES = frozenset({"id", "string", "textarea", "email", "phone", "url", "picklist", "reference"})
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})


@dataclass(slots=True)
class Field:
    """One field; `hidden` is field-level security: callers without the right see no such column."""

    name: str
    type: FieldType = "string"
    length: int = 0
    label: str = ""
    precision: int = 0
    scale: int = 0
    required: bool = False
    default: Any = None
    createable: bool = True
    updateable: bool = True
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    indexed: bool = False
    reference_to: tuple[str, ...] = ()
    compound: str | None = None
    filterable: bool = True
    custom: bool = False
    hidden: bool = False

    def __post_init__(self) -> None:
        self.label = self.label or label_of(self.name)
        self.custom = self.custom or self.name.endswith("__c")
        self.indexed = self.indexed or self.external_id or self.unique

    @property
    def relationship(self) -> str | None:
        """The name by which queries reach the referenced record: `OwnerId` gives `Owner`, `Team__c` gives `Team__r`."""
        if self.type != "reference":
            return None
        return self.name[:-1] + "r" if self.custom else self.name.removesuffix("Id")

    def key(self, value: Any) -> str:
        """The form in which two values of this field are compared: without case unless the field is case-sensitive."""
        text = value if isinstance(value, str) else str(value)
        return text if self.case_sensitive else text.lower()


@dataclass(slots=True)
class SObject:
    """One object type; `fields` is keyed by the lower-case API name, in the order of describes.

    The other collections are drawn from it, so that writes need not walk over all fields.
    """

    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)
    mergeable: bool = False
    required: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    unique: tuple[Field, ...] = ()
    references: tuple[Field, ...] = ()
    _by_name: dict[str, Field] = field(default_factory=dict)

    def add(self, *fields: Field) -> None:
        """Add fields, replacing those of the same name."""
        for one in fields:
            self.fields[one.name.lower()] = one
        self._derive()

    def remove(self, name: str) -> Field:
        """Take a field out and return it; raises KeyError."""
        gone = self.fields.pop(name.lower())
        self._derive()
        return gone

    def find(self, name: str, *, sees_hidden: bool = False) -> Field | None:
        """The field called `name` in any case; None when there is none or it is hidden from the caller."""
        found = self._by_name.get(name) or self.fields.get(name.lower())
        return None if found is None or (found.hidden and not sees_hidden) else found

    def relationship(self, name: str, *, sees_hidden: bool = False) -> Field | None:
        """The reference field behind a relationship name."""
        base = name[:-1] + "c" if name.lower().endswith("__r") else name + "Id"
        found = self.find(base, sees_hidden=sees_hidden)
        return found if found is not None and found.type == "reference" else None

    def _derive(self) -> None:
        every = self.fields.values()
        self.required = tuple(one.name for one in every if one.required)
        self.defaults = {one.name: one.default for one in every if one.default is not None}
        self.unique = tuple(one for one in every if one.unique)
        self.references = tuple(one for one in every if one.type == "reference")
        self._by_name = {one.name: one for one in every}


def label_of(name: str) -> str:
    """A label made from an API name: `AnnualRevenue` gives `Annual Revenue`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " "))
    return re.sub(r"\bId$", "ID", spaced)
