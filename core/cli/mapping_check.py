"""`leadloom mapping check`: are the mapping files right, also beside the accounts that they name?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, ago, complain, progress, say, write_json, write_table
from core.cli.session import existing_config, log_to_stderr

if TYPE_CHECKING:
    from core.runtime.mapping_check import Asked, Drifted, MappingReport


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(check)


def check(
    ctx: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="Check these files only; absent: all mappings.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Compare with what was kept by the last check; call nobody.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check mapping files, and compare them with the fields that the accounts have.

    All problems of all files at once, each with file, line and column. Tells what has changed at the accounts since the last check.
    Warnings alone do not fail the command.
    """
    from core.runtime.mapping_check import check_mappings

    log_to_stderr()
    config = existing_config(ctx)
    with progress("Asking") as at:
        report = check_mappings(config, files or (), offline=offline, progress=at)
    if as_json:
        write_json(_plain(report))
    else:
        _show(report)
    if not report.is_sound:
        raise typer.Exit(1)


def _plain(report: MappingReport) -> dict[str, Any]:
    return {"files": report.files, "findings": report.findings, "connections": report.connections, "drift": report.drift}


def _show(report: MappingReport) -> None:
    for finding in report.findings:
        complain(str(finding))
    for asked in report.connections:
        if asked.message is not None:
            complain(f"Connection '{asked.name}' could not be asked: {asked.message} {asked.hint or ''}".rstrip())
    if report.connections:
        write_table(None, ["connection", "connector", "compared with", "what to know"], [_row(asked) for asked in report.connections])
    if report.drift:
        columns = ["connection", "since the last check", "lines that use it"]
        write_table("What changed there", columns, [_drift_row(change) for change in report.drift])
    say(_summary(report))


def _row(asked: Asked) -> list[str]:
    compared = {"live": "the account now", "saved": f"what was kept {ago(asked.taken_at)}", "none": "nothing"}[asked.source]
    return [asked.name, asked.connector, compared, asked.message or asked.note or ""]


def _drift_row(change: Drifted) -> list[str]:
    return [change.connection, change.message, "\n".join(change.lines)]


def _summary(report: MappingReport) -> str:
    problems = len(report.problems)
    warnings = len(report.findings) - problems
    counted = f"{_many(report.files, 'file')}: {_many(problems, 'problem')}, {_many(warnings, 'warning')}."
    return counted if report.findings else f"{_many(report.files, 'file')}: sound."


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
