"""Reading never skips a change, tells what is gone, and settles when nothing happens any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.cursor import BEGIN_AGAIN, Position, read_cursor
from core.contract import Change, ChangeKind, ConfigInvalid, ContractBroken, Cursor, NativeId, ObjectName, Page, Ref, Unavailable
from tests.support.salesforce_bench import LEAD, SalesforceAccount, read_all, salesforce_account

NEXT = "/services/data/v64.0/query/01gRO0000000000AAA-1"


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account(page_size=200) as served:
        yield served


def told(pages: Sequence[Page]) -> list[Change]:
    return [change for page in pages for change in page.changes]


def ids(pages: Sequence[Page]) -> list[str]:
    return [change.id for change in told(pages)]


def settled(account: SalesforceAccount, connector: SalesforceConnector, object_name: str = "Lead") -> Cursor:
    """The cursor after everything was read, some minutes later."""
    first = read_all(connector, object_name)[-1].resume
    account.clock.advance(600)
    return read_all(connector, object_name, first)[-1].resume


def test_a_first_read_tells_everything_in_pages_of_the_server(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 450)
    pages = read_all(account.connector())
    assert sorted(ids(pages)) == sorted(seeded)
    assert max(len(page.changes) for page in pages) <= 200


def test_a_change_carries_its_time_its_author_and_its_version(account: SalesforceAccount) -> None:
    lead = account.create(Email="ada@example.com")
    (change,) = told(read_all(account.connector()))
    assert change.changed_at == account.clock.now()
    assert change.changed_by == account.row(lead)["LastModifiedById"]
    assert change.version == account.row(lead)["SystemModstamp"]
    assert change.fields["Email"] == "ada@example.com" and change.fields["Phone"] is None
    assert "attributes" not in change.fields


def test_nothing_new_means_no_changes_and_two_calls(account: SalesforceAccount) -> None:
    account.seed("Lead", 5)
    connector = account.connector()
    cursor = settled(account, connector)
    before = len(account.asked())
    pages = read_all(connector, since=cursor)
    assert ids(pages) == []
    assert len(account.asked()) - before == 2


def test_what_was_seen_in_the_overlap_is_not_told_again(account: SalesforceAccount) -> None:
    connector = account.connector()
    account.seed("Lead", 5)
    cursor = read_all(connector)[-1].resume
    account.clock.advance(10)
    late = account.create()
    assert ids(read_all(connector, since=cursor)) == [late]


@pytest.mark.parametrize("after", [0, 1])
def test_a_read_that_stops_anywhere_goes_on_exactly_there(account: SalesforceAccount, after: int) -> None:
    seeded = account.seed("Lead", 450)
    pages = read_all(account.connector())
    rest = read_all(account.connector(), since=pages[after].resume)
    assert sorted(ids(pages[: after + 1]) + ids(rest)) == sorted(seeded)


def test_a_second_change_within_the_same_second_is_told_with_a_higher_version(account: SalesforceAccount) -> None:
    lead = account.create()
    connector = account.connector()
    first = read_all(connector)
    account.control("update", object="Lead", id=lead, fields={"Title": "Head"})
    (change,) = told(read_all(connector, since=first[-1].resume))
    assert change.fields["Title"] == "Head"
    assert str(change.version) > str(told(first)[0].version)


def test_a_row_that_becomes_visible_late_is_not_skipped(account: SalesforceAccount) -> None:
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("configure", lag=50, covered_gap=0)
    late = account.create()
    seen: list[str] = []
    for _ in range(12):
        account.clock.advance(10)
        pages = read_all(connector, since=cursor)
        seen, cursor = seen + ids(pages), pages[-1].resume
    assert seen == [late]


def test_a_row_that_becomes_visible_after_the_first_read_is_not_skipped(account: SalesforceAccount) -> None:
    account.control("configure", lag=140, covered_gap=0)
    late = account.create()
    account.clock.advance(100)
    connector = account.connector()
    pages = read_all(connector)
    assert ids(pages) == []
    account.clock.advance(60)
    assert ids(read_all(connector, since=pages[-1].resume)) == [late]


def test_a_transaction_that_is_open_for_long_holds_the_cursor_back(account: SalesforceAccount) -> None:
    connector = account.connector()
    cursor = settled(account, connector)
    account.control("configure", lag=500, covered_gap=0)
    late = account.create()
    seen: list[str] = []
    for _ in range(12):
        account.clock.advance(60)
        pages = read_all(connector, since=cursor)
        seen, cursor = seen + ids(pages), pages[-1].resume
    assert seen == [late]


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


def test_after_fifteen_days_everything_is_read_again(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 3)
    connector = account.connector()
    cursor = settled(account, connector)
    account.clock.advance(timedelta(days=16).total_seconds())
    pages = read_all(connector, since=cursor)
    assert sorted(ids(pages)) == sorted(seeded)
    assert read_cursor(pages[-1].resume).note == BEGIN_AGAIN
    assert [page.begins for page in pages].count(True) == 1
    assert ids(read_all(connector, since=pages[-1].resume)) == []


def test_a_damaged_cursor_reads_everything(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 3)
    assert sorted(ids(read_all(account.connector(), since=Cursor("???")))) == sorted(seeded)


def test_a_query_that_salesforce_forgot_is_asked_again_from_where_it_stood(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 450)
    lost = '[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]'
    account.fault(kind="status", match="GET .*/query/01g", times=1, skip=1, status=400, body=lost)
    assert sorted(ids(read_all(account.connector()))) == sorted(seeded)
    assert len([entry for entry in account.asked("/query/") if entry.query]) == 2


def test_pages_that_point_to_themselves_end_with_an_error(account: SalesforceAccount) -> None:
    row = '{"Id": "00QRO00000000001AA", "SystemModstamp": "2026-01-01T00:00:00.000+0000"}'
    body = f'{{"done": false, "nextRecordsUrl": "{NEXT}", "records": [{row}]}}'
    account.fault(kind="status", match="GET .*/query", times=-1, status=200, body=body)
    with pytest.raises(ContractBroken):
        read_all(account.connector())


@pytest.mark.parametrize("path", ["https://elsewhere.example/services/data/", "//elsewhere.example/", "/secur/logout"])
def test_a_next_page_outside_of_the_resources_is_not_followed(account: SalesforceAccount, path: str) -> None:
    body = f'{{"done": false, "nextRecordsUrl": "{path}", "records": []}}'
    account.fault(kind="status", match="GET .*/query", times=-1, status=200, body=body)
    with pytest.raises(ContractBroken):
        read_all(account.connector())
    assert all("services" in entry.path for entry in account.asked())


def test_a_field_hidden_since_the_describe_does_not_stop_reading(account: SalesforceAccount) -> None:
    account.create(Title="Head")
    connector = account.connector()
    connector.describe()
    account.control("configure", hidden_fields={"Lead": ["Title"]})
    (change,) = told(read_all(connector))
    assert "Title" not in change.fields


def test_only_the_named_fields_are_read_besides_those_that_reading_needs(account: SalesforceAccount) -> None:
    account.create(Email="ada@example.com", Phone="555-0100")
    (change,) = told(read_all(account.connector(fields={"Lead": ["Email"]})))
    assert "Email" in change.fields and "Phone" not in change.fields and change.version


def test_a_named_field_that_is_not_there_is_a_wrong_setting(account: SalesforceAccount) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_all(account.connector(fields={"Lead": ["Emial"]}))
    assert caught.value.setting == "fields"


def test_more_fields_than_fit_into_a_query_are_a_wrong_setting(account: SalesforceAccount) -> None:
    for number in range(400):
        account.control("add_field", object="Lead", name=f"A_rather_long_name_for_a_field_{number}__c", type="string")
    with pytest.raises(ConfigInvalid) as caught:
        read_all(account.connector())
    assert caught.value.setting == "fields"


def test_an_unknown_object_is_a_wrong_setting(account: SalesforceAccount) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_all(account.connector(), "Leed__c")
    assert caught.value.setting == "objects"


def test_without_the_servers_time_the_cursor_stays_at_the_last_row(account: SalesforceAccount) -> None:
    body = '{"done": true, "records": [{"Id": "00QRO00000000001AA", "SystemModstamp": "2026-01-01T00:00:00.000+0000"}]}'
    account.fault(kind="status", match="GET .*/query", times=1, status=200, body=body, headers={"date": "-"})
    cursor = read_all(account.connector())[-1].resume
    position = read_cursor(cursor)
    assert position.floor is not None and position.floor.year == 2026 and position.floor.month == 1
    assert position != Position()


def test_a_locator_that_is_lost_again_and_again_is_an_outage(account: SalesforceAccount) -> None:
    lost = '[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]'
    account.fault(kind="status", match="GET .*/query/01g", times=-1, status=400, body=lost)
    row = '{"Id": "00QRO00000000001AA", "SystemModstamp": "2026-01-01T00:00:00.000+0000"}'
    body = f'{{"done": false, "nextRecordsUrl": "{NEXT}", "records": [{row}]}}'
    account.fault(kind="status", match="GET .*/query/$", times=-1, status=200, body=body)
    with pytest.raises((Unavailable, ContractBroken)):
        read_all(account.connector())
