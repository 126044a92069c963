"""`leadloom check`: is everything right, and does everything answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import choose, existing_config, log_to_stderr

if TYPE_CHECKING:
    from core.runtime.desk.checking import ConnectionReport, FilesReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    ctx: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Call this connection only; absent: all that are switched on.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Check the files only; call nobody.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check files and connections; all problems at once.

    Each problem names file, line and column. A connection that was paused for a fault and works again goes on.
    """
    from core.runtime.desk.checking import check_files

    log_to_stderr()
    files = check_files(existing_config(ctx))
    reports = [] if offline else _called(files, connection)
    if as_json:
        write_json(_plain(files, reports))
    else:
        _show(files, reports)
        if files.installation is None and not offline:
            complain("The connections were not called: correct the configuration first.")
    if files.problems or not all(report.works for report in reports):
        raise typer.Exit(1)


def _called(files: FilesReport, connection: str | None) -> list[ConnectionReport]:
    from core.runtime.desk.checking import check_connections

    installation = files.installation
    if installation is None:
        return []
    broken = {problem.path.split(".")[1] for problem in files.problems if problem.path.startswith("connections.")}
    names = [choose(connection, installation.config.connections, "connection")] if connection else sorted(installation.enabled() - broken)
    if not names:
        return []
    with progress("Checking") as at:
        return check_connections(installation, names, at)


def _plain(files: FilesReport, reports: list[ConnectionReport]) -> dict[str, Any]:
    return {"problems": files.problems, "connections": reports}


def _show(files: FilesReport, reports: list[ConnectionReport]) -> None:
    for problem in files.problems:
        complain(str(problem))
    if reports:
        write_table(None, ["connection", "connector", "", "account", "what to know"], [_row(report) for report in reports])
    if not files.problems and files.installation is not None:
        say("The configuration and the mappings are sound.")


def _row(report: ConnectionReport) -> list[str]:
    if not report.works:
        words = f"{report.message} {report.hint or ''}".rstrip()
        return [report.name, report.connector, "FAILED", "", words]
    notes = [*report.notes, *(["It was paused and goes on now."] if report.resumed else [])]
    return [report.name, report.connector, "works", report.account, " ".join(notes)]
