"""The line to the process that writes: a local socket over which the engine and the commands hand over their writes.

The socket lies in the data folder with mode 0600 and asks for a key that lies beside it. Only Leadloom's own commands
can be named in a message; nothing else is unpickled.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import secrets
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any, TypeVar

from core.store.writer import Command, Writes

ResultT = TypeVar("ResultT")

_ALLOWED_MODULES = ("core.store.commands.", "datetime")
_ALLOWED_BUILTINS = frozenset({"tuple", "list", "dict", "set", "frozenset", "bytes", "bytearray", "str", "int", "float", "bool", "complex"})
_LONGEST_SOCKET_PATH = 100
"""Bytes; the system allows 104 to 108."""


class NoServer(Exception):
    """No server is running in this data folder."""


class _CommandsOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(_ALLOWED_MODULES) or (module == "builtins" and name in _ALLOWED_BUILTINS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a command")


class ControlServer:
    """Answers on the socket: writes, wake-ups and questions about the server."""

    def __init__(self, folder: Path, writer: Writes, wake: Callable[[], None]) -> None:
        """Open the socket in `folder` and answer each caller in a thread."""
        self._writer = writer
        self._wake = wake
        self._sequence = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._key_file = folder / "control.key"
        self._address_file = folder / "control.address"
        self._private = None if len(str(folder / "control.sock")) < _LONGEST_SOCKET_PATH else tempfile.mkdtemp(prefix="leadloom-")
        address = Path(self._private or folder) / "control.sock"
        address.unlink(missing_ok=True)
        self._key = secrets.token_bytes(32)
        _write_private(self._key_file, self._key)
        previous = os.umask(0o177)
        try:
            self._listener = Listener(str(address), "AF_UNIX", backlog=16)
        finally:
            os.umask(previous)
        _write_private(self._address_file, str(address).encode())
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def notify(self) -> None:
        """Tell the engine to look for work."""
        with self._changed:
            self._sequence += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Take the socket away."""
        self._closing.set()
        self._listener.close()
        self._address_file.unlink(missing_ok=True)
        self._key_file.unlink(missing_ok=True)
        if self._private:
            Path(self._private).rmdir()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                line = self._listener.accept()
            except OSError:
                self._closing.wait(0.1)  # too many open files: they get fewer
                continue
            threading.Thread(target=self._serve, args=(line,), name="control-line", daemon=True).start()

    def _serve(self, line: Connection[Any, Any]) -> None:
        """Ask for the key and answer until the caller goes.

        Asked for here, not in `accept`: a caller that dies or dawdles over it must not shut out the next.
        """
        with line, contextlib.suppress(EOFError, OSError, AuthenticationError):
            deliver_challenge(line, self._key)
            answer_challenge(line, self._key)
            while True:
                line.send_bytes(pickle.dumps(self._answer(line.recv_bytes())))

    def _answer(self, message: bytes) -> tuple[str, Any]:
        try:
            verb, argument = _CommandsOnly(io.BytesIO(message)).load()
            return "ok", self._verbs()[verb](argument)
        except Exception as error:  # noqa: BLE001 - handed to the caller
            return "error", _portable(error)

    def _verbs(self) -> dict[str, Callable[[Any], Any]]:
        return {"write": self._writer.write, "wake": lambda _: self._wake(), "await_wake": self._await, "ping": lambda _: os.getpid()}

    def _await(self, known: tuple[int, float]) -> int:
        sequence, seconds = known
        with self._changed:
            if self._sequence == sequence:
                self._changed.wait(seconds)
            return self._sequence


def _portable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, to see whether they survive the way
    except Exception:  # noqa: BLE001 - some exceptions cannot travel
        return RuntimeError(f"{type(error).__name__} in the server process")
    return error


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)


class ControlLine:
    """One caller's line to the server; satisfies the store's `Writes`. Threads get a connection each."""

    def __init__(self, folder: Path) -> None:
        """Reach for the server of this data folder; raises NoServer."""
        self._folder = folder
        self._local = threading.local()
        self.ask("ping", None)

    def write(self, command: Command[ResultT]) -> ResultT:
        """Have the server carry out a command."""
        result: ResultT = self.ask("write", command)
        return result

    def ask(self, verb: str, argument: Any) -> Any:
        """Send one message and wait for its answer; raises what the server raised, or NoServer when it is gone."""
        try:
            line = self._line()
            line.send_bytes(pickle.dumps((verb, argument)))
            state, result = pickle.loads(line.recv_bytes())  # noqa: S301 - from the server that holds our key
        except (OSError, EOFError) as error:
            self._local.line = None
            raise NoServer("The server is gone.") from error
        if state == "error":
            raise result
        return result

    def _line(self) -> Connection[Any, Any]:
        line: Connection[Any, Any] | None = getattr(self._local, "line", None)
        if line is None:
            try:
                address = (self._folder / "control.address").read_text()
                key = (self._folder / "control.key").read_bytes()
                line = Client(address, "AF_UNIX", authkey=key)
            except (OSError, EOFError, AuthenticationError) as error:  # the wrong key: a server is just taking over from another
                raise NoServer("No server is running in this data folder.") from error
            self._local.line = line
        return line
