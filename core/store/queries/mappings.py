"""What is kept about mappings: texts in force, releases, older versions, and the CRMs' objects as they were last described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import MappingRelease, MappingVersion, RemoteSchema

_PART = 100


@dataclass(frozen=True, slots=True)
class Release:
    """Mappings that went into force together: versions by name, and the names of the files that they stood in."""

    number: int
    at: datetime
    how: str
    members: dict[str, str]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class KeptSchema:
    """An object of a connection as it was last described."""

    object: str
    taken_at: datetime
    content: Any


def release_texts(snapshot: Snapshot, release: Release) -> dict[str, str]:
    """The texts of a release's mappings, by name."""
    found = {name: mapping_text(snapshot, name, version) for name, version in release.members.items()}
    return {name: text for name, text in found.items() if text is not None}


def releases(snapshot: Snapshot, most: int, before: int | None = None) -> list[Release]:
    """The newest releases, newest first; those before a number if it is given."""
    table = table_of(MappingRelease)
    mine = table.c.workspace == snapshot.workspace
    if before is not None:
        mine &= table.c.number < before
    return [_release(row) for row in snapshot.all(select(table).where(mine).order_by(table.c.number.desc()).limit(most))]


def release_numbered(snapshot: Snapshot, number: int) -> Release | None:
    """One release by its number."""
    found = releases(snapshot, 1, number + 1)
    return found[0] if found and found[0].number == number else None


def _release(row: Any) -> Release:
    members = {name: version for name, version, _ in row.members}
    return Release(row.number, row.at, row.how, members, {name: file for name, _, file in row.members})


def every_release(snapshot: Snapshot) -> Iterator[Release]:
    """All releases, newest first, read in parts."""
    before = None
    while found := releases(snapshot, _PART, before):
        yield from found
        before = found[-1].number


def in_force_since(snapshot: Snapshot) -> dict[str, datetime]:
    """Since when each mapping of the newest release is in force without a break, by name."""
    since: dict[str, datetime] = {}
    version: dict[str, str] = {}
    for release in every_release(snapshot):
        if not version:
            version = dict(release.members)
            since = dict.fromkeys(version, release.at)
        version = {name: each for name, each in version.items() if release.members.get(name) == each}
        since |= dict.fromkeys(version, release.at)
        if not version:
            break
    return since


def versions_of(snapshot: Snapshot, name: str) -> list[str]:
    """The versions of a mapping that ever ran, the one that last went into force first."""
    table = table_of(MappingVersion)
    mine = (table.c.workspace == snapshot.workspace) & (table.c.name == name)
    rows = snapshot.all(select(table.c.version).where(mine).order_by(table.c.in_force_at.desc(), table.c.version))
    return [row.version for row in rows]


def release_number(snapshot: Snapshot) -> int:
    """The number of the newest release; 0 before the first."""
    table = table_of(MappingRelease)
    return int(snapshot.scalar(select(func.max(table.c.number)).where(table.c.workspace == snapshot.workspace)) or 0)


def mapping_text(snapshot: Snapshot, name: str, version: str) -> str | None:
    """The text of one version of a mapping, with its tables behind it."""
    table = table_of(MappingVersion)
    mine = (table.c.workspace == snapshot.workspace, table.c.name == name, table.c.version == version)
    found = snapshot.scalar(select(table.c.text).where(*mine))
    return None if found is None else str(found)


def kept_schemas(snapshot: Snapshot, connection: str) -> dict[str, KeptSchema]:
    """The objects of a connection as they were last described, by name."""
    table = table_of(RemoteSchema)
    rows = snapshot.all(select(table).where(table.c.workspace == snapshot.workspace, table.c.connection == connection))
    return {row.object: KeptSchema(row.object, row.taken_at, row.content) for row in rows}
