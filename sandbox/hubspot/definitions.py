"""Property definitions and object types: what the account knows of its own schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.hubspot.moments import iso


@dataclass(slots=True)
class Option:
    """One choice of an enumeration; records hold its `value`, people see its `label`."""

    label: str
    value: str
    hidden: bool = False
    display_order: int = -1
    description: str = ""

    def as_data(self) -> dict[str, Any]:
        """The option as the properties API writes it."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(slots=True)
class Definition:
    """One property of one object type."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group_name: str = "contactinformation"
    description: str = ""
    options: list[Option] = field(default_factory=list)
    unique: bool = False
    calculated: bool = False
    external_options: bool = False
    hubspot_defined: bool = False
    form_field: bool = True
    hidden: bool = False
    read_only_value: bool = False
    referenced_object_type: str | None = None
    data_sensitivity: str = "non_sensitive"
    display_order: int = -1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived_at: datetime | None = None

    @property
    def multiple(self) -> bool:
        """Whether the value is a list of options joined by semicolons."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def allowed(self) -> list[str]:
        """Option values in order, hidden ones too: the API takes them, only forms do not show them."""
        return [option.value for option in self.options]

    def as_data(self) -> dict[str, Any]:
        """The definition as the properties API writes it."""
        found: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group_name,
            "options": [option.as_data() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "formField": self.form_field,
            "archived": self.archived_at is not None,
            "dataSensitivity": self.data_sensitivity,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only_value,
            },
        }
        moments = {"createdAt": self.created_at, "updatedAt": self.updated_at, "archivedAt": self.archived_at}
        found.update({name: iso(moment) for name, moment in moments.items() if moment})
        if self.referenced_object_type:
            found["referencedObjectType"] = self.referenced_object_type
        return found


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of record, and the names the vendor gives its system properties."""

    name: str
    noun: str
    type_id: str
    created: str
    modified: str
    defaults: tuple[str, ...]
    """Properties that an answer carries when none are asked for."""
    searched: tuple[str, ...]
    """Properties in which the free-text `query` of a search looks."""
    scope: str
    """The part of a scope's name that stands for this type, such as `contacts`."""
    event: str
    """The prefix of its webhook event types."""
    required: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    custom: bool = False

    def aliases(self) -> tuple[str, ...]:
        """All the ways in which a path may name this type."""
        return (self.name, self.noun, self.type_id) if not self.custom else (self.name, self.type_id, f"p_{self.name}")
