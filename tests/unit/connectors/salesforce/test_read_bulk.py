"""Full reads of big objects go by a query job: few calls, no gap, bounded memory, and plain queries where no job is to be had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.salesforce import bulk_read
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.cursor import BulkPlace, read_cursor
from core.contract import ChangeKind, Page
from tests.support.salesforce_bench import SalesforceAccount, read_all, salesforce_account
from tests.support.salesforce_reading import ids, told

JOBS = "/jobs/query"
REFUSALS = [(400, "INVALIDENTITY"), (400, "LIMIT_EXCEEDED"), (403, "FEATURENOTENABLED")]


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def bulk(account: SalesforceAccount, **settings: Any) -> SalesforceConnector:
    return account.connector(bulk_read_from=5, **settings)


def read_through(account: SalesforceAccount, connector: SalesforceConnector) -> list[Page]:
    """Hand the job over, let it finish, and read on."""
    pages = read_all(connector)
    account.clock.advance(60)
    return pages + read_all(connector, since=pages[-1].resume)


def test_a_big_object_is_read_by_a_job_that_the_next_read_takes_up(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 12)
    connector = bulk(account)
    first = read_all(connector)
    assert ids(first) == [] and read_cursor(first[-1].resume).is_waiting
    again = read_all(account.connector(), since=first[-1].resume)
    assert ids(again) == [] and len(account.asked(f"POST /services/data/v64.0{JOBS}")) == 1
    account.clock.advance(60)
    last = read_all(account.connector(), since=again[-1].resume)
    assert sorted(ids(last)) == sorted(seeded)
    assert read_cursor(last[-1].resume).bulk is None


def test_small_objects_cost_no_job(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 4)
    assert sorted(ids(read_all(bulk(account)))) == sorted(seeded)
    assert account.asked(JOBS) == []


def test_a_job_tells_the_same_values_as_a_query(account: SalesforceAccount) -> None:
    account.create(Email="zoë@example.com", AnnualRevenue=1234.5, NumberOfEmployees=7, DoNotCall=True, Description='two\nlines, "quoted"')
    account.seed("Lead", 5)
    by_query = {change.id: change for change in told(read_all(account.connector()))}
    by_job = {change.id: change for change in told(read_through(account, bulk(account)))}
    assert by_job == by_query


def test_changes_and_deletions_while_the_job_works_are_told_afterwards(account: SalesforceAccount) -> None:
    seeded = account.seed("Lead", 8)
    connector = bulk(account)
    pages = read_all(connector)
    account.clock.advance(30)
    account.change("Lead", seeded[0])
    account.delete("Lead", seeded[1])
    new = account.create()
    kinds: dict[str, ChangeKind] = {}
    cursor = pages[-1].resume
    for _ in range(3):
        account.clock.advance(60)
        later = read_all(connector, since=cursor)
        kinds |= {change.id: change.kind for change in told(later)}
        cursor = later[-1].resume
    assert kinds[new] is ChangeKind.UPSERTED and kinds[seeded[1]] is ChangeKind.DELETED
    assert set(kinds) == {*seeded, new}


def test_a_read_that_stops_inside_a_jobs_results_goes_on_there(account: SalesforceAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_read, "ROWS_AN_ANSWER", 5)
    monkeypatch.setattr(bulk_read, "ROWS_A_PAGE", 2)
    seeded = account.seed("Lead", 12)
    pages = read_through(account, bulk(account))
    filled = [at for at, page in enumerate(pages) if page.changes]
    assert [len(pages[at].changes) for at in filled] == [2, 2, 1, 2, 2, 1, 2]
    for at in filled:
        rest = read_all(account.connector(), since=pages[at].resume)
        assert sorted(ids(pages[: at + 1]) + ids(rest)) == sorted(seeded), f"after page {at}"


def test_ten_thousand_records_cost_a_handful_of_calls(account: SalesforceAccount) -> None:
    connector = account.connector(fields={"Lead": ["Email"]}, bulk_read_from=2_000)
    for number in range(10_000):
        account.create(LastName=f"Seed {number}")
    before = len(account.asked())
    pages = read_through(account, connector)
    assert len(ids(pages)) == 10_000 and max(len(page.changes) for page in pages) <= 2_000
    assert len(account.asked("/services/data")) - before <= 6


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_where_no_job_is_to_be_had_plain_queries_do(account: SalesforceAccount, status: int, code: str) -> None:
    seeded = account.seed("Lead", 12)
    account.fault(kind="status", match=f"POST .*{JOBS}$", times=-1, status=status, body=f'[{{"errorCode": "{code}", "message": "no"}}]')
    assert sorted(ids(read_all(bulk(account)))) == sorted(seeded)


@pytest.mark.parametrize("answer", [(404, "[]"), (200, '{"state": "Failed"}'), (200, '{"state": "Aborted"}')])
def test_a_job_that_is_lost_makes_the_read_begin_anew_by_plain_queries(account: SalesforceAccount, answer: tuple[int, str]) -> None:
    seeded = account.seed("Lead", 12)
    connector = bulk(account)
    pages = read_all(connector)
    account.fault(kind="status", match=f"GET .*{JOBS}/", times=-1, status=answer[0], body=answer[1])
    lost = read_all(connector, since=pages[-1].resume)
    assert read_cursor(lost[-1].resume).bulk == BulkPlace()
    assert sorted(ids(read_all(connector, since=lost[-1].resume))) == sorted(seeded)
