"""`leadloom check`: is everything right, and does everything answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import choose, existing_config, log_to_stderr

if TYPE_CHECKING:
    from core.runtime.desk.checking import ConnectionReport, FilesReport
    from core.runtime.mapping_check import Noted


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

    Each problem names file, line and column. Mappings are compared with what `mapping check` last kept of their accounts.
    A connection that was paused for a fault and works again goes on.
    """
    from core.flow.mapping.finding import Level
    from core.runtime.desk.checking import check_files
    from core.runtime.mapping_check import compare_with_kept

    log_to_stderr()
    files = check_files(existing_config(ctx))
    compared = compare_with_kept(files.installation) if files.installation is not None else ()
    reports = [] if offline else _called(files, connection)
    if as_json:
        write_json({**_plain(files, reports), "compared": compared})
    else:
        _show(files, reports, compared)
        if files.installation is None and not offline:
            complain("The connections were not called: correct the configuration first.")
    fails = any(finding.level is Level.PROBLEM for finding in compared)
    if fails or files.problems or not all(report.works for report in reports):
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


def _show(files: FilesReport, reports: list[ConnectionReport], compared: tuple[Noted, ...]) -> None:
    for problem in (*files.problems, *compared):
        complain(str(problem))
    if reports:
        write_table(None, ["connection", "connector", "", "account", "what to know"], [_row(report) for report in reports])
    if not files.problems and not compared and files.installation is not None:
        say("The configuration and the mappings are sound.")


def _row(report: ConnectionReport) -> list[str]:
    if not report.works:
        words = f"{report.message} {report.hint or ''}".rstrip()
        return [report.name, report.connector, "FAILED", "", words]
    notes = [*report.notes, *(["It was paused and goes on now."] if report.resumed else [])]
    return [report.name, report.connector, "works", report.account, " ".join(notes)]
