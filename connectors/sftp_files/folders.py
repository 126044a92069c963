"""The files of the folders: which ones count, whether one is whole, and their content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from stat import S_ISREG
from typing import Any, BinaryIO

from connectors.sftp_files.failures import is_denied, is_missing, sorted_failures
from connectors.sftp_files.session import Session
from core.contract import ConfigInvalid, ContractBroken, PermissionMissing, Unavailable
from core.contract.tables.remote import FileGone, FileRefused, RemoteFile, is_wanted

BLOCK_BYTES = 255 * 1024
"""So much is asked for at once: the most that OpenSSH's server gives; others give less."""
MOST_ENTRIES = 200_000
READ_AHEADS = 4


@dataclass(frozen=True, slots=True)
class Folders:
    """The configured folders over one session."""

    session: Session

    def files(self) -> list[RemoteFile]:
        """List the files that count; raises ConfigInvalid for a folder that is missing or where they are too many."""
        settings = self.session.settings
        found = {file.name: file for folder in settings.folders for file in self._files_of(folder)}
        if len(found) > settings.max_files:
            hint = "Narrow 'folders' or 'pattern', or raise 'max_files'."
            raise ConfigInvalid(f"More than {settings.max_files:,} files match.", hint=hint, setting="max_files")
        return list(found.values())

    def fetch(self, file: RemoteFile, sink: BinaryIO) -> None:
        """Write a file's content, block by block; raises FileGone where it is not the listed one any more."""
        client = self.session.client()
        until = self._deadline()
        with sorted_failures("fetching a file"):
            try:
                with client.open(file.name, "rb") as remote:
                    _unchanged(remote, file)
                    remote.MAX_REQUEST_SIZE = BLOCK_BYTES
                    self._copy(remote, file.size, sink, until)
                    _unchanged(remote, file)
            except OSError as error:
                if is_missing(error):
                    raise FileGone from None
                if is_denied(error):
                    raise FileRefused("The account may not read it.", hint="Give the account the right to read the file.") from None
                raise

    def _copy(self, remote: Any, size: int, sink: BinaryIO, until: datetime) -> None:
        left = size
        while left:
            block = remote.read(min(left, BLOCK_BYTES))
            if not block:
                raise FileGone
            sink.write(block)
            left -= len(block)
            self._hurry(until)

    def _files_of(self, folder: str) -> Iterator[RemoteFile]:
        settings = self.session.settings
        entries = self._entries(folder)
        for name, entry in entries.items():
            if not is_wanted(name, settings.pattern) or not entry.st_size or not _is_plain(entry):
                continue
            companions = {f"{name}.done", f"{PurePosixPath(name).stem}.done"}
            announced = bool(companions & entries.keys())
            if announced or settings.complete != "done":
                path = name if folder == "." else f"{folder.rstrip('/')}/{name}"
                yield RemoteFile(path, _version(entry), entry.st_size, settled=announced or settings.complete != "stable")

    def _entries(self, folder: str) -> dict[str, Any]:
        client = self.session.client()
        until = self._deadline()
        found: dict[str, Any] = {}
        with sorted_failures("listing a folder"):
            try:
                for entry in client.listdir_iter(folder, read_aheads=READ_AHEADS):
                    if entry.filename in found or len(found) == MOST_ENTRIES:
                        raise ContractBroken(f"The server's listing of '{folder}' has no end.")
                    found[entry.filename] = entry
                    self._hurry(until)
            except OSError as error:
                if is_missing(error):
                    hint = "Make the folder, or correct `folders`."
                    raise ConfigInvalid(f"There is no folder '{folder}' on the server.", hint=hint, setting="folders") from None
                if is_denied(error):
                    scope = f"read {folder}"
                    raise PermissionMissing(scope=scope, hint=f"Give the account the right to list '{folder}'.") from None
                raise
        return {name: entry for name, entry in found.items() if "/" not in name}

    def _deadline(self) -> datetime:
        return self.session.context.clock.now() + timedelta(seconds=self.session.settings.fetch_seconds)

    def _hurry(self, until: datetime) -> None:
        if self.session.context.clock.now() > until:
            raise Unavailable(f"The server took longer than {self.session.settings.fetch_seconds:g} s for one file or listing.")


def _is_plain(entry: Any) -> bool:
    """Not a folder, and not a link, which could lead to files that nobody meant to import; some servers do not tell."""
    return entry.st_mode is None or S_ISREG(entry.st_mode)


def _version(entry: Any) -> str:
    return f"{entry.st_mtime}"


def _unchanged(remote: Any, file: RemoteFile) -> None:
    now = remote.stat()
    if now.st_size != file.size or _version(now) != file.version:
        raise FileGone
