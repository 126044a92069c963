"""The shell of the SFTP stand-in: a real SSH server on loopback over paramiko, one thread for each connection."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import stat
import threading
from collections.abc import Callable
from typing import Any, Self, TypeVar

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.clock import DialClock
from sandbox.sftp.tree import USERNAME, Broken, Entry, NoSuchPath, NotAllowed, SftpFault, SftpTree

LOOPBACK = "127.0.0.1"
T = TypeVar("T")


class SftpServed:
    """The tree on `host`:`port` between construction and `stop`. `most_bytes` is what one answer of a read carries at most."""

    host = LOOPBACK

    def __init__(self, tree: SftpTree, clock: DialClock, most_bytes: int = 1024 * 1024) -> None:
        self.tree = tree
        self.clock = clock
        self.most_bytes = most_bytes
        self.lock = threading.RLock()
        self.host_key = new_key()
        self._listener = socket.create_server((LOOPBACK, 0))
        self._open: list[Any] = []
        self._stopping = threading.Event()
        logging.getLogger("paramiko").propagate = False
        self._thread = threading.Thread(target=self._accept, name="sftp-sandbox", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def fingerprint(self) -> str:
        """The host key's fingerprint."""
        return str(self.host_key.fingerprint)

    @property
    def known_hosts_line(self) -> str:
        """The host key as a line of known_hosts."""
        return f"[{LOOPBACK}]:{self.port} {self.host_key.get_name()} {self.host_key.get_base64()}"

    def put(self, path: str, content: str | bytes) -> None:
        """Write a file, dated by the dialled clock."""
        with self.lock:
            self.tree.put(path, content.encode() if isinstance(content, str) else content, self.clock.now())

    def disconnect(self) -> None:
        """Break all connections."""
        with self.lock:
            opened, self._open = self._open, []
        for each in opened:
            each.close()

    def stop(self) -> None:
        """Stop accepting and break all connections."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.disconnect()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exit_: object) -> None:
        self.stop()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self.tree.journal.append("connect")
                self._open.append(line)
                fault = self.tree.fault
            if fault is SftpFault.SILENT:
                continue
            if fault is SftpFault.GREETING:
                with contextlib.suppress(OSError):
                    line.sendall(self.tree.greeting)
                line.close()
                continue
            self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        transport = paramiko.Transport(line)
        with self.lock:
            self._open.append(transport)
        transport.add_server_key(self.host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, sftp_si=_Files, served=self, transport=transport)
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(event=threading.Event(), server=_Door(self, transport))


class _Door(paramiko.ServerInterface):  # type: ignore[misc]
    """Who may come in."""

    def __init__(self, served: SftpServed, transport: Any) -> None:
        self._served = served
        self._transport = transport

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - paramiko's interface
        tree = self._served.tree
        return "publickey,password" if tree.password or tree.both_needed else "publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        with self._served.lock:
            tree = self._served.tree
            tree.journal.append("password")
            if tree.fault is SftpFault.LOSE_LOGIN:
                self._transport.close()
            refused = tree.fault is SftpFault.REFUSE_LOGIN or username != USERNAME or not tree.password or password != tree.password
        return int(paramiko.AUTH_FAILED if refused else paramiko.AUTH_SUCCESSFUL)

    def check_auth_publickey(self, username: str, key: Any) -> int:
        with self._served.lock:
            tree = self._served.tree
            tree.journal.append("key")
            if tree.fault is SftpFault.REFUSE_LOGIN or username != USERNAME or key.asbytes() not in tree.keys:
                return int(paramiko.AUTH_FAILED)
            return int(paramiko.AUTH_PARTIALLY_SUCCESSFUL if tree.both_needed else paramiko.AUTH_SUCCESSFUL)

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's interface
        return int(paramiko.OPEN_SUCCEEDED)


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """The tree as paramiko asks for it; every outcome is a value or one of its codes."""

    def __init__(self, server: Any, served: SftpServed, transport: Any) -> None:
        super().__init__(server)
        self.served = served
        self.transport = transport

    def list_folder(self, path: str) -> Any:
        def ask() -> list[Any]:
            files = [attributes(name, entry) for name, entry in self.served.tree.listing(path)]
            return [*files, *(_folder(name) for name in self.served.tree.subfolders(path))]

        return self.asked(ask)

    def open(self, path: str, flags: int, attr: Any) -> Any:  # noqa: ARG002 - paramiko's interface
        return self.asked(lambda: _Opened(self, path, self.served.tree.opened(path)))

    def stat(self, path: str) -> Any:
        return self.asked(lambda: attributes(path, self.served.tree.entry(path)))

    lstat = stat

    def asked(self, ask: Callable[[], T]) -> T | int:
        """Ask the tree under the lock."""
        try:
            with self.served.lock:
                return ask()
        except NoSuchPath:
            return int(paramiko.SFTP_NO_SUCH_FILE)
        except NotAllowed:
            return int(paramiko.SFTP_PERMISSION_DENIED)
        except Broken as broken:
            if broken.hang_up:
                self.transport.close()
            return int(paramiko.SFTP_FAILURE)


class _Opened(paramiko.SFTPHandle):  # type: ignore[misc]
    """An open file."""

    def __init__(self, files: _Files, path: str, entry: Entry) -> None:
        super().__init__()
        self._files_of = files
        self._path = path
        del entry

    def read(self, offset: int, length: int) -> Any:
        most = min(length, self._files_of.served.most_bytes)
        return self._files_of.asked(lambda: self._files_of.served.tree.part(self._path, offset, most)) or paramiko.SFTP_EOF

    def stat(self) -> Any:
        return self._files_of.stat(self._path)


def attributes(name: str, entry: Entry) -> Any:
    """A file as SFTP tells it."""
    found = paramiko.SFTPAttributes()
    found.filename = name
    found.st_size, found.st_mtime, found.st_atime, found.st_mode = len(entry.content), entry.modified, entry.modified, stat.S_IFREG | 0o644
    return found


def new_key() -> Any:
    """Make an ED25519 key."""
    raw = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return paramiko.Ed25519Key(file_obj=io.StringIO(raw.decode()))


def _folder(name: str) -> Any:
    found = paramiko.SFTPAttributes()
    found.filename, found.st_mode, found.st_size, found.st_mtime, found.st_atime = name, stat.S_IFDIR | 0o755, 4096, 0, 0
    return found
