"""Large batches travel as jobs, and every row's fate is learned in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.bulk import to_csv
from connectors.salesforce.collect import read_csv
from core.contract import (
    Applied,
    Clear,
    ContractBroken,
    Effect,
    Invalid,
    Match,
    NativeId,
    ObjectName,
    Pending,
    Receipt,
    Refused,
    Ticket,
    TryLater,
    Unavailable,
    Write,
    WriteKind,
)
from tests.support.salesforce_bench import EXTERNAL_ID, LEAD, SalesforceAccount, collected, salesforce_account, upsert

PERSON = {"LastName": "Archer", "Company": "Example Ltd"}


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def write(account: SalesforceAccount, batch: Sequence[Write]) -> list[Receipt]:
    """Write by jobs and wait for the outcome, collected by an instance that knows nothing."""
    receipts = list(account.connector(bulk_from=1).write(batch))
    return collected(account, account.connector(), receipts)


def error_of(receipt: Receipt) -> Any:
    assert isinstance(receipt, Refused), receipt
    return receipt.error


def test_a_large_batch_is_one_job_whose_receipts_come_later_in_order(account: SalesforceAccount) -> None:
    connector = account.connector()
    receipts = connector.write([upsert(n) for n in range(2000)])
    assert all(isinstance(receipt, Pending) for receipt in receipts)
    assert [entry.method for entry in account.asked("/jobs/ingest")] == ["POST", "PUT", "PATCH"]
    assert connector.collect([receipts[0].ticket] if isinstance(receipts[0], Pending) else []) == [receipts[0]]
    done = collected(account, account.connector(), receipts)
    names = [account.row(receipt.id)[EXTERNAL_ID] for receipt in done if isinstance(receipt, Applied)]
    assert names == [f"L{n}" for n in range(2000)]


def test_small_batches_need_no_job(account: SalesforceAccount) -> None:
    account.connector().write([upsert(n) for n in range(200)])
    assert not account.asked("/jobs/ingest")


def test_a_second_job_updates_what_the_first_created(account: SalesforceAccount) -> None:
    effects = [[receipt.effect for receipt in write(account, [upsert(1)]) if isinstance(receipt, Applied)] for _ in range(2)]
    assert effects == [[Effect.CREATED], [Effect.UPDATED]]


def test_values_arrive_word_for_word(account: SalesforceAccount) -> None:
    values = ["Zoë 👩🏽‍🚀", "a,b", 'say "hi"', "first\nsecond", "00123", "=1+1", "'", "\u202bשלום"]
    receipts = write(account, [upsert(n, Description=value) for n, value in enumerate(values)])
    assert [account.row(receipt.id)["Description"] for receipt in receipts if isinstance(receipt, Applied)] == values


@pytest.mark.parametrize("charset", [None, "ISO-8859-1", "UTF-8"])
def test_results_are_read_as_utf_8_whatever_their_header_says(account: SalesforceAccount, charset: str | None) -> None:
    account.control("configure", csv_charset=charset)
    target = Match.on(EXTERNAL_ID, "Łódź-é")
    (receipt,) = write(account, [Write(key="k", object=LEAD, fields=PERSON, target=target)])
    assert isinstance(receipt, Applied)


def test_clear_empties_absent_leaves_alone_and_the_text_of_the_sign_goes_another_way(account: SalesforceAccount) -> None:
    write(account, [upsert(1, Title="Head", Phone="555-0100")])
    write(account, [upsert(1, Title=Clear()), upsert(2, Title="Chief")])
    rows = {row[EXTERNAL_ID]: row for row in account.control("records", object="Lead")}
    assert (rows["L1"]["Title"], rows["L1"]["Phone"], rows["L2"]["Title"]) == (None, "555-0100", "Chief")
    (receipt,) = write(account, [upsert(3, Title="#N/A")])
    assert isinstance(receipt, Applied) and account.row(receipt.id)["Title"] == "#N/A"


def test_refused_rows_are_told_from_applied_ones(account: SalesforceAccount) -> None:
    good, bad, also_good = write(account, [upsert(1), upsert(2, Email="not an address"), upsert(3)])
    assert isinstance(good, Applied) and isinstance(also_good, Applied)
    assert isinstance(error_of(bad), Invalid) and error_of(bad).rule == "INVALID_EMAIL_ADDRESS"


def test_updates_deletes_and_creates_travel_too(account: SalesforceAccount) -> None:
    kept, gone = account.seed("Lead", 2)
    batch = [
        Write(key="u", object=LEAD, fields={"Title": "Head"}, target=NativeId(kept)),
        Write(key="d", object=LEAD, fields={}, kind=WriteKind.DELETE, target=NativeId(gone)),
        Write(key="c1", object=LEAD, fields=PERSON),
        Write(key="c2", object=LEAD, fields=PERSON),
    ]
    receipts = write(account, batch)
    effects = [receipt.effect for receipt in receipts if isinstance(receipt, Applied)]
    assert effects == [Effect.UPDATED, Effect.DELETED, Effect.CREATED, Effect.CREATED]
    ids = [receipt.id for receipt in receipts if isinstance(receipt, Applied)]
    assert ids[:2] == [kept, gone] and len(set(ids)) == 4
    assert account.row(kept)["Title"] == "Head"


def test_an_unknown_field_is_left_out_before_it_fails_the_job(account: SalesforceAccount) -> None:
    (receipt,) = write(account, [upsert(1, Unknown__c="x")])
    assert isinstance(receipt, Applied) and set(receipt.refused_fields) == {"Unknown__c"}


def test_a_field_removed_since_the_describe_fails_the_job_once(account: SalesforceAccount) -> None:
    connector = account.connector(bulk_from=1)
    connector.describe()
    account.control("configure", hidden_fields={"Lead": ["Title"]})
    (failed,) = collected(account, connector, connector.write([upsert(1, Title="Head")]))
    assert isinstance(error_of(failed), TryLater)
    (receipt,) = collected(account, connector, connector.write([upsert(1, Title="Head")]))
    assert isinstance(receipt, Applied) and set(receipt.refused_fields) == {"Title"}


def test_a_record_stands_in_a_job_once(account: SalesforceAccount) -> None:
    first, second = write(account, [upsert(1), upsert(1, Title="later")])
    assert isinstance(first, Applied) and isinstance(error_of(second), TryLater)


def test_rows_that_a_failed_job_never_tried_are_sent_again(account: SalesforceAccount) -> None:
    account.control("configure", bulk_fail_after_rows=2)
    receipts = write(account, [upsert(n) for n in range(5)])
    assert [isinstance(receipt, Applied) for receipt in receipts] == [True, True, False, False, False]
    assert all(isinstance(error_of(receipt), TryLater) for receipt in receipts[2:])


def test_a_forgotten_job_is_sent_again(account: SalesforceAccount) -> None:
    receipts = list(account.connector(bulk_from=1).write([upsert(1)]))
    account.clock.advance(8 * 86_400)
    (receipt,) = collected(account, account.connector(), receipts)
    assert isinstance(error_of(receipt), Unavailable) and error_of(receipt).outcome_unknown


def test_an_object_without_jobs_goes_by_collections(account: SalesforceAccount) -> None:
    user = account.control("records", object="User")[0]["Id"]
    wanted = Write(key="k", object=ObjectName("User"), fields={"Title": "Head"}, target=NativeId(user))
    (receipt,) = account.connector(bulk_from=1).write([wanted])
    assert isinstance(receipt, Applied) and account.row(user, "User")["Title"] == "Head"


@pytest.mark.parametrize("kind", ["reset", "reset_after"])
def test_an_upload_that_breaks_applies_nothing(account: SalesforceAccount, kind: str) -> None:
    account.fault(kind=kind, match="PUT .*/batches", times=-1)
    with pytest.raises(TryLater) as caught:
        account.connector(bulk_from=1).write([upsert(1)])
    assert not caught.value.outcome_unknown
    account.clock.advance(60)
    assert account.control("records", object="Lead") == []


def test_a_lost_answer_to_the_closing_is_found_out_by_collecting(account: SalesforceAccount) -> None:
    account.fault(kind="reset_after", match="PATCH .*/jobs/ingest", times=1)
    (receipt,) = write(account, [upsert(1)])
    assert isinstance(receipt, Applied)


def test_a_closing_that_never_arrived_is_given_up_and_sent_again(account: SalesforceAccount) -> None:
    account.fault(kind="reset", match="PATCH .*/jobs/ingest", times=1)
    (receipt,) = write(account, [upsert(1)])
    assert isinstance(error_of(receipt), TryLater) and not error_of(receipt).outcome_unknown
    assert account.control("records", object="Lead") == []


@pytest.mark.parametrize("ticket", ["", "no such ticket", "{}", '{"job": 1}'])
def test_a_foreign_ticket_is_no_success(account: SalesforceAccount, ticket: str) -> None:
    (receipt,) = account.connector().collect([Ticket(ticket)])
    assert isinstance(error_of(receipt), ContractBroken)


def test_a_job_is_looked_up_once_for_all_its_tickets(account: SalesforceAccount) -> None:
    receipts = list(account.connector(bulk_from=1).write([upsert(n) for n in range(20)]))
    account.clock.advance(60)
    connector = account.connector()
    before = len(account.asked("/jobs/ingest"))
    for receipt in receipts:
        assert isinstance(receipt, Pending)
        connector.collect([receipt.ticket])
    assert len(account.asked("/jobs/ingest")) - before == 3


def test_a_ticket_is_small_and_tells_no_field_values(account: SalesforceAccount) -> None:
    (receipt,) = account.connector(bulk_from=1).write([upsert(1)])
    assert isinstance(receipt, Pending)
    assert "example.com" not in receipt.ticket
    assert set(json.loads(receipt.ticket)) == {"job", "object", "verb", "field", "key"}


@given(st.lists(st.dictionaries(st.sampled_from(["A", "B__c", "C"]), st.text(st.characters(exclude_categories=["Cs"]))), min_size=1))
def test_csv_comes_back_as_it_was_written(rows: list[dict[str, str]]) -> None:
    columns = sorted({name for row in rows for name in row})
    if not columns:
        return
    content = to_csv(rows)
    assert content.split(b"\n", 1)[0].decode() == ",".join(f'"{name}"' for name in columns)
    assert read_csv(content) == [{name: row.get(name, "") for name in columns} for row in rows]
