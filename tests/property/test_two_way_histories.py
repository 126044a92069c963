"""Random histories of CRMs that live beside each other, on the real store: they settle, agree, and nothing is lost or doubled.

`LEADLOOM_TRIALS` multiplies the numbers of histories (`make chaos` sets it).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.contract import Clear
from core.flow.identity.survivorship import fold_values
from core.flow.mapping.model import Direction, Line, SyncMapping
from core.flow.pipeline import compiled_sync
from core.flow.reconcile.lines import rules_of
from core.model.records import Golden, LinkRole
from core.model.remote import Agreement
from core.store.agreements import read_agreements
from core.store.queries.decision import KnownPeople, active_goldens
from core.store.queries.ledger import read_ledger
from core.store.queries.ledger_checks import SyncTarget
from core.store.tables import GoldenRow, Inbox, LinkRow
from tests.support.two_way_history import TwoWayHistory

HISTORIES = 200 * int(os.environ.get("LEADLOOM_TRIALS", "1"))
SHARDS = 8
EMPTY = (None, "")


def goldens(history: TwoWayHistory) -> list[Golden]:
    with history.engine.store.snapshot() as snapshot:
        ids = active_goldens(snapshot, "", 10_000)  # type: ignore[arg-type]
        return list(KnownPeople(snapshot).goldens(ids).values())


def known_of(history: TwoWayHistory) -> dict[Any, Agreement]:
    with history.engine.store.snapshot() as snapshot:
        return dict(read_agreements(snapshot, [row.id for row in history.engine.rows(LinkRow)]))


def assert_books_balance(history: TwoWayHistory) -> None:
    """Law 1: nothing waits, everything that is set aside has its reason, both ledgers add up."""
    targets = [SyncTarget(mapping.name, "Lead", name, "lead") for name, mapping in history.mappings.items()]
    with history.engine.store.snapshot() as snapshot:
        assert read_ledger(snapshot, targets).discrepancies == ()
    assert {row.state for row in history.engine.rows(Inbox)} <= {"done", "quarantined"}
    aside = [(row.connection, row.way, row.reason_code, row.reason) for row in history.engine.rows(Inbox) if row.state == "quarantined"]
    assert {code for _, _, code, _ in aside} <= {"ambiguous", "not_identifiable"}, aside
    links = history.engine.rows(LinkRow)
    assert {row.state for row in links} <= {"level", "parked", "not_wanted"}
    assert all(row.next_at is None and row.ticket is None for row in links)


def assert_each_once(history: TwoWayHistory) -> None:
    """Law 2: of a record that we made, some link knows, and no two carry the same id of ours."""
    links = history.engine.rows(LinkRow)
    for name in history.names:
        held = {row.remote_id for row in links if row.connection == name and row.object == "lead" and row.remote_id}
        live = history.engine.crms[name].records()
        unclear = [row for row in links if row.connection == name and row.remote_id is None]
        orphans = {made for made in history.made_by_us[name] if made in live} - held
        assert len(orphans) <= len(unclear), f"{name}: {orphans}"
        carried = [record["external_id"] for record in live.values() if record.get("external_id")]
        assert len(carried) == len(set(carried))


def assert_folded(history: TwoWayHistory) -> None:
    """Law 7: a golden record is what its observations fold to."""
    for golden in goldens(history):
        assert dict(golden.values) == fold_values(list(golden.observations))


def followed(history: TwoWayHistory) -> Iterator[tuple[Golden, Any, Agreement, SyncMapping, dict[str, Any]]]:
    """Every link that is written, with its golden record, what it knows, and the record."""
    known = known_of(history)
    for golden in goldens(history):
        for link in golden.links:
            if link.object == "lead" and link.role is LinkRole.PRIMARY and link.state.value == "level":
                rows = history.engine.crms[link.connection].remote.table("lead").rows
                row = rows[str(link.remote_id)]
                assert not row.deleted, f"{link.id} is level, and {row.id} is deleted"
                yield golden, link, known[link.id], history.mappings[link.connection], row.fields


def assert_sides_agree(history: TwoWayHistory) -> None:
    """Laws 3 and 5: every field that is written and read is the same on both sides, or listed as different."""
    for golden, link, known, mapping, record in followed(history):
        values = {name: value.value for name, value in golden.values.items()}
        wanted = compiled_sync(mapping).fields(values, [])
        assert dict(link.wanted) == wanted, f"{link.id}: an old want"
        for line in mapping.fields:
            there = record.get(line.target)
            seen = known.seen.get(line.target, there)
            is_read = line.direction is Direction.TO or seen == there or (seen in EMPTY and there in EMPTY)
            assert _is_settled(line, wanted, known, record, mapping), f"{link.connection} {line.target}: {wanted}, there {record}; {known}"
            assert is_read or rules_of(mapping).same(line.target, seen, there), f"{link.connection} {line.target}: {record}; {known}"


def _is_settled(line: Line, wanted: Any, known: Agreement, record: Any, mapping: SyncMapping) -> bool:
    name = line.target
    if line.direction is Direction.FROM or name in known.diverged or name in known.frozen or name not in wanted:
        return True
    return rules_of(mapping).same(name, wanted[name], record.get(name))


def assert_blanks_held_back(history: TwoWayHistory) -> None:
    """Law 6: only the line that says so empties anything."""
    for crm in history.engine.crms.values():
        for batch in crm.connector.writes:
            for write in batch:
                assert {name for name, value in write.fields.items() if isinstance(value, Clear)} <= {"title"}
    assert {name for golden in goldens(history) for name, each in golden.values.items() if each.value is None} <= {"job_title"}


def assert_stopped(history: TwoWayHistory) -> None:
    """Law 8: no more deletions in a day than the safety stop lets pass, unless somebody confirmed."""
    if history.confirms:
        return
    for name, at in history.deleted_by_us:
        that_day = [other for other, then in history.deleted_by_us if other == name and at <= then < at + timedelta(days=1)]
        assert len(that_day) <= history.stop.at_least


def check(history: TwoWayHistory) -> None:
    history.run()
    history.calm_down()
    for _ in range(8 if history.rewrites else 2):
        history.cycle()
    before = history.writes()
    for _ in range(2):
        history.cycle()
    assert history.writes() == before, "still writing"
    assert_books_balance(history)
    assert_each_once(history)
    assert_folded(history)
    assert_sides_agree(history)
    assert_blanks_held_back(history)
    assert_stopped(history)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_after_any_history_the_sides_agree_and_rest(shard: int) -> None:
    people = 0
    for seed in range(shard, HISTORIES, SHARDS):
        history = TwoWayHistory(seed)
        try:
            check(history)
            people += len(history.engine.rows(GoldenRow))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        finally:
            history.engine.close()
    print(f"{len(range(shard, HISTORIES, SHARDS))} histories, {people} people")
