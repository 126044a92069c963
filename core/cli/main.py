"""The entry of the `leadloom` command: words what went wrong, and starts a plain `serve` without the rest of the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; an expected error is worded, not traced."""
    words = config_first(sys.argv[1:] if arguments is None else arguments)
    try:
        if not _served(words):
            from core.cli.app import app

            app(args=words, prog_name="leadloom")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - the command line's own net
        return _failed(error)
    return 0


def _served(words: Sequence[str]) -> bool:
    """Serve where the words are as plain as a service manager writes them: typer costs a tenth of the start.

    Everything else, and everything that is wrong, is left to typer, which also says what is wrong.
    """
    is_named = len(words) > 1 and words[0] in ("--config", "-c")
    path = words[1] if is_named else os.environ.get("LEADLOOM_CONFIG") or "config.yaml"
    match words[2:] if is_named else words:
        case ["serve"]:
            port = None
        case ["serve", "--port", text] if text.isascii() and text.isdigit() and int(text) <= 65_535:
            port = int(text)
        case _:
            return False
    if not Path(path).is_file():
        return False
    from core.cli.serving import CannotListen, serve

    try:
        serve(Path(path), port)
    except CannotListen:
        return False
    return True


def config_first(arguments: Sequence[str]) -> list[str]:
    """Let `--config PATH` stand anywhere, also behind the command, where most people write it."""
    front: list[str] = []
    rest = list(arguments)
    for position, word in enumerate(arguments):
        if word == "--":
            break
        if word in ("--config", "-c") and position + 1 < len(arguments):
            front, rest = rest[position : position + 2], rest[:position] + rest[position + 2 :]
            break
        if word.startswith("--config="):
            front, rest = [word], rest[:position] + rest[position + 1 :]
            break
    return front + rest


def _failed(error: Exception) -> int:
    from core.cli.output import complain
    from core.runtime.desk.failures import ExitCode, explain

    failure = explain(error)
    if failure is not None:
        complain(failure.text)
        return failure.code
    if os.environ.get("LEADLOOM_DEBUG"):
        raise error
    complain(f"An unexpected {type(error).__name__} ended the command. This is a bug: report it with what LEADLOOM_DEBUG=1 shows.")
    return ExitCode.BUG


if __name__ == "__main__":
    sys.exit(main())
