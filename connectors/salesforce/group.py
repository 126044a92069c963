"""Writes records of several objects all or none: one composite request, whose parts point to each other (REST guide, "Composite")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.salesforce.errors import Problem, call_error, change_error, read_problems, record_error, refused_fields
from connectors.salesforce.org import Org
from connectors.salesforce.query import json_body
from connectors.salesforce.rows import Row, Verb, read_row
from connectors.salesforce.send import LEFT_OUT, save_headers, unknown_target, with_successors
from core.contract import (
    Applied,
    ContractBroken,
    Duplicate,
    Effect,
    Invalid,
    Missing,
    NativeId,
    RateLimited,
    Receipt,
    RecordError,
    Refused,
    Request,
    Sibling,
    StopConnection,
    Undone,
    Write,
)

REFERENCE = "@{"
"""With it Salesforce's references begin, in any text of a composite request; there is no way to quote it."""
ROLLED_BACK = "PROCESSING_HALTED"
"""What parts are told that were sound, or not tried, when another one failed."""


def write_group(org: Org, group: Sequence[Write]) -> list[Receipt]:
    """Carry out up to 25 writes in one transaction; one receipt per write, in order.

    A field that Salesforce does not know is left out and the whole sent again. What stops the connection is raised.
    """
    rows: list[Row] = []
    for at, write in enumerate(group):
        try:
            rows.append(_row(at, write, group[:at]))
        except (Invalid, Missing) as error:
            return _refused(len(group), at, error)
    while True:
        try:
            answers = _send(org, rows)
        except RecordError as error:
            # The request as a whole was refused; that is nobody's fault more than another's.
            return _refused(len(group), 0, error)
        blamed = _blamed(answers)
        if blamed is None:
            return [_applied(row, answer) for row, answer in zip(rows, answers, strict=True)]
        at, problems = blamed
        barred = [name for problem in problems for name in refused_fields(problem)]
        if not rows[at].drop(barred, LEFT_OUT):
            return _told(org, rows, at, problems)


def _row(at: int, write: Write, before: Sequence[Write]) -> Row:
    siblings = {name: value.key for name, value in write.fields.items() if isinstance(value, Sibling)}
    row = read_row(at, replace(write, fields={name: value for name, value in write.fields.items() if name not in siblings}))
    for name, value in row.values.items():
        if isinstance(value, str) and REFERENCE in value:
            hint = f"Take the characters {REFERENCE} out of the value in the mapping: {{do: [{{replace: ...}}]}}."
            raise Invalid(f"The field {name} holds '{REFERENCE}', which Salesforce takes for a reference.", field=name, hint=hint)
    known = {
        other.key: other.target if isinstance(other.target, str) else f"{REFERENCE}{_name(place)}.id}}"
        for place, other in enumerate(before)
    }
    unknown = [name for name, key in siblings.items() if key not in known]
    if unknown:
        raise ContractBroken(f"The field {unknown[0]} points to a record that does not go before it.")
    # An update by id is answered without a body, so nothing could refer to it; and its id is known.
    row.values |= {name: known[key] for name, key in siblings.items()}
    return row


def _name(at: int) -> str:
    return f"r{at}"


def _send(org: Org, rows: Sequence[Row]) -> Sequence[Mapping[str, Any]]:
    request = Request(
        "POST",
        org.paths.of("composite"),
        headers={"content-type": "application/json"},
        body=json_body({"allOrNone": True, "compositeRequest": [_part(org, row) for row in rows]}),
        # The same values twice leave the same records; only a create would make a second one.
        repeatable=all(row.operation.verb is not Verb.CREATE for row in rows),
    )
    payload = org.http.send(request, [call_error if request.is_repeatable else change_error]).json()
    answers = payload.get("compositeResponse") if isinstance(payload, dict) else None
    if not isinstance(answers, list) or len(answers) != len(rows):
        raise ContractBroken("Salesforce answered another number of records than were sent.")
    return answers


def _part(org: Org, row: Row) -> dict[str, Any]:
    operation = row.operation
    path = ["sobjects", operation.object]
    if operation.verb is Verb.UPSERT:
        path.append(operation.key or "")
    if row.identity:
        path.append(row.identity)
    return {
        "method": "POST" if operation.verb is Verb.CREATE else "PATCH",
        "url": org.paths.of(*path),
        "referenceId": _name(row.index),
        "httpHeaders": save_headers(org),
        "body": row.values,
    }


def _blamed(answers: Sequence[Mapping[str, Any]]) -> tuple[int, list[Problem]] | None:
    """The part that failed by itself, with its problems; None when all went well."""
    failed = {at: answer for at, answer in enumerate(answers) if not 200 <= int(answer.get("httpStatusCode", 500)) < 300}
    told = {at: read_problems(answer.get("body")) for at, answer in failed.items()}
    own = (at for at in failed if not told[at] or told[at][0].code != ROLLED_BACK)
    return next(((at, told[at]) for at in (*own, *failed)), None)


def _told(org: Org, rows: Sequence[Row], at: int, problems: Sequence[Problem]) -> list[Receipt]:
    row = rows[at]
    error = record_error(problems[0]) if problems else Duplicate("Several records hold this external id.", hint=_SEVERAL)
    if isinstance(error, StopConnection | RateLimited):
        raise error
    if isinstance(error, Missing) and problems[0].code == "NOT_FOUND" and row.operation.verb is not Verb.UPDATE:
        raise unknown_target(row.operation)
    refusal: Receipt = with_successors(org, [row], {at: Refused(error)})[at]
    return [refusal if each == at else Refused(Undone()) for each in range(len(rows))]


_SEVERAL = "Make the external-id field unique and repair the records."


def _refused(count: int, at: int, error: RecordError) -> list[Receipt]:
    return [Refused(error if each == at else Undone()) for each in range(count)]


def _applied(row: Row, answer: Mapping[str, Any]) -> Applied:
    body = answer.get("body")
    told = body if isinstance(body, dict) else {}
    native_id = told.get("id") or (row.identity if row.operation.verb is Verb.UPDATE else None)
    if not native_id:
        raise ContractBroken("Salesforce did not tell the id of a record that it wrote.")
    is_new = row.operation.verb is Verb.CREATE or told.get("created") is True
    return Applied(NativeId(str(native_id)), Effect.CREATED if is_new else Effect.UPDATED, refused_fields=dict(row.refused))
