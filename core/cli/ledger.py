"""`leadloom ledger`: the account of every lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import open_installation

if TYPE_CHECKING:
    from core.runtime.desk.questions import DeliveryBook, IntakeBook, Ledger

_INTAKE = ("acknowledged", "new", "merged", "duplicates", "test", "changed", "no_news", "waiting", "quarantined", "erased")
_DELIVERY = ("links", "level", "waiting", "parked", "not_wanted")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ledger)


def ledger(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Prove by both books that no lead is lost.

    They are counted in the database and checked against each other. Ends with 1 when they do not balance, and names what is wrong.
    """
    from core.runtime.desk.questions import ledger as count

    installation = open_installation(ctx)
    with installation.reading_store() as store, progress("Counting"):
        books = count(store, installation)
    if as_json:
        write_json({**_plain(books), "balanced": books.balanced})
    else:
        _show(books)
    if not books.balanced:
        raise typer.Exit(1)


def _plain(books: Ledger) -> dict[str, object]:
    return {"workspace": books.workspace, "intake": books.intake, "delivery": books.delivery, "discrepancies": books.discrepancies}


def _show(books: Ledger) -> None:
    intake = [_intake_row(book) for book in books.intake]
    heads = [name.replace("_", " ") for name in _INTAKE]
    write_table("Intake", ["connection", *heads, "quarantined for"], [*intake, _sum(intake)], numbers=heads)
    delivery = [_delivery_row(book) for book in books.delivery]
    columns = ["connection", "object", *(name.replace("_", " ") for name in _DELIVERY), "for"]
    write_table("Delivery", columns, [*delivery, _sum(delivery)], numbers=columns[2:-1])
    for discrepancy in books.discrepancies:
        complain(discrepancy)
    say("The books balance." if books.balanced else "The books do NOT balance.")


def _intake_row(book: IntakeBook) -> list[object]:
    return [book.connection, *(getattr(book, name) for name in _INTAKE), _reasons(book.quarantined_by_reason)]


def _delivery_row(book: DeliveryBook) -> list[object]:
    return [book.connection, book.object, *(getattr(book, name) for name in _DELIVERY), _reasons(book.reasons)]


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items())


def _sum(rows: list[list[object]]) -> list[object]:
    """The last line: every column of numbers added up."""
    columns = list(zip(*rows, strict=True))
    return ["total", *(sum(int(str(n)) for n in column) if _is_numeric(column) else "" for column in columns[1:])] if rows else []


def _is_numeric(column: tuple[object, ...]) -> bool:
    return all(isinstance(cell, int) for cell in column)
