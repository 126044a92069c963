"""Judges the answers to a batch: a receipt per row, or the rows to send again. Pure; nothing here depends on order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.batches import Row, Verb, halves, nothing_to_send
from connectors.hubspot.problems import Problem, read_problem
from connectors.hubspot.records import properties_of, updated_at, version_of
from core.contract import Applied, Effect, Missing, NativeId, Receipt, Refused, TryLater

Record = Mapping[str, Any]

_EFFECTS = {Verb.CREATE: Effect.CREATED, Verb.UPDATE: Effect.UPDATED, Verb.ARCHIVE: Effect.DELETED}


@dataclass(slots=True)
class Verdict:
    """Receipts by trace, and groups of rows to send again."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    again: list[list[Row]] = field(default_factory=list)


def judge_refusal(rows: Sequence[Row], problem: Problem) -> Verdict:
    """Judge a call that was refused as a whole, so that nothing was written.

    Rows that HubSpot names are judged and the rest goes again; properties that do not exist or cannot be written are
    left out; otherwise the rows are halved until the bad one is alone.
    """
    named = [row for row in rows if row.trace in problem.traces or (row.id and row.id in problem.ids)]
    guilty = named or (list(rows) if len(rows) == 1 else [])
    verdict = Verdict()
    if guilty:
        _judge_rows(guilty, problem, verdict)
        rest = [row for row in rows if row not in guilty]
        verdict.again += [rest] if rest else []
        return verdict
    reasons = _reasons(problem) if problem.is_schema_drift() else {}
    if any(name in row.properties for row in rows for name in reasons):
        _resend([row.without(reasons) for row in rows], verdict)
    else:
        verdict.again = halves(rows)
    return verdict


def judge_answer(object_name: str, rows: Sequence[Row], body: object) -> Verdict:
    """Judge a call that was carried out, wholly or in part.

    207, and 200 with `errors` (dated versions from 2026-09 on), are read alike. Results are tied to rows by trace, id or
    unique value, then by their content, and never by position.
    """
    answer = body if isinstance(body, Mapping) else {}
    results = [entry for entry in answer.get("results") or [] if isinstance(entry, Mapping) and entry.get("id")]
    verdict = Verdict()
    left = _tie_results(object_name, list(rows), results, verdict)
    loose: list[Problem] = []
    for problem in map(read_problem, answer.get("errors") or []):
        guilty = [row for row in left if row.trace in problem.traces or (row.id and row.id in problem.ids)]
        left = [row for row in left if row not in guilty]
        _judge_rows(guilty, problem, verdict)
        loose += [] if guilty or problem.traces or problem.ids else [problem]
    if left:
        _judge_silence(left, loose, alone=len(rows) == 1, spare=len(results) > len(rows) - len(left), verdict=verdict)
    return verdict


def _judge_rows(rows: Sequence[Row], problem: Problem, verdict: Verdict) -> None:
    if not rows:
        return
    reasons = _reasons(problem) if problem.is_schema_drift() else {}
    healing = [row for row in rows if any(name in row.properties for name in reasons)]
    _resend([row.without(reasons) for row in healing], verdict)
    for row in rows:
        if row not in healing:
            verdict.receipts[row.trace] = Refused(problem.as_error())


def _judge_silence(left: list[Row], loose: list[Problem], *, alone: bool, spare: bool, verdict: Verdict) -> None:
    """Rows with neither a result nor an error of their own."""
    verb = left[0].verb
    if verb is Verb.ARCHIVE and not loose:
        verdict.receipts.update({row.trace: Applied(NativeId(row.id), Effect.DELETED) for row in left})
    elif len(left) == 1 and len(loose) == 1:
        _judge_rows(left, loose[0], verdict)
    elif verb is not Verb.CREATE and not alone and (loose or spare or verb is Verb.UPSERT):
        # Sending the same values again does no harm, and in a smaller call the answer is plain.
        verdict.again += halves(left) if len(left) > 1 else [left]
    else:
        # An id that was merged into another record can be missing from an update's answer without any error.
        silent = Missing(
            "HubSpot said nothing about this record.", hint="It was probably merged into another record; look for its successor."
        )
        unknown = TryLater("HubSpot said nothing about this record; whether it was written is not known.", outcome_unknown=True)
        verdict.receipts.update({row.trace: Refused(silent if verb is Verb.UPDATE else unknown) for row in left})


def _tie_results(object_name: str, rows: list[Row], results: Sequence[Record], verdict: Verdict) -> list[Row]:
    """Give receipts to the rows whose result is found, and return the others."""
    loose = list(results)
    for ties in (_by_trace, _by_id, _by_unique_value, _by_content):
        for row in list(rows):
            hits = [record for record in loose if ties(row, record)]
            if len(hits) == 1 and (ties is not _by_content or _only_one(row, rows, hits[0])):
                loose.remove(hits[0])
                rows.remove(row)
                verdict.receipts[row.trace] = _applied(object_name, row, hits[0])
    if len(rows) == 1 and len(loose) == 1 and len(results) == 1:
        verdict.receipts[rows[0].trace] = _applied(object_name, rows[0], loose[0])
        return []
    return rows


def _by_trace(row: Row, record: Record) -> bool:
    return str(record.get("objectWriteTraceId")) == row.trace


def _by_id(row: Row, record: Record) -> bool:
    return row.verb is Verb.UPDATE and str(record["id"]) == row.id


def _by_unique_value(row: Row, record: Record) -> bool:
    return row.verb is Verb.UPSERT and _same(properties_of(record).get(row.id_property), row.id)


def _by_content(row: Row, record: Record) -> bool:
    if row.verb is Verb.UPDATE or record.get("objectWriteTraceId"):
        return False
    properties = properties_of(record)
    shared = [name for name in row.properties if name in properties]
    return bool(shared) and all(_same(properties[name], row.properties[name]) for name in shared)


def _only_one(row: Row, rows: Iterable[Row], record: Record) -> bool:
    return not any(other is not row and _by_content(other, record) for other in rows)


def _same(found: str | None, sent: str) -> bool:
    return (found or "").strip().casefold() == sent.strip().casefold()


def _applied(object_name: str, row: Row, record: Record) -> Applied:
    effect = _EFFECTS.get(row.verb) or (Effect.CREATED if record.get("new") else Effect.UPDATED)
    return Applied(
        id=NativeId(str(record["id"])),
        effect=effect,
        version=version_of(updated_at(object_name, record)),
        fields=properties_of(record),
        refused_fields=row.left_out,
    )


def _reasons(problem: Problem) -> dict[str, str]:
    return {fault.name: fault.code for fault in problem.faults}


def _resend(rows: Iterable[Row], verdict: Verdict) -> None:
    group = []
    for row in rows:
        if row.properties or row.verb is Verb.UPSERT:
            group.append(row)
        else:
            verdict.receipts[row.trace] = nothing_to_send(row)
    if group:
        verdict.again.append(group)
