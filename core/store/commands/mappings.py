"""Commands about mappings: keep what goes into force, and what the CRMs' objects look like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.store.commands.upsert import insert_into, table_of
from core.store.tables import MappingRelease, MappingVersion, RemoteSchema


@dataclass(frozen=True, slots=True)
class SaveMappings:
    """Keep the texts of the mappings that go into force together, each as `(name, version, text, file)`.

    Makes a release of them, unless they are those of the last one. `file` is the file's name in the folder of the mappings.
    """

    workspace: str
    mappings: tuple[tuple[str, str, str, str], ...]
    at: datetime
    how: str = "saved"

    def apply(self, tx: Connection) -> int:
        """Keep a text once per version, with the time when it last went into force; gives the number of the release."""
        rows = [{"workspace": self.workspace, "name": n, "version": v, "text": t, "in_force_at": self.at} for n, v, t, _ in self.mappings]
        if rows:
            statement = insert_into(tx, MappingVersion)
            keys = ["workspace", "name", "version"]
            tx.execute(statement.on_conflict_do_update(index_elements=keys, set_={"in_force_at": statement.excluded.in_force_at}), rows)
        return self._release(tx)

    def _release(self, tx: Connection) -> int:
        release = table_of(MappingRelease)
        members = sorted([name, version, file] for name, version, _, file in self.mappings)
        newest = select(func.max(release.c.number)).where(release.c.workspace == self.workspace).scalar_subquery()
        last = tx.execute(select(release).where(release.c.workspace == self.workspace, release.c.number == newest)).one_or_none()
        if last is not None and _versions(last.members) == _versions(members):
            if last.members != members:  # a file got another name, and what is in force stays
                tx.execute(update(release).where(release.c.workspace == self.workspace, release.c.number == newest).values(members=members))
            return int(last.number)
        number = 1 if last is None else int(last.number) + 1
        row = {"workspace": self.workspace, "number": number, "at": self.at, "how": self.how, "members": members}
        tx.execute(insert(release).values(row))
        return number


def _versions(members: list[list[str]]) -> list[list[str]]:
    return [member[:2] for member in members]


@dataclass(frozen=True, slots=True)
class SaveSchemas:
    """Keep what a connection's objects look like, by object, in place of what was kept before."""

    workspace: str
    connection: str
    objects: tuple[tuple[str, Any], ...]
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Store each object's description."""
        rows = [
            {"workspace": self.workspace, "connection": self.connection, "object": name, "taken_at": self.at, "content": content}
            for name, content in self.objects
        ]
        if rows:
            statement = insert_into(tx, RemoteSchema)
            changed = {"taken_at": statement.excluded.taken_at, "content": statement.excluded.content}
            tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "connection", "object"], set_=changed), rows)
