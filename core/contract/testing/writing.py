"""Contract group *write*: one receipt per write, in order, true; a bad record harms nobody else; values arrive unharmed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from core.contract.errors import Invalid, Missing, RecordError
from core.contract.manifest import WriteFacts
from core.contract.records import Applied, Clear, Effect, NativeId, ObjectName, Refused, Write, WriteKind
from core.contract.testing.acts import applied, create_one, creation, truth, update, wait_until_found, write_and_settle, writer
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import DELETES, UPSERT_BY_MATCH, WRITES, needs, part

HOSTILE: Mapping[str, str | None] = {
    "emoji": "Zoë 👩🏽‍🚀 測試",
    "ten thousand characters": "x" * 10_000,
    "null": None,
    "leading zeros": "00123",
    "right to left": "\u202b\u05e9\u05dc\u05d5\u05dd\u202c",
    "markup": '<b>"O\'Neil" & Söhne</b>',
    "formula": "=1+1",
    "lines": "first\nsecond",
}
FEW = 3


class WriteGroup:
    """Writes do what their receipts say."""

    @needs(WRITES)
    def test_receipts_come_in_the_order_of_the_writes(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        batch = [creation(sample, number) for number in range(1, min(_facts(bench).batch, FEW) + 1)]
        receipts = [applied(receipt) for receipt in write_and_settle(bench, bench.make(), batch)]
        assert len(receipts) == len(batch)
        records = truth(bench).records(sample.object)
        for write, receipt in zip(batch, receipts, strict=True):
            assert receipt.effect is Effect.CREATED
            assert records[receipt.id].get(sample.text_field) == write.fields[sample.text_field]

    @needs(WRITES)
    def test_an_empty_batch_has_no_receipts(self, bench: Bench) -> None:
        assert list(writer(bench.make()).write([])) == []

    @needs(WRITES)
    def test_an_update_changes_the_named_fields_only(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        created = create_one(bench, connector)
        before = dict(truth(bench).records(sample.object)[created.id])
        (receipt,) = write_and_settle(bench, connector, [update(sample, created.id, {sample.text_field: "another text"})])
        after = truth(bench).records(sample.object)[created.id]
        assert applied(receipt).id == created.id and applied(receipt).effect is Effect.UPDATED
        assert after[sample.text_field] == "another text"
        assert {name: after.get(name) for name in sample.fields(1) if name != sample.text_field} == {
            name: before.get(name) for name in sample.fields(1) if name != sample.text_field
        }

    @needs(WRITES)
    def test_a_cleared_field_is_empty_there(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        created = create_one(bench, connector)
        (receipt,) = write_and_settle(bench, connector, [update(sample, created.id, {sample.text_field: Clear()})])
        if isinstance(receipt, Applied) and sample.text_field not in receipt.refused_fields:
            assert truth(bench).records(sample.object)[created.id].get(sample.text_field) in (None, "")
        else:
            assert isinstance(receipt, Applied) or (isinstance(receipt, Refused) and isinstance(receipt.error, RecordError))

    @needs(WRITES, DELETES)
    def test_a_record_that_does_not_exist_is_missing(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        created = create_one(bench, connector)
        write_and_settle(bench, connector, [_deletion(sample.object, created.id)])
        (receipt,) = write_and_settle(bench, connector, [update(sample, created.id, {sample.text_field: "late"})])
        assert isinstance(receipt, Refused) and isinstance(receipt.error, Missing)

    @needs(WRITES, DELETES)
    def test_a_deleted_record_is_gone(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        kept, gone = create_one(bench, connector, 1), create_one(bench, connector, 2)
        (receipt,) = write_and_settle(bench, connector, [_deletion(sample.object, gone.id)])
        assert applied(receipt).effect is Effect.DELETED
        records = truth(bench).records(sample.object)
        assert gone.id not in records and kept.id in records

    @needs(WRITES, UPSERT_BY_MATCH)
    def test_the_same_key_twice_writes_once(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        part(sample.match, "writing.match")
        before = len(truth(bench).records(sample.object))
        write = creation(sample, 1)
        (first,) = write_and_settle(bench, bench.make(), [write])
        (second,) = write_and_settle(bench, bench.make(), [write])
        assert applied(first).id == applied(second).id
        assert applied(second).effect is not Effect.CREATED
        assert len(truth(bench).records(sample.object)) == before + 1

    @needs(WRITES)
    def test_a_refused_record_leaves_the_others_alone(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        good_before = [creation(sample, 1)]
        bad = [creation(sample, 2, **sample.bad)]
        good_after = [creation(sample, 3)]
        batches = [good_before + bad + good_after] if _facts(bench).batch >= FEW else [good_before, bad, good_after]
        receipts = [receipt for batch in batches for receipt in write_and_settle(bench, connector, batch)]
        first, refused, last = receipts
        assert isinstance(refused, Refused), f"The vendor should have refused the record, got {refused!r}."
        assert isinstance(refused.error, RecordError)
        assert {applied(first).id, applied(last).id} <= set(truth(bench).records(sample.object))

    @needs(WRITES)
    def test_a_refusal_names_what_was_wrong(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        (refused,) = write_and_settle(bench, bench.make(), [creation(sample, 1, **sample.bad)])
        assert isinstance(refused, Refused)
        if isinstance(refused.error, Invalid):
            assert refused.error.field or refused.error.rule or refused.error.message

    @needs(WRITES)
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_value_is_stored_unchanged_or_refused(self, bench: Bench, name: str) -> None:
        sample = part(bench.writing, "writing")
        value = HOSTILE[name]
        (receipt,) = write_and_settle(bench, bench.make(), [creation(sample, 1, **{sample.text_field: value})])
        if isinstance(receipt, Refused):
            assert isinstance(receipt.error, RecordError)
            return
        wait_until_found(bench)
        stored = truth(bench).records(sample.object)[applied(receipt).id].get(sample.text_field)
        if sample.text_field not in applied(receipt).refused_fields:
            assert _same(stored, value)


def _same(stored: JsonValue, value: str | None) -> bool:
    return stored in (None, "") if value is None else stored == value


def _deletion(object_name: str, native_id: NativeId) -> Write:
    return Write(key=f"d-{native_id}", object=ObjectName(object_name), fields={}, kind=WriteKind.DELETE, target=native_id)


def _facts(bench: Bench) -> WriteFacts:
    sample = part(bench.writing, "writing")
    return part(bench.manifest.facts(sample.object).writes, "objects.<name>.writes")
