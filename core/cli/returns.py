"""`leadloom returns`: what a vendor of leads is told about each of them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.output import JsonOption, complain, say, write_json, write_table
from core.cli.session import choose, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.returns import Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(returns)


def returns(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection that brings the bought leads.")],
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only of this campaign.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="Only what was decided on this day (UTC) or later."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the leads into this file, for the vendor.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Report which bought leads were accepted, doubles, or rejected and why.

    Of a person it tells the vendor's own id and the SHA-256 of the address, nothing else.
    """
    from core.runtime.desk.returns import NothingBought, rows
    from core.runtime.desk.returns import returns as report
    from core.runtime.releases import running_rules

    installation = open_installation(ctx)
    choose(connection, installation.config.connections, "connection")
    with installation.reading_store() as store:
        rules = running_rules(installation.config, installation.connections(store).configured(), store)
        try:
            found = report(store, rules, connection, campaign=campaign, since=since.replace(tzinfo=UTC) if since else None)
        except NothingBought as error:
            complain(str(error))
            raise typer.Exit(1) from error
    if file is not None:
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows(found.leads))
    if as_json:
        write_json(found)
    else:
        _show(found, file)
    if found.undecided:
        complain(f"{found.undecided} wait for their decision and are not told.")


def _show(found: Report, file: Path | None) -> None:
    if not found.leads:
        say("Nothing was decided.")
        return
    paid = [", ".join(f"{amount:.2f} {currency}" for currency, amount in (each.cost or {}).items()) for each in found.campaigns]
    tallies = [(t.campaign, t.accepted, t.duplicate, t.rejected, cost) for t, cost in zip(found.campaigns, paid, strict=True)]
    write_table("Campaigns", ["campaign", "accepted", "duplicate", "rejected", "cost"], tallies, ["accepted", "duplicate", "rejected"])
    if file is not None:
        say(f"{len(found.leads)} leads written to {file}.")
        return
    leads = [(e.lead_id, e.campaign, e.decision, e.reason, f"{e.decided_at:%Y-%m-%d}", e.reference) for e in found.leads]
    write_table("Leads", ["lead", "campaign", "decision", "reason", "date", "reference"], leads)
