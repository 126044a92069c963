"""The README's tutorial, copied and pasted, works and shows what it promises."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT_IN_THE_TEXT = "8801"


@pytest.fixture
def port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.mark.timeout(300)
def test_the_tutorial_can_be_copied_line_by_line(tmp_path: Path, port: str) -> None:
    script = tmp_path / "tutorial.sh"
    script.write_text("\n".join(["set -eu", "trap 'kill $(jobs -p)' EXIT", *_lines(port)]), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", str(script)], cwd=tmp_path, env={**os.environ, "PATH": path, "COLUMNS": "200"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("The books balance.") == 2
    first, second = re.findall(r"^ fairs +\d.*$", done.stdout, re.MULTILINE)
    assert first.split()[1:10] == ["4", "2", "1", "0", "0", "0", "0", "0", "1"], first
    assert second.split()[1:10] == ["4", "3", "1", "0", "0", "0", "0", "0", "0"], second


def _lines(port: str) -> Iterator[str]:
    """The tutorial's commands: the installation is this one, and the stand-in must serve before it is called."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace(PORT_IN_THE_TEXT, port)
    for line in "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)).splitlines():
        if line == "make setup":
            continue
        yield line
        if "sandbox up" in line:
            yield f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do :; done"
