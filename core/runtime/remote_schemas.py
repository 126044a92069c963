"""What connections' objects look like: described by the connector now, kept in the store, and read back when nobody is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from core.contract import ConnectorError, FieldSpec, ObjectSpec
from core.flow.mapping.remote import RemoteField, RemoteKind, RemoteObject
from core.runtime.connections import Connections
from core.store.commands.mappings import SaveSchemas
from core.store.queries.mappings import KeptSchema, kept_schemas
from core.store.store import Store


@dataclass(frozen=True, slots=True)
class KeptObject:
    """An object as it was last described."""

    object: RemoteObject
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Described:
    """What a connection answered: its objects, or why it did not."""

    objects: tuple[RemoteObject, ...] = ()
    message: str | None = None
    hint: str | None = None


def describe(connections: Connections, name: str) -> Described:
    """Ask a connection for its objects; whatever goes wrong is told in the answer, never raised."""
    try:
        found: Sequence[ObjectSpec] = connections.open(name).connector.describe()
        return Described(remote_objects(found))
    except ConnectorError as error:
        return Described(message=error.message, hint=error.hint or f"Run `leadloom check {name}`.")
    except Exception as error:  # noqa: BLE001 - a connector's bug is one connection's report, and the others are compared still
        message = f"The connector failed with {type(error).__name__} when it was asked for its fields."
        return Described(message=message, hint="This is a bug in the connector. Report it.")


def remote_objects(specs: Iterable[ObjectSpec]) -> tuple[RemoteObject, ...]:
    """Say in the mapping's words what a connector described; several record types of one object are put together."""
    labels: dict[str, str] = {}
    found: dict[str, dict[str, RemoteField]] = {}
    for spec in specs:
        labels.setdefault(spec.name, spec.label)
        mine = found.setdefault(spec.name, {})
        for field in spec.fields:
            mine[field.name] = _field(field, mine.get(field.name))
    return tuple(RemoteObject(name, labels[name], tuple(mine.values())) for name, mine in found.items())


def _field(spec: FieldSpec, other: RemoteField | None) -> RemoteField:
    choices = (*(other.choices if other else ()), *(spec.choices or ()))
    return RemoteField(
        name=spec.name,
        label=spec.label,
        kind=RemoteKind(spec.kind.value),
        required=spec.required,
        readable=spec.readable,
        creatable=spec.creatable,
        updatable=spec.updatable,
        searchable=spec.searchable,
        unique=spec.unique,
        external_id=spec.external_id,
        max_length=spec.max_length,
        choices=tuple(dict.fromkeys(choices)),
        choices_closed=spec.choices_closed,
    )


def save_objects(store: Store, connection: str, objects: Sequence[RemoteObject], at: datetime) -> None:
    """Keep the objects in place of what was kept before."""
    store.write(SaveSchemas(store.workspace, connection, tuple((each.name, _plain(each)) for each in objects), at))


def kept_objects(store: Store, names: Iterable[str]) -> dict[str, dict[str, KeptObject]]:
    """The objects of these connections as they were last described, by connection and name."""
    with store.snapshot() as snapshot:
        kept = {name: kept_schemas(snapshot, name) for name in names}
    return {name: {o: found for o, schema in mine.items() if (found := _kept(schema)) is not None} for name, mine in kept.items()}


def _kept(schema: KeptSchema) -> KeptObject | None:
    """Read one kept object; None for one that another version of Leadloom kept in a form that is not understood here."""
    content = schema.content
    try:
        listed = tuple(_kept_field(field) for field in content["fields"])
        return KeptObject(RemoteObject(schema.object, str(content["label"]), listed), schema.taken_at)
    except (KeyError, TypeError, ValueError):
        return None


def _plain(described: RemoteObject) -> dict[str, Any]:
    """Write an object as plain data that can be kept: what holds by default is left out."""
    return {"label": described.label, "fields": [_plain_field(field) for field in described.fields]}


def _plain_field(field: RemoteField) -> dict[str, Any]:
    known = {each.name: each.default for each in fields(RemoteField)}
    written = {name: value for name, value in asdict(field).items() if value != known[name]}
    return {**written, "kind": field.kind.value, **({"choices": list(field.choices)} if field.choices else {})}


def _kept_field(plain: Mapping[str, Any]) -> RemoteField:
    known = {each.name for each in fields(RemoteField)}
    facts = {name: value for name, value in plain.items() if name in known}
    return RemoteField(**{**facts, "kind": RemoteKind(plain["kind"]), "choices": tuple(plain.get("choices", ()))})
