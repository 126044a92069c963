"""The feed against the stand-in over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from connectors.hubspot.cursors import LoopGuard, Position
from core.contract import Change, ChangeKind, ContractBroken, Cursor, ObjectName, Page
from tests.support.hubspot_bench import Account, hubspot_account

CONTACTS = ObjectName("contacts")
HOUR = 3600.0


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as found:
        yield found


def read(account: Account, since: Cursor | None = None, object_name: ObjectName = CONTACTS) -> list[Page]:
    return list(account.connector().read(object_name, since))


def changes(pages: Sequence[Page]) -> list[Change]:
    return [change for page in pages for change in page.changes]


def test_a_record_carries_its_properties_version_and_time(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    written_at = account.clock.now()
    account.clock.advance(HOUR)
    (change,) = changes(read(account))
    assert change.id == native_id
    assert change.fields["email"] == "seed0@example.com" and change.fields["jobtitle"] is None
    assert change.version == written_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert change.changed_at == written_at


def test_companies_have_another_modified_stamp(account: Account) -> None:
    account.seed("companies", 1)
    account.clock.advance(HOUR)
    companies = ObjectName("companies")
    rest = read(account, object_name=companies)[-1].resume
    (new,) = account.seed("companies", 1)
    account.clock.advance(HOUR)
    assert [change.id for change in changes(read(account, rest, companies))] == [new]


def test_more_records_than_search_can_page_with_one_stamp_are_all_told(account: Account) -> None:
    """Search ends at 10,000 results a query; 10,001 records of one instant must not get lost behind it."""
    rest = read(account)[-1].resume
    account.control("configure", search_per_second=1000, burst_limit=100_000)
    seeded = account.seed(CONTACTS, 10_001)
    account.clock.advance(HOUR)
    connector = account.connector(properties={"contacts": ["email"]}, timeout_seconds=20)
    told = [change.id for page in connector.read(CONTACTS, rest) for change in page.changes]
    assert len(told) == len(set(told)) and set(told) == set(seeded)


def test_a_change_that_search_shows_late_is_not_skipped(account: Account) -> None:
    account.control("configure", index_delay_seconds=55)
    cursor = read(account)[-1].resume
    account.clock.advance(HOUR)
    cursor = read(account, cursor)[-1].resume
    (hidden,) = account.seed(CONTACTS, 1)
    told: list[str] = []
    for _ in range(4):
        pages = read(account, cursor)
        told += [change.id for change in changes(pages)]
        cursor = pages[-1].resume
        account.clock.advance(30)
    assert hidden in told


def test_the_cursor_never_runs_ahead_of_hubspots_time_less_the_lag(account: Account) -> None:
    cursor = read(account)[-1].resume
    for _ in range(3):
        account.clock.advance(HOUR)
        cursor = read(account, cursor)[-1].resume
        since = Position.of(cursor).since
        assert since is not None and since == int((account.clock.now() - timedelta(seconds=60)).timestamp() * 1000)


def test_what_the_index_shows_stale_is_read_as_it_is_now(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.control("update", id=native_id, properties={"jobtitle": "first"})
    account.clock.advance(90)
    account.control("configure", index_delay_seconds=60)
    account.control("update", id=native_id, properties={"jobtitle": "second"})
    (change,) = changes(read(account, cursor))
    assert change.fields["jobtitle"] == "second"


def test_deletions_are_swept_at_their_own_pace(account: Account) -> None:
    kept, gone = account.seed(CONTACTS, 2)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.delete(CONTACTS, gone)
    account.clock.advance(60)
    soon = read(account, cursor)
    assert not [change for change in changes(soon) if change.kind is ChangeKind.DELETED]
    account.clock.advance(300)
    later = changes(read(account, soon[-1].resume))
    deleted = [change for change in later if change.kind is ChangeKind.DELETED]
    assert [change.id for change in deleted] == [gone]
    assert deleted[0].changed_at is not None and deleted[0].version is not None
    assert kept not in [change.id for change in later]


def test_a_full_read_tells_what_the_recycle_bin_holds_and_later_reads_only_what_is_new(account: Account) -> None:
    (gone,) = account.seed(CONTACTS, 1)
    account.delete(CONTACTS, gone)
    account.clock.advance(HOUR)
    first = read(account)
    assert [(change.id, change.kind) for change in changes(first)] == [(gone, ChangeKind.DELETED)]
    account.clock.advance(HOUR)
    assert not changes(read(account, first[-1].resume))


def test_a_deletion_while_the_cursor_was_lost_is_told_by_the_full_read(account: Account) -> None:
    kept, gone = account.seed(CONTACTS, 2)
    account.clock.advance(HOUR)
    read(account)
    account.delete(CONTACTS, gone)
    account.clock.advance(HOUR)
    told = {change.id: change.kind for change in changes(read(account, Cursor("lost")))}
    assert told == {kept: ChangeKind.UPSERTED, gone: ChangeKind.DELETED}


def test_a_cursor_older_than_the_recycle_bin_reads_everything_again(account: Account) -> None:
    (kept,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.clock.advance(89 * 24 * HOUR)
    assert not changes(read(account, cursor))
    account.clock.advance(2 * 24 * HOUR)
    pages = read(account, cursor)
    assert [change.id for change in changes(pages)] == [kept]
    assert [page.begins for page in pages] == [True, *[False] * (len(pages) - 1)]


def test_a_sweep_of_many_pages_is_followed_by_a_longer_pause(account: Account) -> None:
    """Twelve pages of recycle bin: after them deletions are looked for every six minutes instead of every five."""
    account.control("configure", search_per_second=1000, burst_limit=100_000)
    for native_id in account.seed(CONTACTS, 1_101):
        account.delete(CONTACTS, native_id)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    counts = []
    for _ in range(7):
        account.clock.advance(60)
        account.served.journal.clear()
        cursor = read(account, cursor)[-1].resume
        counts.append(sum(line.startswith("GET") for line in account.lines()))
    assert counts == [0, 0, 0, 0, 0, 12, 0]


def test_ids_that_went_in_a_merge_are_told_with_their_successor(account: Account) -> None:
    first, second = account.seed(CONTACTS, 2)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    survivor = account.control("merge", primary=first, loser=second)["id"]
    account.clock.advance(HOUR)
    told = changes(read(account, cursor))
    merged = {change.id: change.successor.id for change in told if change.kind is ChangeKind.MERGED and change.successor}
    assert merged == {first: survivor, second: survivor}
    assert [change.id for change in told if change.kind is ChangeKind.UPSERTED] == [survivor]


@pytest.mark.parametrize("damaged", ["", "junk", "{}x", '{"v":9}', '{"v":1,"phase":"changes"}', '{"v":1,"phase":"nowhere"}'])
def test_a_damaged_cursor_reads_everything(account: Account, damaged: str) -> None:
    seeded = account.seed(CONTACTS, 3)
    account.clock.advance(HOUR)
    assert {change.id for change in changes(read(account, Cursor(damaged)))} == set(seeded)


def test_with_too_many_properties_for_a_query_records_are_read_in_batches(account: Account) -> None:
    names = [f"custom_property_with_a_long_name_{n:03}" for n in range(200)]
    account.seed(CONTACTS, 2)
    account.clock.advance(HOUR)
    connector = account.connector(properties={"contacts": ["email", *names]})
    told = [change.fields["email"] for page in connector.read(CONTACTS, None) for change in page.changes]
    assert told == ["seed0@example.com", "seed1@example.com"]
    assert "POST /crm/v3/objects/contacts/batch/read" in account.lines()


def test_an_idle_poll_is_one_search(account: Account) -> None:
    account.clock.advance(HOUR)
    connector = account.connector()
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    account.served.journal.clear()
    account.clock.advance(60)
    pages = list(connector.read(CONTACTS, cursor))
    assert [page.changes for page in pages] == [[]]
    assert account.lines() == ["POST /crm/v3/objects/contacts/search"]


def test_an_hour_of_idle_polls_is_one_search_each_and_a_sweep_every_five_minutes(account: Account) -> None:
    account.seed(CONTACTS, 250)
    account.clock.advance(HOUR)
    connector = account.connector()
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    account.served.journal.clear()
    for _ in range(60):
        account.clock.advance(60)
        (page,) = connector.read(CONTACTS, cursor)
        assert not page.changes
        cursor = page.resume
    lines = account.lines()
    assert (len(lines), sum(line.startswith("GET") for line in lines)) == (60 + 12, 12)


def test_a_change_costs_one_look_up_and_its_echoes_in_the_overlap_cost_none(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    connector = account.connector()
    cursor = list(connector.read(CONTACTS, None))[-1].resume
    account.change(CONTACTS, native_id)
    account.clock.advance(1)
    told = []
    for _ in range(6):
        account.served.journal.clear()
        pages = list(connector.read(CONTACTS, cursor))
        told.append((len(changes(pages)), [line.rpartition("/")[2] for line in account.lines() if line.startswith("POST")]))
        cursor = pages[-1].resume
        account.clock.advance(45)
    assert told[0] == (1, ["search", "read"])
    assert told[1:] == [(0, ["search"])] * 5


def test_a_second_change_within_the_overlap_is_told(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    told = []
    for title in ("first", "second", "third"):
        account.control("update", id=native_id, properties={"jobtitle": title})
        account.clock.advance(1)
        pages = read(account, cursor)
        told += [change.fields["jobtitle"] for change in changes(pages)]
        cursor = pages[-1].resume
    assert told == ["first", "second", "third"]


def test_a_change_of_the_very_moment_of_the_read_is_read_again(account: Account) -> None:
    """The record could move once more within the same millisecond, which its stamp would not show."""
    (native_id,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.control("update", id=native_id, properties={"jobtitle": "first"})
    cursor = read(account, cursor)[-1].resume
    account.control("update", id=native_id, properties={"jobtitle": "second"})
    assert [change.fields["jobtitle"] for change in changes(read(account, cursor))] == ["second"]


def test_a_record_that_came_back_from_the_recycle_bin_is_told(account: Account) -> None:
    (native_id,) = account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.delete(CONTACTS, native_id)
    account.clock.advance(400)
    cursor = (pages := read(account, cursor))[-1].resume
    assert [change.kind for change in changes(pages)] == [ChangeKind.DELETED]
    account.control("restore", id=native_id)
    account.clock.advance(60)
    assert [change.kind for change in changes(read(account, cursor))] == [ChangeKind.UPSERTED]


def test_the_cursor_stays_small_however_much_changes_at_once(account: Account) -> None:
    rest = read(account)[-1].resume
    account.control("configure", search_per_second=1000, burst_limit=100_000)
    account.seed(CONTACTS, 900)
    account.clock.advance(10)
    assert max(len(page.resume) for page in read(account, rest)) < 10_000


def test_a_list_whose_tokens_go_round_in_a_long_loop_ends_with_an_error() -> None:
    guard = LoopGuard()
    for number in range(1000):
        guard.passed(str(number))
    with pytest.raises(ContractBroken):
        for number in range(3 * 70):
            guard.passed(f"loop {number % 70}")


def test_a_search_that_repeats_itself_ends_with_an_error(account: Account) -> None:
    account.seed(CONTACTS, 1)
    account.clock.advance(HOUR)
    cursor = read(account)[-1].resume
    account.clock.advance(HOUR)
    body = '{"results":[{"id":"7"}],"paging":{"next":{"after":"7"}}}'
    account.fault(kind="status", match="/search$", times=-1, status=200, body=body)
    with pytest.raises(ContractBroken):
        read(account, cursor)
