"""`leadloom mapping new`: a first mapping for a connection, made of what its account describes. Never replaces a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.contract import ConfigInvalid, Manifest, Role, TryLater
from core.flow.mapping.check import Vendor
from core.flow.mapping.draft import Plan, field_lists, inbound_draft, subject_of, sync_draft
from core.flow.mapping.model import SyncMapping
from core.flow.mapping.remote import RemoteObject
from core.model.vocabulary import Subject
from core.runtime.config.document import read_document
from core.runtime.config.problems import ConfigProblems, nearest_name
from core.runtime.desk.starting import AlreadyThere
from core.runtime.installation import Installation
from core.runtime.mapping_check import Noted, compare, read_files, vendors
from core.runtime.remote_schemas import describe

DRAFT = ".draft"
"""What the name of a draft ends in, so that it is not in force before somebody has looked at it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the draft shall be for; None: chosen by what the connector can do."""

    connection: str
    object: str | None = None
    kind: str | None = None
    golden: str | None = None
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """The file that was written, and what a check of it says already. `in_force`: it lies where a server takes it up at once."""

    path: Path
    kind: str
    object: str | None
    in_force: bool
    findings: tuple[Noted, ...] = ()


def new_mapping(installation: Installation, wanted: Wanted) -> Drafted:
    """Ask the connection for its fields and write the draft; raises AlreadyThere, ConfigInvalid, or what the connection says."""
    manifest = installation.registry.manifest(installation.config.connections[wanted.connection].connector)
    objects = _described(installation, wanted.connection)
    starter = _starter(installation, manifest)
    kind = wanted.kind or ("sync" if Role.WRITES in manifest.roles else "inbound")
    chosen = _choose_object(wanted, objects, starter, kind)
    path = wanted.out or installation.config.mappings_dir / f"{_slug(wanted.connection, chosen)}.yaml{DRAFT}"
    _refuse_taken(installation, path, kind, wanted.connection, chosen)
    plan = Plan(
        name=_slug(wanted.connection, chosen) if path.suffix == DRAFT else path.stem,
        connection=wanted.connection,
        subject=Subject(wanted.golden) if wanted.golden else subject_of(chosen or ""),
        vendor=Vendor(manifest.name, manifest.external_id_help),
        external_id=_external_id(manifest, starter, chosen),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, _text(plan, kind, chosen, objects))
    return _checked(installation, path, kind, chosen, objects)


def inbound_text(installation: Installation, connection: str, described: RemoteObject) -> str:
    """Write the text of an inbound draft for an object that was described already; nothing is asked and no file is made."""
    manifest = installation.registry.manifest(installation.config.connections[connection].connector)
    vendor = Vendor(manifest.name, manifest.external_id_help)
    plan = Plan(_slug(connection, described.name), connection, Subject.LEAD, vendor)
    return inbound_draft(plan, described.name, field_lists([described]))


def _described(installation: Installation, name: str) -> Sequence[RemoteObject]:
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            answer = describe(connections, name)
        finally:
            connections.close()
    if answer.message is not None:
        raise TryLater(f"Connection '{name}' could not be asked for its fields: {answer.message}", hint=answer.hint)
    return answer.objects


def _choose_object(wanted: Wanted, objects: Sequence[RemoteObject], starter: dict[str, Any], kind: str) -> str | None:
    names = [each.name for each in objects]
    if wanted.object is not None:
        if wanted.object in names:
            return wanted.object
        near = nearest_name(wanted.object, names)
        hint = f"Did you mean '{near}'?" if near else f"There is: {', '.join(names) or 'none'}."
        raise ConfigInvalid(f"Connection '{wanted.connection}' told of no object '{wanted.object}'.", hint=hint, setting="object")
    usual = starter.get("to" if kind == "sync" else "from")
    usual = usual.get("object") if isinstance(usual, dict) else None
    if usual in names:
        return str(usual)
    if len(names) == 1:
        return names[0]
    if not names and kind == "inbound":
        return None
    raise ConfigInvalid(
        f"Connection '{wanted.connection}' has several objects.", hint=f"Name one: {', '.join(names) or 'none'}.", setting="object"
    )


def _starter(installation: Installation, manifest: Manifest) -> dict[str, Any]:
    """What the connector's own first mapping says; empty where there is none."""
    path = installation.registry.folder(manifest.id) / "starter.yaml"
    try:
        value = read_document(path.read_bytes(), str(path)).value
    except (OSError, ConfigProblems):
        return {}
    return value if isinstance(value, dict) else {}


def _external_id(manifest: Manifest, starter: dict[str, Any], chosen: str | None) -> str | None:
    facts = manifest.facts(chosen or "").writes
    usual = starter.get("external_id")
    return str(usual) if usual and facts is not None and facts.upsert_by_match else None


def _refuse_taken(installation: Installation, path: Path, kind: str, connection: str, chosen: str | None) -> None:
    if path.exists():
        raise AlreadyThere(f"{path} exists already. Nothing was written; name another file with --out.")
    if kind != "sync" or not _is_in_force(installation, path):
        return
    for file in read_files(installation, ())[0]:
        mapping = file.mapping
        if isinstance(mapping, SyncMapping) and (mapping.connection, mapping.object) == (connection, chosen):
            message = (
                f"{file.path.name} writes '{chosen}' of '{connection}' already, and there is one file per object. Nothing was written; "
            )
            raise AlreadyThere(f"{message}leave --out away to get a draft beside it.")


def _is_in_force(installation: Installation, path: Path) -> bool:
    return path.suffix == ".yaml" and path.resolve().parent == installation.config.mappings_dir.resolve()


def _text(plan: Plan, kind: str, chosen: str | None, objects: Sequence[RemoteObject]) -> str:
    mine = [each for each in objects if chosen is None or each.name == chosen]
    return sync_draft(plan, mine[0]) if kind == "sync" else inbound_draft(plan, chosen, field_lists(mine))


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise AlreadyThere(f"{path} exists already. Nothing was written; name another file with --out.") from None


def _checked(installation: Installation, path: Path, kind: str, chosen: str | None, objects: Sequence[RemoteObject]) -> Drafted:
    files, problems, _ = read_files(installation, [path])
    mine = {file.mapping.connection: objects for file in files}
    findings = tuple(compare(files, mine, vendors(installation)))
    unsound = tuple(Noted.of_problem(problem) for problem in problems)
    return Drafted(path, kind, chosen, _is_in_force(installation, path), (*unsound, *findings))


def _slug(*parts: str | None) -> str:
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.casefold()).strip("-") for part in parts if part)
