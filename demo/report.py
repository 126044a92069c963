"""The account of the demonstration: tables for a person, and the list of what does not add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from demo.books import Books, Crm, share
from demo.senders import Sent
from demo.submissions import Plan

_SOURCES = {"facebook-page": "Meta Lead Ads", "contact-form": "Web form", "trade-fairs": "Spreadsheets"}
_OUTCOMES = ("new", "merged", "duplicate", "quarantined", "test")


def print_account(console: Console, plan: Plan, books: Books, crms: Sequence[Crm], sent: Sent) -> None:
    """Print what came in, what was kept back and why, what was delivered, how fast, and what was refused at the door."""
    for table in (_intake(books), _quarantine(plan, books), _delivery(books, crms), _door(sent)):
        console.print(table)
        console.print()


def disagreements(plan: Plan, books: Books, crms: Sequence[Crm], sent: Sent) -> Iterator[str]:
    """Say everything in which the plan, Leadloom's books and the CRMs differ."""
    acknowledged = sum(books.acknowledged.values())
    if acknowledged != plan.acknowledged:
        yield f"{plan.acknowledged} submissions were sent, {acknowledged} were acknowledged."
    for outcome in _OUTCOMES:
        if books.total[outcome] != plan.outcomes[outcome]:
            yield f"{plan.outcomes[outcome]} submissions should be '{outcome}', {books.total[outcome]} are."
    if books.reasons != plan.quarantined:
        yield f"Quarantine should hold {dict(plan.quarantined)}, it holds {dict(books.reasons)}."
    if books.waiting:
        yield f"{books.waiting} submissions or links still wait."
    yield from _wrong_in_crms(plan, crms)
    yield from (f"A {what} should be answered {wanted}, it was answered {got}." for what, wanted, got in sent.refused if got != wanted)


def _wrong_in_crms(plan: Plan, crms: Sequence[Crm]) -> Iterator[str]:
    expected = {"Salesforce": plan.new_in_salesforce, "HubSpot": plan.new_in_hubspot}
    for crm in crms:
        if crm.made != expected[crm.name]:
            yield f"{crm.name} should hold {expected[crm.name]} new records, it holds {crm.made}."
        if crm.doubles:
            yield f"{crm.name} holds {crm.doubles} records twice."


def _intake(books: Books) -> Table:
    table = Table(title="Received: every acknowledged submission, and what became of it", title_justify="left", show_footer=True)
    totals = [sum(books.acknowledged.values()), *(books.total[outcome] for outcome in _OUTCOMES)]
    table.add_column("source", footer="all")
    heads = ("acknowledged", "new people", "merged as duplicates", "delivered twice", "quarantined", "tests")
    for head, total in zip(heads, totals, strict=True):
        table.add_column(head, justify="right", footer=str(total))
    for connection, name in _SOURCES.items():
        counts = books.outcomes.get(connection, Counter())
        row = [books.acknowledged.get(connection, 0), *(counts.get(outcome, 0) for outcome in _OUTCOMES)]
        table.add_row(name, *map(str, row))
    return table


def _quarantine(plan: Plan, books: Books) -> Table:
    table = Table(title="Quarantined: kept with a reason, to be corrected and replayed", title_justify="left")
    table.add_column("reason")
    table.add_column("submissions", justify="right")
    table.add_column("for example")
    for code in sorted(set(books.reasons) | set(plan.quarantined)):
        table.add_row(code, str(books.reasons[code]), books.examples.get(code, ""))
    return table


def _delivery(books: Books, crms: Sequence[Crm]) -> Table:
    table = Table(title="Delivered", title_justify="left")
    table.add_column("")
    for crm in crms:
        table.add_column(crm.name, justify="right")
    links = [books.links.get(crm.connection, Counter()) for crm in crms]
    kept = sorted({state for counts in links for state in counts if state != "level"})
    table.add_row("people in step with the CRM", *(str(counts.get("level", 0)) for counts in links))
    for state in kept:
        table.add_row(f"  {state}", *(str(counts.get(state, 0)) for counts in links))
    table.add_row("records made there", *(str(crm.made) for crm in crms))
    table.add_row(
        "records there before, taken over",
        *(str(_taken_over(counts.get("level", 0), crm)) for counts, crm in zip(links, crms, strict=True)),
    )
    table.add_row("records there twice", *(str(crm.doubles) for crm in crms))
    table.add_row("API calls, logins included", *(str(crm.calls) for crm in crms))
    table.add_row("from submit to CRM, half within", *(_seconds(crm, 0.5) for crm in crms))
    table.add_row("from submit to CRM, 99 % within", *(_seconds(crm, 0.99) for crm in crms))
    return table


def _taken_over(level: int, crm: Crm) -> int:
    return max(0, level - crm.made)


def _seconds(crm: Crm, part: float) -> str:
    return f"{share(crm.delays, part).total_seconds():.1f} s" if crm.delays else "-"


def _door(sent: Sent) -> Table:
    table = Table(title="Refused at the door", title_justify="left")
    table.add_column("what")
    table.add_column("answer", justify="right")
    for what, _, got in sent.refused:
        table.add_row(what, str(got))
    return table
