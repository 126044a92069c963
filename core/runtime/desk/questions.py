"""The questions people ask of the store: the ledger, one person, what is in quarantine."""

from __future__ import annotations

from dataclasses import replace

from core.flow.pipeline import Rules
from core.flow.quality.mailbox import is_role_address, mailbox
from core.flow.quality.normalise import normalise
from core.model.vocabulary import Kind
from core.runtime.installation import Installation
from core.runtime.releases import running_rules
from core.store.queries.ledger import DeliveryBook, IntakeBook, Ledger, SyncTarget, read_ledger
from core.store.queries.people import Person, ShownLink, golden_of_id, golden_of_key, goldens_with_value, person
from core.store.queries.quarantine import QuarantinedSubmission, QuarantineItem, quarantined, quarantined_submission
from core.store.store import Snapshot, Store
from core.store.vault import Unreadable

__all__ = [
    "DeliveryBook",
    "IntakeBook",
    "Ledger",
    "Person",
    "QuarantineItem",
    "QuarantinedSubmission",
    "ShownLink",
    "Unreadable",
    "find_people",
    "ledger",
    "list_quarantine",
    "open_submission",
    "sync_targets",
]


def ledger(store: Store, installation: Installation) -> Ledger:
    """Count both books against the mappings in force."""
    rules = running_rules(installation.config, installation.connections(store).configured(), store)
    with store.snapshot() as snapshot:
        books = read_ledger(snapshot, sync_targets(rules))
    return replace(books, delivery=tuple(_with_absence(book, installation) for book in books.delivery))


def _with_absence(book: DeliveryBook, installation: Installation) -> DeliveryBook:
    """Tell by reason what waits for a connection that nobody serves."""
    configured = installation.config.connections.get(book.connection)
    if book.waiting == 0 or (configured is not None and configured.enabled):
        return book
    return replace(book, reasons={**book.reasons, "connection_removed" if configured is None else "connection_off": book.waiting})


def sync_targets(rules: Rules) -> tuple[SyncTarget, ...]:
    """What the sync mappings write."""
    return tuple(SyncTarget(m.name, m.subject.value, m.connection, m.object) for m in rules.sync)


def find_people(store: Store, who: str) -> list[Person]:
    """Everybody behind an e-mail address, a golden id, a link id or `inbox:NUMBER`; usually one, none when there is no such.

    The address of a desk (info@) is no identity: several people may share it, and finding them opens every record.
    Raises Unreadable when the person was erased.
    """
    with store.snapshot() as snapshot:
        ids = _by_address(snapshot, who) if "@" in who else [golden_of_id(snapshot, who.strip())]
        found = [person(snapshot, golden_id) for golden_id in ids if golden_id is not None]
        return [each for each in found if each is not None]


def _by_address(snapshot: Snapshot, who: str) -> list[str | None]:
    address = str(normalise(Kind.EMAIL, who).value)
    if is_role_address(address):
        return list(goldens_with_value(snapshot, "email", address))
    return [golden_of_key(snapshot, "email", address) or golden_of_key(snapshot, "email", mailbox(address).box)]


def list_quarantine(store: Store, *, connection: str | None = None, reason: str | None = None, limit: int = 1000) -> list[QuarantineItem]:
    """What waits for a person; filters by connection and by reason code."""
    with store.snapshot() as snapshot:
        return quarantined(snapshot, connection=connection, reason=reason, limit=limit)


def open_submission(store: Store, inbox_id: int) -> QuarantinedSubmission | None:
    """One quarantined submission with its record and raw body; None when it is not in quarantine."""
    with store.snapshot() as snapshot:
        return quarantined_submission(snapshot, inbox_id)
