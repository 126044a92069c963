"""The course of the demonstration: start everything, submit, wait until all is delivered, give account."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from demo.books import Books, Crm, look_into_hubspot, look_into_salesforce, read_books
from demo.files import drop_files
from demo.installation import DemoInstallation, fresh_folder, make_installation
from demo.processes import DemoFailed, Program, leadloom, start_sandbox, wait_until
from demo.report import disagreements, print_account
from demo.senders import Sent, Stranger, post_forms, post_what_must_be_refused, submit_to_meta, subscribe_meta
from demo.submissions import Plan, Way, make_plan

ROOT = Path(__file__).resolve().parents[1]
SETTLE_SECONDS = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 when every lead is accounted for, 1 when not, 2 when it could not run."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then, too
    console = Console(width=None if os.isatty(1) else 120, highlight=False)
    try:
        with ExitStack() as running:
            return _run(console, running, options.folder.resolve())
    except DemoFailed as problem:
        console.print(f"[red]The demonstration failed.[/red] {problem}", markup=True)
        return 2
    except KeyboardInterrupt:
        console.print("Interrupted; everything that was started is stopped.")
        return 130


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Run the main job against the sandbox and prove that no lead is missing."
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "demo", help="where the demonstration's installation is made")
    return parser.parse_args(arguments)


def _run(console: Console, running: ExitStack, folder: Path) -> int:
    begun = time.monotonic()
    plan, sent = make_plan(), Sent()
    console.print("[bold]Leadloom demonstration[/bold]: invented people, stand-in vendors, real HTTP on 127.0.0.1\n")
    fresh_folder(folder)
    sandbox = start_sandbox(running, folder, ROOT)
    console.print(f"  sandbox    Salesforce {sandbox['salesforce']}  HubSpot {sandbox['hubspot']}  Meta Graph {sandbox['meta']}")
    installation = make_installation(folder, ROOT / "mappings", sandbox)
    server, url = _start_server(running, installation)
    console.print(f"  leadloom   {url}  (configuration, database and logs in {_short(folder)})")
    _submit(console, installation, Stranger(sandbox["meta"]), url, plan, sent)
    books = _await_settled(console, installation, plan, server)
    crms = [look_into_salesforce(Stranger(sandbox["salesforce"]), sent), look_into_hubspot(Stranger(sandbox["hubspot"]), sent)]
    console.print()
    print_account(console, plan, books, crms, sent)
    return _conclude(console, installation, _Outcome(plan, books, crms, sent), begun)


def _start_server(running: ExitStack, installation: DemoInstallation) -> tuple[Program, str]:
    command = leadloom("--config", str(installation.config), "serve", "--port", "0")
    server = running.enter_context(Program("`leadloom serve`", command, installation.folder / "serve.log", ROOT))
    return server, str(server.wait_for_file(installation.data / "server.json")["url"])


def _submit(console: Console, installation: DemoInstallation, meta: Stranger, url: str, plan: Plan, sent: Sent) -> None:
    subscribe_meta(meta, url)
    submit_to_meta(meta, plan, sent)
    console.print(
        f"  submitted  {len(plan.of(Way.META_PUSH))} Meta forms (signed pushes, 10 of them twice; 12 older leads wait to be polled)"
    )
    post_forms(url, installation.form_token, plan, sent)
    console.print(f"  submitted  {len(plan.of(Way.FORM, Way.JSON, Way.MULTIPART))} website forms (urlencoded, multipart, JSON)")
    dropped = datetime.now(UTC)
    files = drop_files(plan, installation.inbox)
    for submission in plan.of(Way.CSV_GERMAN, Way.CSV_BOM, Way.XLSX):
        sent.note(submission, dropped)
    console.print(f"  dropped    {', '.join(file.name for file in files)}")
    post_what_must_be_refused(url, installation.form_token, sent)


def _await_settled(console: Console, installation: DemoInstallation, plan: Plan, server: Program) -> Books:
    books: list[Books] = []

    def settled() -> Books | None:
        books[:] = [read_books(installation.database)]
        time.sleep(0.2)
        arrived = sum(books[0].acknowledged.values())
        return books[0] if arrived >= plan.acknowledged and not books[0].waiting else None

    with console.status("waiting until every lead is delivered ..."):
        try:
            return wait_until(settled, SETTLE_SECONDS, "Not everything was delivered", server)
        except DemoFailed as problem:
            if not books:
                raise
            console.print(f"[red]{problem}[/red]")
            return books[0]


class _Outcome:
    """What the conclusion is drawn from."""

    def __init__(self, plan: Plan, books: Books, crms: Sequence[Crm], sent: Sent) -> None:
        self.problems = list(disagreements(plan, books, crms, sent))
        self.acknowledged = sum(books.acknowledged.values())
        self.people = books.total["new"]


def _conclude(console: Console, installation: DemoInstallation, outcome: _Outcome, begun: float) -> int:
    console.print("[bold]The ledger[/bold], as `leadloom ledger` proves it")
    command = leadloom("--config", str(installation.config), "ledger")
    ledger = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "COLUMNS": "140"}
    )
    console.print((ledger.stdout + ledger.stderr).rstrip(), markup=False, soft_wrap=True)
    problems = outcome.problems + ([f"`leadloom ledger` ended with code {ledger.returncode}."] if ledger.returncode else [])
    console.print()
    for problem in problems:
        console.print(f"[red]WRONG[/red] {problem}")
    seconds = time.monotonic() - begun
    if problems:
        console.print(f"\nNot everything is accounted for. Logs: {_short(installation.folder)}")
        return 1
    console.print(
        f"[green]All {outcome.acknowledged} submissions are accounted for[/green]: {outcome.people} people, "
        f"each once in every CRM that may have them. {seconds:.0f} s."
    )
    return 0


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
