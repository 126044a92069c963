"""Writes against the stand-in over loopback HTTP, and against a server that refuses whole calls."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.hubspot.settings import HubSpotSettings
from core.contract import (
    Applied,
    Clear,
    ConfigInvalid,
    Duplicate,
    Effect,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    RateLimited,
    Receipt,
    Ref,
    Refused,
    Token,
    TryLater,
    Write,
    WriteKind,
)
from tests.support.http import Answer, Seen, make_context, serve
from tests.support.hubspot_bench import Account, hubspot_account, hubspot_manifest

CONTACTS = ObjectName("contacts")
UPSERT = "/crm/v3/objects/contacts/batch/upsert"


@pytest.fixture
def account() -> Iterator[Account]:
    with hubspot_account() as found:
        yield found


def upsert(number: int, **fields: Any) -> Write:
    given = {"email": f"p{number}@example.com", "lastname": f"Person {number}"} | fields
    return Write(f"k{number}", CONTACTS, given, target=Match.on("leadloom_id", f"L{number}"))


def ids(receipts: Sequence[Receipt]) -> list[str]:
    return [receipt.id for receipt in receipts if isinstance(receipt, Applied)]


def error_of(receipt: Receipt) -> Exception:
    assert isinstance(receipt, Refused), receipt
    return receipt.error


def test_a_hundred_upserts_are_one_call(account: Account) -> None:
    receipts = account.connector().write([upsert(n) for n in range(100)])
    assert len(set(ids(receipts))) == 100
    assert account.lines() == [f"POST {UPSERT}"]


@pytest.mark.parametrize("extra_fields", [True, False], ids=["traced", "untraced"])
def test_shuffled_results_reach_their_writes(account: Account, extra_fields: bool) -> None:
    account.control("configure", shuffle_results=True, extra_fields=extra_fields)
    batch = [upsert(n) for n in range(30)]
    for effect in (Effect.CREATED, Effect.UPDATED):
        receipts = account.connector().write(batch)
        records = account.records(CONTACTS)
        assert [records[native_id]["email"] for native_id in ids(receipts)] == [write.fields["email"] for write in batch]
        assert {receipt.effect for receipt in receipts if isinstance(receipt, Applied)} == {effect}
    assert len(account.records(CONTACTS)) == 30


def test_one_bad_row_of_each_kind_harms_nobody(account: Account) -> None:
    account.control("seed", contacts=[{"email": "taken@example.com"}])
    (taken,) = account.records(CONTACTS)
    receipts = account.connector().write(
        [
            upsert(1),
            upsert(2, lifecyclestage="nonsense"),
            upsert(3, email="taken@example.com"),
            upsert(4, email="no address"),
            upsert(5),
        ]
    )
    invalid, duplicate, address = (error_of(receipt) for receipt in receipts[1:4])
    assert isinstance(invalid, Invalid) and (invalid.field, invalid.rule) == ("lifecyclestage", "INVALID_OPTION")
    assert isinstance(duplicate, Duplicate) and duplicate.existing == taken
    assert isinstance(address, Invalid) and address.rule == "INVALID_EMAIL" and "no address" not in address.message
    assert len(ids(receipts)) == 2


def test_unknown_and_read_only_properties_are_lost_and_the_record_is_not(account: Account) -> None:
    (receipt,) = account.connector().write([upsert(1, shoe_size="9", hs_email_domain="x.example")])
    assert isinstance(receipt, Applied)
    assert receipt.refused_fields == {"shoe_size": "PROPERTY_DOESNT_EXIST", "hs_email_domain": "READ_ONLY_VALUE"}
    assert account.records(CONTACTS)[receipt.id]["lastname"] == "Person 1"


def test_clear_empties_a_property_and_none_does_not(account: Account) -> None:
    connector = account.connector()
    (created,) = ids(connector.write([upsert(1, jobtitle="Head", city="Berlin")]))
    connector.write([Write("u", CONTACTS, {"jobtitle": Clear(), "city": None}, target=NativeId(created))])
    record = account.records(CONTACTS)[created]
    assert record.get("jobtitle") is None and record["city"] == "Berlin"


def test_a_mixed_batch_answers_in_order(account: Account) -> None:
    connector = account.connector()
    old, gone = ids(connector.write([upsert(1), upsert(2)]))
    receipts = connector.write(
        [
            Write("d", CONTACTS, {}, kind=WriteKind.DELETE, target=NativeId(gone)),
            Write("c", CONTACTS, {"email": "new@example.com"}),
            Write("u", CONTACTS, {"jobtitle": "Head"}, target=NativeId(old)),
            upsert(1, city="Berlin"),
            Write("m", CONTACTS, {"jobtitle": "Head"}, target=NativeId("99999999")),
        ]
    )
    effects = [receipt.effect for receipt in receipts if isinstance(receipt, Applied)]
    assert effects == [Effect.DELETED, Effect.CREATED, Effect.UPDATED, Effect.UPDATED]
    assert isinstance(error_of(receipts[4]), Missing)
    assert ids(receipts)[0] == gone


def test_a_record_that_was_merged_away_is_missing_although_hubspot_says_nothing(account: Account) -> None:
    connector = account.connector()
    first, second, third = ids(connector.write([upsert(1), upsert(2), upsert(3)]))
    account.control("merge", primary=first, loser=second)
    receipts = connector.write(
        [
            Write("a", CONTACTS, {"jobtitle": "A"}, target=NativeId(second)),
            Write("b", CONTACTS, {"jobtitle": "B"}, target=NativeId(third)),
        ]
    )
    assert isinstance(error_of(receipts[0]), Missing)
    assert ids(receipts) == [third]


def test_a_unique_property_that_is_none_stops_the_connection(account: Account) -> None:
    connector = account.connector(unique_property="jobtitle")
    with pytest.raises(ConfigInvalid) as raised:
        connector.write([Write("k", CONTACTS, {"lastname": "A"}, target=Match.on("jobtitle", "L1"))])
    assert raised.value.setting == "unique_property"


def test_an_owner_that_does_not_exist_is_an_invalid_value(account: Account) -> None:
    owner = Ref(ObjectName("owners"), NativeId("424299"))
    error = error_of(account.connector().write([upsert(1, hubspot_owner_id=owner)])[0])
    assert isinstance(error, Invalid) and error.field == "hubspot_owner_id"


def test_locked_records_are_tried_after_two_seconds(account: Account) -> None:
    account.control("configure", hot_objects={"contacts": -1})
    with pytest.raises(RateLimited) as raised:
        account.connector().write([upsert(1)])
    assert raised.value.retry_after == 2


def test_receipts_are_kept_when_a_later_call_of_the_batch_fails(account: Account) -> None:
    account.fault(kind="status", match="batch/update", times=-1, status=503)
    receipts = account.connector().write([upsert(1), Write("u", CONTACTS, {"jobtitle": "A"}, target=NativeId("5"))])
    assert len(ids(receipts)) == 1
    failed = error_of(receipts[1])
    assert isinstance(failed, TryLater) and failed.outcome_unknown


def test_merging_names_the_new_survivor(account: Account) -> None:
    connector = account.connector()
    first, second, third = (NativeId(one) for one in ids(connector.write([upsert(1), upsert(2), upsert(3)])))
    receipt = connector.merge(CONTACTS, first, [second, third])
    assert isinstance(receipt, Applied) and receipt.id not in (first, second, third)
    assert list(account.records(CONTACTS)) == [receipt.id]


def test_a_merge_that_stops_half_way_tells_what_is_left(account: Account) -> None:
    connector = account.connector()
    first, second = (NativeId(one) for one in ids(connector.write([upsert(1), upsert(2)])))
    receipt = connector.merge(CONTACTS, first, [second, NativeId("99999999")])
    assert isinstance(receipt, Applied) and receipt.id in account.records(CONTACTS)
    assert list(receipt.refused_fields) == ["99999999"]
    refused = connector.merge(CONTACTS, receipt.id, [NativeId("99999999")])
    assert isinstance(error_of(refused), Missing)


class StrictServer:
    """Refuses a whole batch with 409 for one taken address, names nobody and echoes no trace ids."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.applied: list[str] = []
        self.calls = 0

    def __call__(self, seen: Seen) -> Answer:
        self.calls += 1
        inputs = json.loads(seen.body)["inputs"]
        assert all(len(entry["objectWriteTraceId"]) > 0 for entry in inputs)
        emails = [entry["properties"]["email"] for entry in inputs]
        if self.taken & set(emails):
            return self._json(409, {"status": "error", "category": "CONFLICT", "message": "Contact already exists. Existing ID: 5"})
        self.applied += emails
        results = [{"id": f"{10_000 + len(self.applied) + n}", "properties": {"email": email}} for n, email in enumerate(emails)]
        return self._json(201, {"status": "COMPLETE", "results": results[::-1]})

    def _json(self, status: int, body: object) -> Answer:
        return Answer(status, json.dumps(body).encode())


@pytest.mark.parametrize("bad", [1, 2, 5])
def test_bad_rows_are_found_by_halving_within_the_promised_number_of_calls(bad: int) -> None:
    count = 64
    server = StrictServer({f"p{n * 11}@example.com" for n in range(bad)})
    with serve(server) as served, closing(make_context(served.url, manifest=hubspot_manifest(), token=Token("t"))) as opened:
        connector = HubSpot(HubSpotSettings.model_validate({"base_url": served.url, "access_token": "t"}), opened.context)
        receipts = connector.write([Write(f"k{n}", CONTACTS, {"email": f"p{n}@example.com"}) for n in range(count)])
    refused = [at for at, receipt in enumerate(receipts) if isinstance(receipt, Refused)]
    assert refused == [n * 11 for n in range(bad)]
    assert len(server.applied) == len(set(server.applied)) == count - bad, "Nothing was sent twice."
    assert server.calls - 1 <= 2 * bad * math.ceil(math.log2(count)) + 1
