"""The account behind the API: schema, records and everything else that a reset throws away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

from sandbox.hubspot.access import Access
from sandbox.hubspot.definitions import Definition, ObjectType
from sandbox.hubspot.dials import Dials
from sandbox.hubspot.forms_state import Submission
from sandbox.hubspot.imports_state import Import
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.links import Links
from sandbox.hubspot.lists_state import RecordList
from sandbox.hubspot.owners_state import Owner, standard_owners
from sandbox.hubspot.records import Table
from sandbox.hubspot.refusals import validation
from sandbox.hubspot.standard import STANDARD_TYPES, standard_definitions, system_group
from sandbox.hubspot.subscription_state import Preferences
from sandbox.hubspot.webhooks import Webhooks


@dataclass(slots=True)
class Schema:
    """One object type with its properties (archived ones too) and property groups."""

    kind: ObjectType
    definitions: dict[str, Definition]
    groups: dict[str, str]

    def active(self, name: str) -> Definition | None:
        """The definition of a property that is not archived."""
        found = self.definitions.get(name)
        return found if found is not None and found.archived_at is None else None


@dataclass(slots=True)
class Portal:
    """The whole state of one account."""

    dials: Dials = field(default_factory=Dials)
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    hooks: Webhooks = field(default_factory=Webhooks)
    links: Links = field(default_factory=Links)
    preferences: Preferences = field(default_factory=Preferences)
    owners: dict[str, Owner] = field(default_factory=standard_owners)
    schemas: dict[str, Schema] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    lists: dict[str, RecordList] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)
    submitted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What was sent through each form; stays when a submission has become a contact."""
    blocked_emails: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    chance: Random = field(default_factory=lambda: Random(1))
    _names: dict[str, str] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(101))
    _correlations: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for kind in STANDARD_TYPES:
            self.add_type(kind, standard_definitions(kind))

    def add_type(self, kind: ObjectType, definitions: Iterable[Definition]) -> None:
        """Make an object type known under all its names."""
        self.schemas[kind.name] = Schema(
            kind, {found.name: found for found in definitions}, {system_group(kind): f"{kind.noun} properties"}
        )
        self.tables[kind.name] = Table(kind)
        self._names.update({alias.lower(): kind.name for alias in kind.aliases()})

    def drop_type(self, name: str) -> None:
        """Forget a custom object type."""
        del self.schemas[name], self.tables[name]
        self._names = {alias: known for alias, known in self._names.items() if known != name}

    def schema(self, named: str) -> Schema:
        """The type that a path or a body names; an unknown one is a 400."""
        name = self._names.get(named.lower().replace(f"p{self.dials.portal_id}_", "p_"))
        if name is None:
            raise validation(f"Unable to infer object type from: {named}")
        return self.schemas[name]

    def table(self, named: str) -> Table:
        """The records of the type that a path or a body names."""
        return self.tables[self.schema(named).kind.name]

    def next_id(self) -> str:
        """The next id from the account's one counter."""
        return str(next(self._ids))

    def correlation_id(self) -> str:
        """The next correlation id; it looks like the vendor's and counts up."""
        return f"{next(self._correlations):08x}-5a4d-4000-8000-000000000000"

    def index_delay(self) -> timedelta:
        """How far search lags behind."""
        return timedelta(seconds=self.dials.index_delay_seconds)
