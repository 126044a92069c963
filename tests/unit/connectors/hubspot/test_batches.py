"""How a batch is planned, and how answers are judged."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot.batches import Plan, Row, Verb, plan_batch, trace_of
from connectors.hubspot.problems import Problem, PropertyFault
from connectors.hubspot.receipts import judge_answer, judge_refusal
from core.contract import (
    Applied,
    ContractBroken,
    Effect,
    Match,
    Missing,
    NativeId,
    ObjectName,
    Refused,
    TryLater,
    Write,
    WriteKind,
)

CONTACTS = ObjectName("contacts")


def write(number: int, *, target: Any = None, kind: WriteKind = WriteKind.UPSERT, **fields: Any) -> Write:
    return Write(f"k{number}", CONTACTS, fields or {"lastname": f"Person {number}"}, kind=kind, target=target)


def rows_of(*writes: Write) -> list[Row]:
    (rows,) = plan_batch(writes).calls
    return list(rows)


def shapes(plan: Plan) -> list[tuple[Verb, int]]:
    return [(rows[0].verb, len(rows)) for rows in plan.calls]


def result(record_id: int, row: Row | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": str(record_id), "properties": {}, "updatedAt": "2026-03-02T09:00:00Z", **more}
    return found | ({"objectWriteTraceId": row.trace} if row else {})


def test_each_kind_of_target_has_its_call() -> None:
    batch = [
        write(1),
        write(2, target=NativeId("7")),
        write(3, target=Match.on("leadloom_id", "L3")),
        write(4, target=NativeId("8"), kind=WriteKind.DELETE),
    ]
    assert shapes(plan_batch(batch)) == [(Verb.CREATE, 1), (Verb.UPDATE, 1), (Verb.UPSERT, 1), (Verb.ARCHIVE, 1)]


def test_more_than_a_hundred_rows_become_several_calls() -> None:
    assert [count for _, count in shapes(plan_batch([write(n) for n in range(250)]))] == [100, 100, 50]


def test_a_record_stands_in_a_call_only_once_and_keeps_its_order() -> None:
    first, second, third = (write(n, target=NativeId("7"), jobtitle=f"Title {n}") for n in range(3))
    plan = plan_batch([first, write(9, target=NativeId("8")), second, third])
    assert [[row.properties.get("jobtitle") for row in rows] for rows in plan.calls] == [["Title 0", None], ["Title 1"], ["Title 2"]]


def test_two_creates_with_one_address_are_kept_apart() -> None:
    plan = plan_batch([write(1, email="Mara@example.com"), write(2, email="mara@example.com ")])
    assert shapes(plan) == [(Verb.CREATE, 1), (Verb.CREATE, 1)]


def test_different_unique_properties_never_meet_in_a_call() -> None:
    plan = plan_batch([write(1, target=Match.on("leadloom_id", "L1")), write(2, target=Match.on("crm_key", "C1"))])
    assert [rows[0].id_property for rows in plan.calls] == ["leadloom_id", "crm_key"]


def test_equal_keys_are_one_write() -> None:
    assert len(rows_of(write(1), write(1))) == 1


def test_trace_ids_stay_the_same_and_differ_between_keys() -> None:
    assert trace_of(write(1)) == trace_of(write(1, jobtitle="other"))
    assert trace_of(write(1)) != trace_of(write(2))


@pytest.mark.parametrize(
    "bad",
    [
        write(1, target=Match.on("email", "mara@example.com")),
        write(1, target=Match(frozenset({("a", "1"), ("b", "2")}))),
        write(1, target=Match.on("leadloom_id", "")),
        write(1, kind=WriteKind.DELETE),
        write(1, target=NativeId("7"), kind=WriteKind.RESTORE),
    ],
)
def test_what_hubspot_cannot_do_is_refused_without_a_call(bad: Write) -> None:
    plan = plan_batch([bad, write(2)])
    refused = plan.receipts[trace_of(bad)]
    assert isinstance(refused, Refused) and isinstance(refused.error, ContractBroken)
    assert shapes(plan) == [(Verb.CREATE, 1)]


def test_an_update_without_anything_to_send_is_unchanged() -> None:
    plan = plan_batch([write(1, target=NativeId("7"), jobtitle=None)])
    receipt = plan.receipts[trace_of(write(1))]
    assert isinstance(receipt, Applied) and receipt.effect is Effect.UNCHANGED
    assert list(receipt.refused_fields) == ["jobtitle"] and not plan.calls


def test_results_are_tied_by_trace_id_in_any_order() -> None:
    first, second = rows_of(write(1), write(2))
    verdict = judge_answer("contacts", [first, second], {"results": [result(20, second), result(10, first)]})
    assert {trace: receipt.id for trace, receipt in verdict.receipts.items() if isinstance(receipt, Applied)} == {
        first.trace: "10",
        second.trace: "20",
    }


def test_updates_are_tied_by_id_when_no_trace_comes_back() -> None:
    rows = rows_of(write(1, target=NativeId("7")), write(2, target=NativeId("8")))
    verdict = judge_answer("contacts", rows, {"results": [result(8), result(7)]})
    receipts = [verdict.receipts[row.trace] for row in rows]
    assert [receipt.id for receipt in receipts if isinstance(receipt, Applied)] == ["7", "8"]


def test_upserts_are_tied_by_their_unique_value_when_no_trace_comes_back() -> None:
    rows = rows_of(write(1, target=Match.on("leadloom_id", "L1")), write(2, target=Match.on("leadloom_id", "L2")))
    answers = [result(2, properties={"leadloom_id": "L2"}, new=True), result(1, properties={"leadloom_id": "L1"}, new=False)]
    verdict = judge_answer("contacts", rows, {"results": answers})
    receipts = [verdict.receipts[row.trace] for row in rows]
    assert [(receipt.id, receipt.effect) for receipt in receipts if isinstance(receipt, Applied)] == [
        ("1", Effect.UPDATED),
        ("2", Effect.CREATED),
    ]


def test_creates_are_tied_by_their_content_when_no_trace_comes_back() -> None:
    rows = rows_of(write(1, email="a@example.com"), write(2, email="b@example.com"))
    answers = [result(2, properties={"email": "b@example.com"}), result(1, properties={"email": "a@example.com"})]
    verdict = judge_answer("contacts", rows, {"results": answers})
    assert [receipt.id for row in rows if isinstance(receipt := verdict.receipts[row.trace], Applied)] == ["1", "2"]


def test_a_create_that_cannot_be_told_from_another_is_unknown_and_not_sent_again() -> None:
    rows = rows_of(write(1, lastname="Ahrens"), write(2, lastname="Ahrens"))
    answers = [result(n, properties={"lastname": "Ahrens"}) for n in (1, 2)]
    verdict = judge_answer("contacts", rows, {"results": answers})
    errors = [receipt.error for receipt in verdict.receipts.values() if isinstance(receipt, Refused)]
    assert [isinstance(error, TryLater) and error.outcome_unknown for error in errors] == [True, True]
    assert not verdict.again


def test_an_update_without_any_answer_was_probably_merged() -> None:
    rows = rows_of(write(1, target=NativeId("7")), write(2, target=NativeId("8")))
    verdict = judge_answer("contacts", rows, {"results": [result(7, rows[0])]})
    silent = verdict.receipts[rows[1].trace]
    assert isinstance(silent, Refused) and isinstance(silent.error, Missing) and "merged" in str(silent.error.hint)


def test_errors_in_a_plain_success_are_seen() -> None:
    """Dated versions from 2026-09 on fold them into a 200."""
    rows = rows_of(write(1), write(2))
    error = {"category": "CONFLICT", "message": "Existing ID: 9", "context": {"objectWriteTraceId": [rows[0].trace]}}
    verdict = judge_answer("contacts", rows, {"results": [result(2, rows[1])], "errors": [error], "numErrors": 1})
    assert isinstance(verdict.receipts[rows[0].trace], Refused)
    assert isinstance(verdict.receipts[rows[1].trace], Applied)


def test_an_upsert_without_any_answer_is_sent_again_alone_and_then_unknown() -> None:
    rows = rows_of(write(1, target=Match.on("leadloom_id", "L1")), write(2, target=Match.on("leadloom_id", "L2")))
    verdict = judge_answer("contacts", rows, {"results": [result(1, rows[0], new=True)]})
    assert verdict.again == [[rows[1]]]
    alone = judge_answer("contacts", [rows[1]], {"results": []}).receipts[rows[1].trace]
    assert isinstance(alone, Refused) and isinstance(alone.error, TryLater) and alone.error.outcome_unknown


def test_a_row_that_hubspot_names_is_refused_and_the_rest_goes_again_at_once() -> None:
    rows = rows_of(*(write(n) for n in range(8)))
    verdict = judge_refusal(rows, Problem(category="CONFLICT", traces=frozenset({rows[3].trace})))
    assert list(verdict.receipts) == [rows[3].trace]
    assert [len(group) for group in verdict.again] == [7]


def test_a_refusal_that_names_nobody_halves_the_call() -> None:
    rows = rows_of(*(write(n) for n in range(5)))
    assert [len(group) for group in judge_refusal(rows, Problem(category="CONFLICT")).again] == [3, 2]


def test_a_property_that_does_not_exist_is_left_out_of_every_row() -> None:
    rows = rows_of(write(1, lastname="A", shoe_size="9"), write(2, lastname="B"), write(3, target=None, shoe_size="7"))
    problem = Problem(category="VALIDATION_ERROR", faults=(PropertyFault("shoe_size", "PROPERTY_DOESNT_EXIST"),))
    verdict = judge_refusal(rows, problem)
    (again,) = verdict.again
    assert [dict(row.properties) for row in again] == [{"lastname": "A"}, {"lastname": "B"}]
    assert again[0].left_out == {"shoe_size": "PROPERTY_DOESNT_EXIST"} and not again[1].left_out
    assert isinstance(verdict.receipts[rows[2].trace], Refused), "Nothing is left of this record."
