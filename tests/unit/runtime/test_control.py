"""The control socket under callers that misbehave."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runtime.control import ControlLine, ControlServer, NoServer


class NothingToWrite:
    """A writer that nobody hands anything."""

    def write(self, command: Any) -> Any:
        raise AssertionError(command)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ControlServer]:
    running = ControlServer(tmp_path, NothingToWrite(), lambda: None)
    yield running
    running.close()


def stranger(folder: Path) -> socket.socket:
    """Somebody on the socket who does not speak its language."""
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(10)
    line.connect((folder / "control.address").read_text())
    return line


def test_a_caller_that_goes_before_it_was_let_in_does_not_shut_out_the_next(server: ControlServer, tmp_path: Path) -> None:
    # given callers that hang up during the handshake, as a killed command does
    for _ in range(3):
        stranger(tmp_path).close()
    # then the next one is answered
    assert ControlLine(tmp_path).ask("ping", None) > 0


def test_a_caller_that_never_says_its_key_does_not_keep_the_others_waiting(server: ControlServer, tmp_path: Path) -> None:
    with stranger(tmp_path):
        assert ControlLine(tmp_path).ask("ping", None) > 0


def test_a_caller_with_another_key_is_not_let_in(server: ControlServer, tmp_path: Path) -> None:
    right = (tmp_path / "control.key").read_bytes()
    (tmp_path / "control.key").write_bytes(b"another key")
    with pytest.raises(NoServer):
        ControlLine(tmp_path)
    (tmp_path / "control.key").write_bytes(right)
    assert ControlLine(tmp_path).ask("ping", None) > 0


def test_only_the_owner_reaches_the_socket_and_its_key(server: ControlServer, tmp_path: Path) -> None:
    for path in (Path((tmp_path / "control.address").read_text()), tmp_path / "control.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
