"""How results reach the terminal: tables for people, JSON for programs, progress only where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON instead of tables.")]
_PLAIN_WIDTH = 200
"""Columns where the output goes into a file or a pipe: wide enough that ids stay whole."""


def console() -> Console:
    """A console on standard output."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """Write a line."""
    typer.echo(text)


def complain(text: str) -> None:
    """Write a line on standard error."""
    typer.echo(text, err=True)


def write_json(value: Any) -> None:
    """Write any of our values as JSON: dataclasses, times and enums included."""
    import orjson

    typer.echo(orjson.dumps(value, default=_jsonable, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def write_table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[str] = ()) -> None:
    """Write a table; `numbers` names the columns to align to the right."""
    console().print(make_table(title, columns, rows, numbers))


def make_table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[str] = ()) -> Any:
    """Make a table for several to be shown together."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table


def ago(moment: datetime | str | None) -> str:
    """Say how long ago (or ahead) a moment is, in the largest whole unit."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    from core.runtime.clock import SystemClock

    passed = SystemClock().now() - at.astimezone(UTC)
    return f"in {span(-passed)}" if passed < timedelta(0) else f"{span(passed)} ago"


def span(length: timedelta) -> str:
    """Write a length of time in its largest whole unit."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show that work goes on, on a terminal only; the block tells what it is at."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as shown:
        yield lambda detail: shown.update(f"{text} {detail}")
