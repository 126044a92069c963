"""What every command starts from: the path of the configuration, the names a user may type, who the user is."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from core.cli.output import complain

if TYPE_CHECKING:
    from core.runtime.installation import Installation

DEFAULT_CONFIG = Path("config.yaml")


def config_path(ctx: typer.Context) -> Path:
    """The path given with `--config`, or the default."""
    found = ctx.find_root().obj
    return found if isinstance(found, Path) else DEFAULT_CONFIG


def open_installation(ctx: typer.Context) -> Installation:
    """Read the configuration; raises ConfigProblems, which the entry point words."""
    from core.runtime.installation import Installation

    log_to_stderr()
    return Installation.load(existing_config(ctx))


def log_to_stderr() -> None:
    """Keep what the engine's parts log off the output, warnings aside."""
    from core.observe.log import configure_log

    configure_log("warning", "console")


def existing_config(ctx: typer.Context) -> Path:
    """The path of the configuration; ends the command with what to do where there is none."""
    path = config_path(ctx)
    if not path.is_file():
        complain(f"There is no configuration at {path}. Run `leadloom init`, or name another file with --config or LEADLOOM_CONFIG.")
        raise typer.Exit(3)
    return path


def actor() -> str:
    """Who gives the command, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def choose(word: str, known: Iterable[str], what: str) -> str:
    """Accept a word that is known; otherwise end the command with the nearest one that is."""
    from core.runtime.config.problems import nearest_name

    names = sorted(known)
    if word in names:
        return word
    near = nearest_name(word, names)
    advice = f"Did you mean '{near}'?" if near else f"There is: {', '.join(names) or 'none'}."
    raise typer.BadParameter(f"There is no {what} '{word}'. {advice}")


def is_interactive() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin.isatty() and sys.stdout.isatty()
