"""Contract group *groups*: records that belong together are written all or none, whatever is wrong with one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.contract.errors import RecordError, TryLater, Undone
from core.contract.records import Effect, Receipt, Refused, Write
from core.contract.roles import Connector, WritesGroups
from core.contract.testing.acts import applied, failure_of, truth
from core.contract.testing.bench import Bench, FaultKind, GroupSample
from core.contract.testing.capabilities import CALLS_OUT, GROUPS, needs, part


class GroupingGroup:
    """A group is written whole or not at all, and its receipts say which."""

    @needs(GROUPS)
    def test_a_group_is_written_whole_and_points_to_itself(self, bench: Bench) -> None:
        sample = _sample(bench)
        group = sample.writes(1)
        receipts = [applied(receipt) for receipt in _write(bench, group)]
        assert [receipt.effect for receipt in receipts] == [Effect.CREATED] * len(group)
        for write, receipt in zip(group, receipts, strict=True):
            assert receipt.id in truth(bench).records(write.object)
        last = truth(bench).records(group[-1].object)[receipts[-1].id]
        assert last[sample.refers] == receipts[0].id

    @needs(GROUPS)
    def test_one_refused_record_leaves_nothing_of_its_group(self, bench: Bench) -> None:
        sample = _sample(bench)
        before = _counts(bench, sample)
        receipts = _write(bench, _spoilt(sample))
        errors = [receipt.error for receipt in receipts if isinstance(receipt, Refused)]
        assert len(errors) == len(receipts), f"All must be refused when one is, got {receipts!r}."
        assert [isinstance(error, Undone) for error in errors] == [True] * (len(errors) - 1) + [False], "One is to blame, the others not."
        assert isinstance(errors[-1], RecordError)
        assert _counts(bench, sample) == before

    @needs(GROUPS)
    def test_a_group_that_was_refused_can_be_written_after_the_fix(self, bench: Bench) -> None:
        sample = _sample(bench)
        _write(bench, _spoilt(sample))
        assert [applied(receipt).effect for receipt in _write(bench, sample.writes(1))] == [Effect.CREATED] * len(sample.writes(1))

    @needs(GROUPS)
    def test_the_same_group_twice_writes_once(self, bench: Bench) -> None:
        sample = _sample(bench)
        first = [applied(receipt).id for receipt in _write(bench, sample.writes(1))]
        counts = _counts(bench, sample)
        second = [applied(receipt) for receipt in _write(bench, sample.writes(1))]
        assert [receipt.id for receipt in second] == first
        assert Effect.CREATED not in {receipt.effect for receipt in second}
        assert _counts(bench, sample) == counts

    @needs(GROUPS, CALLS_OUT)
    def test_a_group_whose_answer_is_lost_is_there_once_after_another_try(self, bench: Bench) -> None:
        sample = _sample(bench)
        faults = part(bench.faults, "faults")
        before = _counts(bench, sample)
        connector = bench.make()
        faults.set(FaultKind.RESET_AFTER)
        error = failure_of(lambda: _grouping(connector).write_group(sample.writes(1)))
        assert isinstance(error, TryLater)
        faults.clear()
        for receipt in _grouping(connector).write_group(sample.writes(1)):
            applied(receipt)
        assert sum(_counts(bench, sample)) == sum(before) + len(sample.writes(1))


def _sample(bench: Bench) -> GroupSample:
    sample = part(bench.grouping, "grouping")
    assert len({write.object for write in sample.writes(1)}) > 1, "The group must be of several objects."
    return sample


def _spoilt(sample: GroupSample) -> list[Write]:
    *others, last = sample.writes(1)
    return [*others, replace(last, fields={**last.fields, **sample.bad})]


def _counts(bench: Bench, sample: GroupSample) -> list[int]:
    return [len(truth(bench).records(name)) for name in sorted({write.object for write in sample.writes(1)})]


def _write(bench: Bench, group: Sequence[Write]) -> Sequence[Receipt]:
    receipts = _grouping(bench.make()).write_group(group)
    assert len(receipts) == len(group), "write_group() must give one receipt per write."
    return receipts


def _grouping(connector: Connector[Any]) -> WritesGroups:
    assert isinstance(connector, WritesGroups), "Role 'groups' is declared, but there is no method 'write_group'."
    return connector
