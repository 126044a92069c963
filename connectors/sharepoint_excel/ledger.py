"""What a reading remembers for the next: where in the changes it stands, which files there are, and which of them are read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract import ConfigInvalid, Cursor
from core.contract.tables.remote import RemoteFile, is_wanted

LARGEST_SIZE = 2**60
"""No file is larger; whatever says so is no size."""


class KnownFile(BaseModel):
    """A file as the changes told it last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    size: int


class Ledger(BaseModel):
    """The cursor's content. While it is `building`, the changes are read from the beginning and `files` is not whole yet.

    `read` is what the reading of files remembers; it outlives a new beginning, so that nothing is fetched twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: str = ""
    link: str = ""
    building: bool = True
    files: dict[str, KnownFile] = {}
    read: str = ""

    @classmethod
    def decode(cls, cursor: Cursor | None) -> Self:
        """Read a cursor of ours; raises ConfigInvalid for any other."""
        try:
            return cls() if cursor is None else cls.model_validate_json(cursor)
        except ValidationError:
            raise ConfigInvalid("The cursor was not made by this connector.", hint="Begin the reading anew.") from None

    def encode(self) -> Cursor:
        """Write the cursor."""
        return Cursor(self.model_dump_json(exclude_defaults=True))

    def begun(self, scope: str, link: str) -> Self:
        """Begin the changes anew, for another choice of folders or because the old place in them is forgotten."""
        return self.model_copy(update={"scope": scope, "link": link, "building": True, "files": {}})

    def followed(self, items: Sequence[Mapping[str, Any]], folders: Mapping[str, str], pattern: str) -> Self:
        """Take a page of changes over; the last word about an item counts. `folders` gives the paths of those that are read, by id."""
        files = dict(self.files)
        for item in items:
            if not isinstance(item_id := item.get("id"), str) or not _is_text(item_id):
                continue
            known = None if item.get("deleted") is not None else _known(item, folders, pattern)
            if known is None:
                files.pop(item_id, None)
            else:
                files[item_id] = known
        return self.model_copy(update={"files": files})

    def listed(self) -> list[RemoteFile]:
        """The files there are."""
        return [RemoteFile(file.name, file.version, file.size, known_by=item_id) for item_id, file in self.files.items()]


def versions_of(item: Mapping[str, Any]) -> list[str]:
    """What tells an item's content from any other: its hash, else its eTag, which changes with its name as well.

    Changes carry no cTag in SharePoint (Microsoft Graph, "driveItem: delta", remarks).
    """
    file = item.get("file")
    hashes = file.get("hashes") if isinstance(file, dict) else None
    found = hashes.get("quickXorHash") if isinstance(hashes, dict) else None
    tag = item.get("eTag")
    return [f"{kind}:{each}" for kind, each in (("hash", found), ("tag", tag)) if isinstance(each, str) and each and _is_text(each)]


def is_same(item: Mapping[str, Any], file: RemoteFile) -> bool:
    """Whether an item is still what was listed; where it tells other marks than the changes did, its size has to do."""
    told = [version for version in versions_of(item) if version.partition(":")[0] == file.version.partition(":")[0]]
    return file.version in told if told else item.get("size") == file.size


def _known(item: Mapping[str, Any], folders: Mapping[str, str], pattern: str) -> KnownFile | None:
    parent, name, size = item.get("parentReference"), item.get("name"), item.get("size")
    folder = folders.get(str(parent.get("id"))) if isinstance(parent, dict) else None
    versions = versions_of(item)
    if folder is None or not isinstance(name, str) or not isinstance(size, int) or not isinstance(item.get("file"), dict):
        return None
    if not 0 < size < LARGEST_SIZE or not _is_text(name) or not versions or not is_wanted(name, pattern):
        return None
    return KnownFile(name=f"{folder}/{name}" if folder else name, version=versions[0], size=size)


def _is_text(value: str) -> bool:
    """Half characters, which JSON can spell, are no text and cannot be written."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
