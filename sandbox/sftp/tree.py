"""The pure core of the SFTP stand-in: folders and files with their times, who may come in, and how it misbehaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from posixpath import dirname, join, normpath

USERNAME = "sandbox"
PASSWORD = "sandbox-sftp-password"


class SftpFault(StrEnum):
    """How the server misbehaves from now on."""

    SILENT = "silent"
    """It takes the connection and never greets."""
    HANG_UP = "hang_up"
    """It breaks the connection at the first listing."""
    FAIL = "fail"
    """It answers every listing and every opening with a failure."""
    REFUSE_LOGIN = "refuse_login"
    """No key and no password is right."""
    LOSE_LOGIN = "lose_login"
    """It breaks the connection while a password is looked at."""
    DENY = "deny"
    """No folder may be listed."""
    ENDLESS = "endless"
    """A listing names the same file again and again."""
    GREETING = "greeting"
    """It says `SftpTree.greeting` and hangs up."""
    CUT = "cut"
    """It breaks the connection in the middle of every file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file."""

    content: bytes
    modified: int


class NoSuchPath(Exception):
    """There is no such file or folder."""


class NotAllowed(Exception):
    """The account may not."""


class Broken(Exception):
    """The server fails; with `hang_up` it breaks the connection instead of saying so."""

    def __init__(self, *, hang_up: bool) -> None:
        super().__init__()
        self.hang_up = hang_up


@dataclass(slots=True)
class SftpTree:
    """Files of one account. Not thread-safe; the shell locks."""

    greeting: bytes = b""
    fault: SftpFault | None = None
    password: str = PASSWORD
    keys: set[bytes] = field(default_factory=set)
    both_needed: bool = False
    """A key and the password are wanted."""
    denied: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=lambda: {"/"})
    journal: list[str] = field(default_factory=list)
    _files: dict[str, Entry] = field(default_factory=dict)

    def put(self, path: str, content: bytes, now: datetime) -> None:
        """Write a file; its folders come with it."""
        whole = absolute(path)
        self._files[whole] = Entry(content, int(now.timestamp()))
        folder = dirname(whole)
        while folder not in self.folders:
            self.folders.add(folder)
            folder = dirname(folder)

    def delete(self, path: str) -> None:
        """Take a file away."""
        self._files.pop(absolute(path), None)

    def listing(self, path: str) -> list[tuple[str, Entry]]:
        """Name the files of a folder."""
        folder = absolute(path)
        self.journal.append(f"list {folder}")
        self._misbehave()
        if folder not in self.folders:
            raise NoSuchPath
        if folder in self.denied or self.fault is SftpFault.DENY:
            raise NotAllowed
        found = [(name.removeprefix(join(folder, "")), entry) for name, entry in self._files.items() if dirname(name) == folder]
        return found * 3 if self.fault is SftpFault.ENDLESS else found

    def subfolders(self, path: str) -> Iterable[str]:
        """Name the folders of a folder."""
        folder = absolute(path)
        return [each.removeprefix(join(folder, "")) for each in sorted(self.folders) if each != "/" and dirname(each) == folder]

    def entry(self, path: str) -> Entry:
        """Look at a file."""
        whole = absolute(path)
        if whole not in self._files:
            raise NoSuchPath
        if whole in self.denied:
            raise NotAllowed
        return self._files[whole]

    def opened(self, path: str) -> Entry:
        """Open a file for reading."""
        self.journal.append(f"open {absolute(path)}")
        self._misbehave()
        return self.entry(path)

    def part(self, path: str, offset: int, length: int) -> bytes:
        """Read a part of a file as it is now."""
        content = self.entry(path).content
        if self.fault is SftpFault.CUT and offset + length > len(content) // 2:
            raise Broken(hang_up=True)
        return content[offset : offset + length]

    def _misbehave(self) -> None:
        if self.fault in {SftpFault.HANG_UP, SftpFault.FAIL}:
            raise Broken(hang_up=self.fault is SftpFault.HANG_UP)


def absolute(path: str) -> str:
    """A path from the root; the account begins there."""
    return normpath(join("/", path))
