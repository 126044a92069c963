"""Merging and restoring go over SOAP with the connection's own access token, and survive lost answers and ended sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.salesforce.connector import SalesforceConnector
from core.contract import Applied, Effect, Invalid, Missing, NativeId, ObjectName, RateLimited, Refused, Unavailable, Write, WriteKind
from tests.support.salesforce_bench import LEAD, SalesforceAccount, salesforce_account


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def ids(*native_ids: str) -> list[NativeId]:
    return [NativeId(one) for one in native_ids]


def restore(connector: SalesforceConnector, *native_ids: str) -> list[object]:
    return list(connector.write([Write(f"r{one}", LEAD, {}, WriteKind.RESTORE, NativeId(one)) for one in native_ids]))


def test_five_losers_are_merged_by_one_call(account: SalesforceAccount) -> None:
    winner, *losers = account.seed("Lead", 6)
    receipt = account.connector().merge(LEAD, NativeId(winner), ids(*losers))
    assert receipt == Applied(NativeId(winner), Effect.UPDATED)
    assert {account.row(loser)["MasterRecordId"] for loser in losers} == {winner}
    assert len(account.asked("/Soap/")) == 1


def test_a_merge_whose_answer_was_lost_can_be_repeated(account: SalesforceAccount) -> None:
    winner, *losers = account.seed("Lead", 3)
    connector = account.connector()
    connector.check()
    account.fault(kind="reset_after", match="POST .*/Soap/", times=1)
    with pytest.raises(Unavailable) as caught:
        connector.merge(LEAD, NativeId(winner), ids(*losers))
    assert caught.value.outcome_unknown
    assert connector.merge(LEAD, NativeId(winner), ids(*losers)) == Applied(NativeId(winner), Effect.UNCHANGED)


def test_a_loser_that_is_gone_for_another_reason_is_named(account: SalesforceAccount) -> None:
    winner, first, second, third = account.seed("Lead", 4)
    account.delete("Lead", third)
    receipt = account.connector().merge(LEAD, NativeId(winner), ids(first, second, third))
    assert isinstance(receipt, Applied) and list(receipt.refused_fields) == [third]
    refused = account.connector().merge(LEAD, NativeId(winner), ids(third))
    assert isinstance(refused, Refused) and isinstance(refused.error, Missing)


def test_a_loser_that_was_merged_into_another_record_is_refused_with_its_successor(account: SalesforceAccount) -> None:
    winner, other, loser = account.seed("Lead", 3)
    account.control("merge", object="Lead", winner=other, losers=[loser])
    receipt = account.connector().merge(LEAD, NativeId(winner), ids(loser))
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Missing)


def test_a_session_that_ended_is_renewed_once(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    connector = account.connector()
    connector.check()
    account.control("expire_tokens")
    assert isinstance(connector.merge(LEAD, NativeId(winner), ids(loser)), Applied)
    assert [entry.status for entry in account.asked("/Soap/")] == [500, 200]


def test_a_process_that_found_its_token_in_the_store_fetches_one_for_soap(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    first = account.connector()
    first.check()
    later = SalesforceConnector(first.settings, first.context)
    assert isinstance(later.merge(LEAD, NativeId(winner), ids(loser)), Applied)


def test_a_rotating_refresh_token_is_never_used_for_it(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    first = account.connector(grant="refresh_token", refresh_token="sandbox-refresh")
    first.check()
    logins = account.control("logins")["total"]
    later = SalesforceConnector(first.settings, first.context)
    receipt = later.merge(LEAD, NativeId(winner), ids(loser))
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Invalid) and receipt.error.rule == "NO_SESSION"
    assert account.control("logins")["total"] == logins
    assert isinstance(first.merge(LEAD, NativeId(winner), ids(loser)), Applied)


@pytest.mark.parametrize(("kind", "loser"), [("Task", "00TRO00000000001AA"), ("Lead", "</recordToMergeIds>")])
def test_what_cannot_be_merged_is_refused_without_a_call(account: SalesforceAccount, kind: str, loser: str) -> None:
    receipt = account.connector().merge(ObjectName(kind), NativeId("00QRO00000000001AA"), ids(loser))
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Invalid)
    assert account.asked("/Soap/") == []


def test_a_survivor_alone_needs_no_call(account: SalesforceAccount) -> None:
    (winner,) = account.seed("Lead", 1)
    assert account.connector().merge(LEAD, NativeId(winner), ids(winner)) == Applied(NativeId(winner), Effect.UNCHANGED)


def test_a_day_without_calls_is_told_apart_from_a_refused_record(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    connector = account.connector()
    connector.check()
    account.control("use_up_calls")
    with pytest.raises(RateLimited):
        connector.merge(LEAD, NativeId(winner), ids(loser))


def test_a_page_of_some_proxy_is_an_unknown_outcome(account: SalesforceAccount) -> None:
    winner, loser = account.seed("Lead", 2)
    account.fault(kind="status", match="POST .*/Soap/", times=1, status=500, body="<html><br>")
    with pytest.raises(Unavailable) as caught:
        account.connector().merge(LEAD, NativeId(winner), ids(loser))
    assert caught.value.outcome_unknown


def test_deleted_records_come_back_from_the_recycle_bin(account: SalesforceAccount) -> None:
    gone, live = account.seed("Lead", 2)
    account.delete("Lead", gone)
    first, second, third = restore(account.connector(), gone, live, "nonsense")
    assert first == Applied(NativeId(gone), Effect.UPDATED)
    assert isinstance(second, Refused) and isinstance(third, Refused)
    assert account.row(gone)["IsDeleted"] is False
