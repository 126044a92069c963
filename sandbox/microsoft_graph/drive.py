"""One drive: its items, the order in which they changed last, and how Graph tells them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

DRIVE_ID = "b!sandbox-drive"
ROOT = "01ROOT"


class NotFound(Exception):
    """There is no such item."""


@dataclass(slots=True)
class Item:
    """A file, or a folder where `content` is None. `turn` is the moment of its last change, counted."""

    id: str
    name: str
    parent: str
    content: bytes | None
    turn: int
    edits: int = 1
    deleted: bool = False
    locked: bool = False

    @property
    def tag(self) -> str:
        """The eTag, which changes with every change, of the name too."""
        return f'"{{{self.id}}},{self.edits}"'


@dataclass(slots=True)
class Drive:
    """Files by id. `hashes` off leaves the hash out, as for files that have none yet."""

    hashes: bool = True
    turn: int = 0
    _count: int = 0
    _items: dict[str, Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._items[ROOT] = Item(ROOT, "root", "", None, 0)

    def put(self, path: str, content: bytes | None) -> Item:
        """Write a file, or make a folder; the folders on the way come with it."""
        parent, names = ROOT, [part for part in path.split("/") if part]
        for name in names[:-1]:
            parent = (self._child(parent, name) or self._new(name, parent, None)).id
        found = self._child(parent, names[-1])
        if found is None:
            return self._new(names[-1], parent, content)
        found.content = content
        self._touch(found)
        return found

    def delete(self, path: str) -> None:
        """Delete an item."""
        item = self.at(path)
        item.deleted = True
        self._touch(item)

    def move(self, path: str, to: str) -> None:
        """Give an item another name or folder; its id stays."""
        item = self.at(path)
        folder, _, name = to.rpartition("/")
        item.parent, item.name = self.at(folder).id, name
        self._touch(item)

    def at(self, path: str) -> Item:
        """The item at a path."""
        item = self._items[ROOT]
        for name in (part for part in path.split("/") if part):
            found = self._child(item.id, name)
            if found is None:
                raise NotFound
            item = found
        return item

    def item(self, item_id: str) -> Item:
        """The item with an id."""
        found = self._items.get(item_id)
        if found is None or found.deleted:
            raise NotFound
        return found

    def children(self, item_id: str) -> list[Item]:
        """What lies in a folder, by name."""
        return sorted((each for each in self._items.values() if each.parent == item_id and not each.deleted), key=lambda each: each.name)

    def changed_after(self, turn: int) -> Iterator[Item]:
        """What changed, the oldest change first; a beginning (0) tells nothing of what is deleted."""
        changed = sorted(
            (each for each in self._items.values() if each.turn > turn or (turn == 0 and each.id == ROOT)), key=lambda each: each.turn
        )
        return (each for each in changed if turn or not each.deleted)

    def told(self, item: Item, *, in_changes: bool = False) -> dict[str, Any]:
        """An item as Graph tells it; among changes a deleted one has no name, and no folder's path is told."""
        parent = {"driveId": DRIVE_ID, "driveType": "documentLibrary", "id": item.parent}
        if item.deleted:
            return {"id": item.id, "parentReference": parent, "deleted": {"state": "deleted"}}
        told: dict[str, Any] = {"id": item.id, "name": item.name, "size": len(item.content or b""), "eTag": item.tag}
        if item.id == ROOT:
            return {**told, "root": {}, "folder": {"childCount": len(self.children(ROOT))}}
        told["parentReference"] = parent if in_changes else {**parent, "path": f"/drives/{DRIVE_ID}/root:"}
        if item.content is None:
            return {**told, "folder": {"childCount": len(self.children(item.id))}}
        found = {"hashes": {"quickXorHash": base64.b64encode(hashlib.sha1(item.content, usedforsecurity=False).digest()).decode()}}
        return {**told, "file": {"mimeType": "application/octet-stream", **(found if self.hashes else {})}}

    def _child(self, parent: str, name: str) -> Item | None:
        return next((each for each in self.children(parent) if each.name.lower() == name.lower()), None)

    def _new(self, name: str, parent: str, content: bytes | None) -> Item:
        self._count += 1
        self.turn += 1
        made = Item(f"01SANDBOX{self._count:06}", name, parent, content, self.turn)
        self._items[made.id] = made
        return made

    def _touch(self, item: Item) -> None:
        self.turn += 1
        item.turn, item.edits = self.turn, item.edits + 1
