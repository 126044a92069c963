"""Write the generated pages of docs/reference: `cli.md` from the commands, `events.md` from the events, `mapping.md` from the language.

`python -m scripts.render_reference` writes them all; tests compare them with what this would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.cli.app import app
from core.observe.events import EXPLANATIONS
from core.runtime.desk.failures import EXIT_CODES
from scripts.mapping_page import mapping_page

FOLDER = Path("docs/reference")


def cli_page() -> str:
    """The page on the command line."""
    import typer

    root = typer.main.get_command(app)
    lines = [
        "# The command line",
        "",
        "Written by `python -m scripts.render_reference`; change the commands instead.",
        "",
        f"`leadloom`: {root.help}",
        "",
        "These options stand before or behind the command:",
        "",
        *_parameters(root),
        "Every list takes `--json`. Errors go to standard error and say what to do next.",
        "",
        "## Exit codes",
        "",
        "| code | meaning |",
        "|---|---|",
        *(f"| {code.value} | {meaning} |" for code, meaning in EXIT_CODES.items()),
        "",
    ]
    for name, command in _commands(root, ""):
        lines += [
            f"## leadloom {name}",
            "",
            *_paragraphs(command.help or ""),
            f"    leadloom {_usage(name, command)}",
            "",
            *_parameters(command),
        ]
    return "\n".join(lines).rstrip() + "\n"


def events_page() -> str:
    """The page on the log's events."""
    lines = [
        "# Events in the log",
        "",
        "Written by `python -m scripts.render_reference`; change `core/observe/events.py` instead.",
        "",
        "Each line of the log has an `event` out of this list, `level`, `timestamp`, and ids and numbers that go with it;",
        "never a person's data.",
        "",
        "| event | meaning |",
        "|---|---|",
        *(f"| `{code.value}` | {meaning} |" for code, meaning in EXPLANATIONS.items()),
    ]
    return "\n".join(lines) + "\n"


PAGES = {FOLDER / "cli.md": cli_page, FOLDER / "events.md": events_page, FOLDER / "mapping.md": mapping_page}


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _paragraphs(text: str) -> list[str]:
    return [line for paragraph in text.strip().split("\n\n") for line in (" ".join(paragraph.split()), "")]


def _usage(name: str, command: Any) -> str:
    words = [name]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            word = _word(parameter) + ("..." if parameter.nargs == -1 else "")
            words.append(word if parameter.required else f"[{word}]")
    return " ".join([*words, "[OPTIONS]"])


def _word(argument: Any) -> str:
    """An argument by its name; one of several words by what it calls them."""
    return str(argument.metavar if argument.nargs > 1 else argument.name.upper())


def _parameters(command: Any) -> list[str]:
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    return ["| | |", "|---|---|", *rows, ""] if rows else []


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"| `{_word(parameter)}` | {parameter.help or ''} |"
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    default = "" if parameter.default in (None, False) or parameter.required else f" Default: `{parameter.default}`."
    variable = f" Environment: `{parameter.envvar}`." if parameter.envvar else ""
    return f"| `{', '.join([*parameter.opts, *parameter.secondary_opts])}{value}` | {parameter.help or ''}{default}{variable} |"


def main() -> int:
    """Write the pages."""
    for path, render in PAGES.items():
        path.write_text(render(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
