"""A source that deletes a record, as after a person's request, is heard: the deletion waits until somebody has seen to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.contract import Change, ChangeKind, NativeId, ObjectName
from core.runtime.desk.acts import matching_ids, replay
from core.runtime.desk.questions import list_quarantine
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival, told_of
from core.store.queries.ledger import read_ledger
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def told(desk: Office, kind: ChangeKind, *, connection: str = "site", object_name: str = "submission") -> None:
    """Acknowledge that a record ended, as the door does."""
    change = Change(ObjectName(object_name), NativeId("s-7"), kind=kind)
    remote = told_of(change, desk.clock.now())
    arrival = Arrival(f"{kind}:{connection}:{object_name}", object_name, "s-7", "push", b"{}", {}, remote=remote)
    entry = seal_arrival(desk.store.vault, desk.store.workspace, connection, arrival, desk.clock.now())
    desk.store.write(AcceptEvents((entry,)))


def test_a_deletion_waits_with_its_record_and_what_to_do_and_the_books_balance(desk: Office) -> None:
    desk.submit()
    told(desk, ChangeKind.DELETED)
    desk.settle()

    (item,) = list_quarantine(desk.store)
    assert (item.reason_code, item.connection, item.object) == ("source_deleted", "site", "submission")
    assert "s-7" in item.reason and item.hint is not None and "leadloom leads show" in item.hint and item.id in item.hint
    assert desk.sql("SELECT outcome, count(*) FROM inbox GROUP BY outcome") == [("new", 1), ("quarantined", 1)]
    with desk.store.snapshot() as snapshot:
        assert read_ledger(snapshot, ()).balanced


def test_replaying_everything_leaves_deletions_where_they_are(desk: Office) -> None:
    told(desk, ChangeKind.DELETED)
    desk.settle()

    assert matching_ids(desk.store, connection=None, reason=None) == []
    assert matching_ids(desk.store, connection=None, reason="source_deleted") == ["inbox:1"]


def test_who_replays_a_deletion_says_that_it_was_seen_to(desk: Office) -> None:
    told(desk, ChangeKind.DELETED)
    desk.settle()

    assert replay(desk.store, desk.clock, "someone", ["inbox:1"]) == 1
    desk.settle()

    assert desk.sql("SELECT state, outcome, reason_code FROM inbox") == [("done", "no_news", None)]
    assert len(desk.sql("SELECT 1 FROM audit")) == 1


@pytest.mark.parametrize(
    ("kind", "connection", "object_name"),
    [(ChangeKind.MERGED, "site", "submission"), (ChangeKind.DELETED, "crm", "ticket"), (ChangeKind.DELETED, "crm", "lead")],
    ids=["a merge", "an object of a CRM that nothing reads", "a record of a CRM that is nobody's"],
)
def test_what_is_no_deletion_of_a_source_tells_nothing(desk: Office, kind: ChangeKind, connection: str, object_name: str) -> None:
    told(desk, kind, connection=connection, object_name=object_name)
    desk.settle()

    assert desk.sql("SELECT outcome FROM inbox") == [("no_news",)]
