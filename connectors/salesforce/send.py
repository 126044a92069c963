"""Carries writes out by sObject Collections, up to 200 rows a call, and answers for each row what became of it.

simple-salesforce is not used here: it cannot say that an upsert may be repeated, and it hides the answer's status.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.salesforce.errors import call_error, change_error, read_problems, record_error, refused_fields
from connectors.salesforce.org import Org
from connectors.salesforce.query import json_body
from connectors.salesforce.rows import Operation, Row, Verb, calls
from connectors.salesforce.successors import find_successors
from core.contract import (
    Applied,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Effect,
    Invalid,
    Missing,
    NativeId,
    RateLimited,
    Receipt,
    RecordError,
    Refused,
    Request,
    StopConnection,
    TryLater,
)

LEFT_OUT = "Salesforce does not know the field, or the integration user may not write it."
MOST_ROWS_A_WRITE = 2_000
"""Rows sent one after another within one write; more would outlast a lane's lease."""

_METHODS = {Verb.CREATE: "POST", Verb.UPDATE: "PATCH", Verb.UPSERT: "PATCH", Verb.DELETE: "DELETE"}
_DONE = {Verb.CREATE: Effect.CREATED, Verb.UPDATE: Effect.UPDATED, Verb.UPSERT: Effect.UPDATED, Verb.DELETE: Effect.DELETED}
_UNKNOWN_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})

Receipts = dict[int, Receipt]


def send_rows(org: Org, rows: Sequence[Row]) -> Receipts:
    """Send rows and give a receipt for each, by its index.

    A failed call raises as long as nothing was applied; after that its rows, and those not sent any more, are refused with
    an error that has them tried again, so that no row is reported wrongly.
    """
    receipts: Receipts = {}
    plan = list(calls(rows[:MOST_ROWS_A_WRITE]))
    for call in plan:
        try:
            for index, receipt in _carry_out(org, call):
                receipts[index] = receipt
        except ConnectorError as error:
            if not any(isinstance(receipt, Applied) for receipt in receipts.values()):
                raise
            receipts |= {row.index: Refused(error) for row in call if row.index not in receipts}
            break
    _raise_for_connection(receipts)
    unsent = Refused(TryLater("The row was left for a later call."))
    return with_successors(org, rows, {row.index: receipts.get(row.index, unsent) for row in rows})


def _carry_out(org: Org, call: Sequence[Row]) -> Iterator[tuple[int, Receipt]]:
    waiting = deque([list(call)])
    while waiting:
        rows = waiting.popleft()
        try:
            answers = _send(org, rows)
        except RecordError as error:
            # The whole call was refused for one row's sake, and nothing was applied: narrow it down.
            if _drops(error, rows):
                waiting.appendleft(rows)
            elif len(rows) == 1:
                yield rows[0].index, Refused(error)
            else:
                waiting.extendleft([rows[len(rows) // 2 :], rows[: len(rows) // 2]])
            continue
        again = []
        for row, answer in zip(rows, answers, strict=True):
            receipt = _receipt(row, answer)
            if receipt is None:
                again.append(row)
            else:
                yield row.index, receipt
        if again:
            waiting.appendleft(again)


def _send(org: Org, rows: Sequence[Row]) -> Sequence[Mapping[str, Any]]:
    operation = rows[0].operation
    try:
        request = _request(org, rows)
        response = org.http.send(request, [call_error if request.is_repeatable else change_error])
    except Missing:
        raise unknown_target(operation) from None
    answers = response.json()
    if not isinstance(answers, list) or len(answers) != len(rows):
        raise ContractBroken("Salesforce answered another number of rows than were sent.")
    return answers


def save_headers(org: Org) -> dict[str, str]:
    """What the settings say about saving: the org's assignment rules, and its duplicate rules."""
    headers = {"sforce-auto-assign": "TRUE" if org.settings.assignment_rules else "FALSE"}
    if org.settings.allow_duplicates:
        headers["sforce-duplicate-rule-header"] = "allowSave=true"
    return headers


def unknown_target(operation: Operation) -> ConfigInvalid:
    """Why Salesforce does not find where to write: the object is not there, or the field by which it should look."""
    if operation.verb is Verb.UPSERT:
        return ConfigInvalid(
            f"{operation.object} has no external-id field {operation.key}, or it is hidden from the integration user.",
            hint="Create it as Text, External ID, Unique, and give the integration user access to it.",
        )
    return ConfigInvalid(
        f"Salesforce does not know {operation.object}, or hides it from the integration user.",
        hint="Check the object's name in the mapping, and give the integration user access to it.",
        setting="objects",
    )


def _request(org: Org, rows: Sequence[Row]) -> Request:
    operation = rows[0].operation
    headers = {"content-type": "application/json", **save_headers(org)}
    if operation.verb is Verb.DELETE:
        ids = ",".join(row.identity or "" for row in rows)
        return Request("DELETE", org.paths.collections(), params=[("ids", ids), ("allOrNone", "false")], headers=headers)
    return Request(
        _METHODS[operation.verb],
        org.paths.collections(operation.object, operation.key or "") if operation.verb is Verb.UPSERT else org.paths.collections(),
        headers=headers,
        body=json_body({"allOrNone": False, "records": [row.body() for row in rows]}),
        # The same values twice leave the same record; only a create would make a second one.
        repeatable=operation.verb is not Verb.CREATE,
    )


def _receipt(row: Row, answer: Mapping[str, Any]) -> Receipt | None:
    """What became of a row; None when fields were left out of it and it must be sent again."""
    if answer.get("success"):
        effect = Effect.CREATED if answer.get("created") else _DONE[row.operation.verb]
        return Applied(NativeId(str(answer["id"])), effect, refused_fields=dict(row.refused))
    problems = read_problems(answer.get("errors") or [])
    if not problems:
        return Refused(ContractBroken("Salesforce refused a row without a reason."))
    if row.operation.verb is Verb.DELETE and problems[0].code == "ENTITY_IS_DELETED":
        return Applied(NativeId(row.identity or ""), Effect.DELETED)
    barred = [name for problem in problems for name in refused_fields(problem)]
    if not row.drop(barred, LEFT_OUT):
        return Refused(record_error(problems[0]))
    if row.operation.verb is Verb.UPDATE and not row.values:
        return Applied(NativeId(row.identity or ""), Effect.UNCHANGED, refused_fields=dict(row.refused))
    return None


def _drops(error: RecordError, rows: Sequence[Row]) -> bool:
    if not isinstance(error, Invalid) or error.rule not in _UNKNOWN_FIELD or error.field is None:
        return False
    dropped = [row.drop([error.field], LEFT_OUT) for row in rows]
    return any(dropped)


def _raise_for_connection(receipts: Receipts) -> None:
    """Raise what concerns the whole connection, as long as no row was applied (it would be sent again)."""
    if any(not isinstance(receipt, Refused) for receipt in receipts.values()):
        return
    for receipt in receipts.values():
        if isinstance(receipt, Refused) and isinstance(receipt.error, StopConnection | RateLimited):
            raise receipt.error


def with_successors(org: Org, rows: Sequence[Row], receipts: Receipts) -> Receipts:
    """Name the record that took the place of a merged or converted one in receipts that miss it, with one more look."""
    lost: dict[Operation, dict[str, int]] = {}
    for row in rows:
        receipt = receipts[row.index]
        if row.identity and isinstance(receipt, Refused) and isinstance(receipt.error, Missing):
            lost.setdefault(row.operation, {})[row.identity] = row.index
    named: Receipts = {}
    for operation, places in lost.items():
        for identity, successor in find_successors(org, operation, list(places)).items():
            error = Missing("Another record has taken this one's place.", successor=successor.id, successor_object=successor.object)
            named[places[identity]] = Refused(error)
    return receipts | named
