"""The contract suite's tests of groups can fail: connectors that break groups on purpose are caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.memory.connector import MemoryConnector
from core.contract import Clear, Match, Receipt, Refused, Sibling, TryLater, Unavailable, Write, WriteValue
from core.contract.testing import Bench, ContractSuite
from tests.support.memory_bench import memory_bench


class WritesOneByOne(MemoryConnector):
    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        plain = [replace(write, fields={n: _no_sibling(v) for n, v in write.fields.items()}) for write in group]
        return [receipt for write in plain for receipt in self.write([write])]


class BlamesEverybody(MemoryConnector):
    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        receipts = super().write_group(group)
        return [receipts[-1]] * len(receipts) if isinstance(receipts[-1], Refused) else receipts


class ForgetsWhatPointsWhere(MemoryConnector):
    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        return super().write_group([replace(w, fields={n: _no_sibling(v) for n, v in w.fields.items()}) for w in group])


class AlwaysCreatesGroups(MemoryConnector):
    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        return super().write_group([replace(write, target=None) if isinstance(write.target, Match) else write for write in group])


class TriesAgainByItself(MemoryConnector):
    def write_group(self, group: Sequence[Write]) -> Sequence[Receipt]:
        try:
            return super().write_group(group)
        except TryLater:
            fresh = [replace(write, target=None) for write in group]
            self._remote.faults.clear()
            super().write_group(fresh)
            raise Unavailable("no answer", outcome_unknown=True) from None


PLANTS: list[tuple[type[MemoryConnector], str]] = [
    (WritesOneByOne, "test_one_refused_record_leaves_nothing_of_its_group"),
    (BlamesEverybody, "test_one_refused_record_leaves_nothing_of_its_group"),
    (WritesOneByOne, "test_a_group_that_was_refused_can_be_written_after_the_fix"),
    (ForgetsWhatPointsWhere, "test_a_group_is_written_whole_and_points_to_itself"),
    (AlwaysCreatesGroups, "test_the_same_group_twice_writes_once"),
    (TriesAgainByItself, "test_a_group_whose_answer_is_lost_is_there_once_after_another_try"),
]


@pytest.mark.parametrize(("broken", "test"), PLANTS, ids=lambda each: getattr(each, "__name__", each))
def test_a_planted_fault_is_caught(broken: type[MemoryConnector], test: str) -> None:
    run(memory_bench(), test)
    with pytest.raises(AssertionError):
        run(memory_bench(broken), test)


@pytest.mark.parametrize("most", [0, 1])
def test_the_role_without_a_number_of_records_is_caught(most: int) -> None:
    bench = memory_bench()
    wrong = replace(bench, manifest=bench.manifest.model_copy(update={"atomic_groups": most}))
    with pytest.raises(AssertionError, match="atomic_groups"):
        run(wrong, "test_object_facts_and_roles_agree")


def test_a_bench_without_a_sample_group_is_caught() -> None:
    with pytest.raises(AssertionError, match="grouping"):
        run(replace(memory_bench(), grouping=None), "test_the_same_group_twice_writes_once")


def run(bench: Bench, test: str) -> None:
    """Run one test of the suite as pytest would, past its gate."""
    getattr(ContractSuite(), test)(bench)


def _no_sibling(value: WriteValue) -> WriteValue:
    return Clear() if isinstance(value, Sibling) else value
