"""What is deleted, merged or converted in the org is told, with what took its place; nothing is missed for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.salesforce.cursor import BEGIN_AGAIN, read_cursor
from core.contract import ChangeKind, NativeId, ObjectName, Ref
from tests.support.salesforce_bench import LEAD, SalesforceAccount, read_all, salesforce_account
from tests.support.salesforce_reading import ids, settled, told


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account(page_size=200) as served:
        yield served


def test_a_deleted_record_is_told_once(account: SalesforceAccount) -> None:
    gone, _ = account.seed("Lead", 2)
    connector = account.connector()
    cursor = settled(account, connector)
    account.delete("Lead", gone)
    kinds: list[tuple[str, ChangeKind]] = []
    for _ in range(4):
        pages = read_all(connector, since=cursor)
        kinds, cursor = kinds + [(change.id, change.kind) for change in told(pages)], pages[-1].resume
        account.clock.advance(120)
    assert kinds == [(gone, ChangeKind.DELETED)]


def test_a_record_that_is_back_from_the_recycle_bin_is_no_deletion(account: SalesforceAccount) -> None:
    lead = account.create()
    connector = account.connector()
    cursor = settled(account, connector)
    account.delete("Lead", lead)
    account.clock.advance(30)
    account.control("undelete", object="Lead", id=lead)
    account.clock.advance(30)
    assert [change.kind for change in told(read_all(connector, since=cursor))] == [ChangeKind.UPSERTED]


def test_a_merged_record_names_the_one_that_stayed(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("merge", object="Lead", winner=winner, losers=[loser])
    account.clock.advance(5)
    changes = {change.id: change for change in told(read_all(connector, since=cursor))}
    assert changes[NativeId(loser)].kind is ChangeKind.MERGED
    assert changes[NativeId(loser)].successor == Ref(LEAD, NativeId(winner))
    assert changes[NativeId(winner)].kind is ChangeKind.UPSERTED


def test_a_converted_lead_names_its_contact(account: SalesforceAccount) -> None:
    lead = account.create()
    connector = account.connector()
    cursor = settled(account, connector)
    contact = account.control("convert_lead", id=lead)["contactId"]
    (change,) = told(read_all(connector, since=cursor))
    assert (change.kind, change.successor) == (ChangeKind.CONVERTED, Ref(ObjectName("Contact"), NativeId(contact)))


def test_more_deletions_than_salesforce_lists_at_once_are_listed_in_parts(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 12)
    connector = account.connector()
    cursor = settled(account, connector)
    for lead in seeded:
        account.delete("Lead", lead)
        account.clock.advance(180)
    account.control("configure", id_limit=5)
    assert sorted(ids(read_all(connector, since=cursor))) == sorted(seeded)


def test_a_record_that_left_the_recycle_bin_is_told_by_the_deletion_log(account: SalesforceAccount) -> None:
    gone, _ = account.seed("Lead", 2)
    connector = account.connector()
    cursor = settled(account, connector)
    account.delete("Lead", gone)
    account.control("empty_recycle_bin", object="Lead")
    kinds: list[tuple[str, ChangeKind]] = []
    for _ in range(20):
        account.clock.advance(60)
        pages = read_all(connector, since=cursor)
        kinds, cursor = kinds + [(change.id, change.kind) for change in told(pages)], pages[-1].resume
    assert kinds == [(gone, ChangeKind.DELETED)]


def test_a_record_that_is_deleted_again_is_told_again(account: SalesforceAccount) -> None:
    lead = account.create()
    connector = account.connector()
    cursor = settled(account, connector)
    kinds: list[ChangeKind] = []
    for act in ("delete", "undelete", "delete"):
        account.control(act, object="Lead", id=lead)
        pages = read_all(connector, since=cursor)
        kinds, cursor = kinds + [change.kind for change in told(pages)], pages[-1].resume
    assert kinds == [ChangeKind.DELETED, ChangeKind.UPSERTED, ChangeKind.DELETED]


def test_a_chain_of_merges_ends_at_the_last_survivor(account: SalesforceAccount) -> None:
    first, second, third = account.seed("Lead", 3)
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("merge", object="Lead", winner=second, losers=[first])
    account.clock.advance(5)
    account.control("merge", object="Lead", winner=third, losers=[second])
    account.clock.advance(5)
    changes = {change.id: change for change in told(read_all(connector, since=cursor))}
    assert changes[NativeId(first)].successor == changes[NativeId(second)].successor == Ref(LEAD, NativeId(third))
    assert {changes[NativeId(one)].kind for one in (first, second)} == {ChangeKind.MERGED}


def test_a_conversion_names_the_account_and_the_opportunity_too(account: SalesforceAccount) -> None:
    lead = account.create()
    connector = account.connector(fields={"Lead": ["Email"]})
    cursor = settled(account, connector)
    made = account.control("convert_lead", id=lead, opportunity="Engines")
    (change,) = told(read_all(connector, since=cursor))
    assert change.successor == Ref(ObjectName("Contact"), NativeId(made["contactId"]))
    account_ref = Ref(ObjectName("Account"), NativeId(made["accountId"]))
    assert change.also == (account_ref, Ref(ObjectName("Opportunity"), NativeId(made["opportunityId"])))


def test_a_cursor_older_than_the_deletion_log_reads_everything_and_what_is_still_in_the_bin(account: SalesforceAccount) -> None:
    kept, gone = account.seed("Lead", 2)
    connector = account.connector()
    cursor = settled(account, connector)
    new = account.seed("Lead", 450)
    account.clock.advance(timedelta(days=16).total_seconds())
    account.delete("Lead", gone)
    before = len(answered(account))
    pages = read_all(connector, since=cursor)
    kinds = {change.id: change.kind for change in told(pages)}
    assert kinds.pop(NativeId(gone)) is ChangeKind.DELETED
    assert set(kinds) == {kept, *new} and set(kinds.values()) == {ChangeKind.UPSERTED}
    assert len(ids(pages)) == 452 and len(answered(account)) - before == 1 + 3
    assert read_cursor(pages[-1].resume).note == BEGIN_AGAIN


def test_a_deletion_log_that_was_cut_short_makes_the_read_begin_anew(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 3)
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("configure", deletion_log_seconds=600)
    account.clock.advance(3_600)
    pages = read_all(connector, since=cursor)
    assert sorted(ids(pages)) == sorted(seeded)
    assert read_cursor(pages[-1].resume).note == BEGIN_AGAIN
    account.clock.advance(60)
    assert ids(read_all(connector, since=pages[-1].resume)) == []


def test_what_is_told_of_many_rows_in_one_window_lets_the_next_poll_begin_later(account: SalesforceAccount) -> None:
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("configure", page_size=2000)
    account.seed("Lead", 1_050)
    before = len(account.asked("/deleted/"))
    cursor = read_all(connector, since=cursor)[-1].resume
    assert len(account.asked("/deleted/")) - before == 1
    account.clock.advance(300)
    assert ids(read_all(connector, since=cursor)) == []


def answered(account: SalesforceAccount) -> list[object]:
    """The queries that were answered; a session that ended in between costs more calls."""
    return [entry for entry in account.asked("/query") if entry.status == 200]


def test_a_read_that_stops_among_the_deletions_tells_the_rest_later(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 250)
    connector = account.connector()
    cursor = settled(account, connector)
    for lead in seeded:
        account.delete("Lead", lead)
    account.control("empty_recycle_bin", object="Lead")
    account.clock.advance(1_000)
    pages = read_all(connector, since=cursor)
    assert [len(page.changes) for page in pages] == [100, 100, 50, 0]
    for at in range(len(pages)):
        rest = read_all(connector, since=pages[at].resume)
        assert sorted(ids(pages[: at + 1]) + ids(rest)) == sorted(seeded), f"after page {at}"
