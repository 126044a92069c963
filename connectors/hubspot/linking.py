"""Makes associations: HubSpot keeps the relations between records apart from their properties.

A reference in a write whose name is no property stands for an association: the plain one under the other object's name
(`companies`), or the one with that label. Making one that is there already changes nothing, so a repeat does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.hubspot.api import HubSpotApi, problem_of
from connectors.hubspot.batches import Row, Verb, halves
from connectors.hubspot.problems import read_problem
from core.contract import Applied, ConnectorError, Effect, Invalid, Missing, Receipt, Ref, Refused, TryLater

_ABOUT_ROWS = frozenset({400, 404, 409, 422})
LABEL_UNKNOWN = "ASSOCIATION_LABEL_UNKNOWN"
NOT_FOUND = "OBJECT_NOT_FOUND"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One wanted association of the record that the row `trace` wrote."""

    trace: str
    field: str
    source: str
    target: Ref

    @property
    def pair(self) -> Pair:
        """What ties an answer to it."""
        return self.source, self.target.id


class Linker:
    """Makes the associations of one batch: one call for each other object and label."""

    def __init__(self, api: HubSpotApi) -> None:
        """Know no labels yet; they are fetched when first named, and again when one is missing."""
        self._api = api
        self._labels: dict[Pair, Mapping[str, Mapping[str, Any]]] = {}

    def settle(self, object_name: str, rows: Iterable[Row], receipts: Mapping[str, Receipt]) -> dict[str, Receipt]:
        """Make what the applied rows want, and give their receipts again with what became of it.

        A refused association is a refused field of its row. One that may go later makes the row go again, unless the row
        created a record, which must not be made twice: then it is a refused field too.
        """
        applied = {row.trace: (row, found) for row in rows if row.links and isinstance(found := receipts.get(row.trace), Applied)}
        links = [Link(trace, name, found.id, ref) for trace, (row, found) in applied.items() for name, ref in row.links.items()]
        failed = self._make(object_name, links)
        mine: dict[str, dict[str, ConnectorError]] = {}
        for link, error in failed.items():
            mine.setdefault(link.trace, {})[link.field] = error
        return {trace: _receipt(row, found, mine.get(trace, {})) for trace, (row, found) in applied.items()}

    def _make(self, object_name: str, links: Sequence[Link]) -> dict[Link, ConnectorError]:
        groups: dict[Pair, list[Link]] = {}
        for link in links:
            label = "" if link.field == link.target.object else link.field
            groups.setdefault((link.target.object, label), []).append(link)
        failed: dict[Link, ConnectorError] = {}
        for (target, label), group in groups.items():
            try:
                failed |= self._send(object_name, target, label, group)
            except ConnectorError as error:
                failed |= dict.fromkeys(group, error)
        return failed

    def _send(self, source: str, target: str, label: str, group: list[Link]) -> dict[Link, ConnectorError]:
        verb, more = "associate/default", {}
        if label:
            kind = self._type(source, target, label)
            if kind is None:
                text = f"HubSpot knows no association '{label}' from {source} to {target}."
                return dict.fromkeys(group, Invalid(text, field=label, rule=LABEL_UNKNOWN))
            verb, more = "create", {"types": [kind]}
        failed: dict[Link, ConnectorError] = {}
        waiting = [group]
        while waiting:
            part = waiting.pop()
            body = {"inputs": [{"from": {"id": link.source}, "to": {"id": link.target.id}, **more} for link in part]}
            response = self._api.associate(source, target, verb, body, accept=_ABOUT_ROWS)
            if response.status not in _ABOUT_ROWS:
                failed |= _judge(part, response.json())
                continue
            problem = problem_of(response)
            if problem.is_about_object or (response.status == 404 and problem.category != NOT_FOUND):
                raise self._api.error_of(response, writes=False)
            if len(part) == 1:
                failed[part[0]] = problem.as_error()
            else:
                waiting += halves(part)
        return failed

    def _type(self, source: str, target: str, label: str) -> Mapping[str, Any] | None:
        if label.casefold() not in self._labels.get((source, target), {}):
            body = self._api.association_labels(source, target).json()
            rows = [row for row in (body.get("results") if isinstance(body, dict) else None) or [] if row.get("label")]
            self._labels[source, target] = {
                str(row["label"]).casefold(): {"associationCategory": row["category"], "associationTypeId": row["typeId"]} for row in rows
            }
        return self._labels[source, target].get(label.casefold())


def _judge(part: Sequence[Link], body: object) -> dict[Link, ConnectorError]:
    """Tie the answer's results and errors to the pairs; a pair that is named nowhere may or may not be made."""
    answer = body if isinstance(body, Mapping) else {}
    made = {pair for entry in answer.get("results") or [] for pair in _pairs(entry)}
    refused: dict[Pair, ConnectorError] = {}
    loose: ConnectorError | None = None
    for entry in answer.get("errors") or []:
        pairs, error = _pairs(entry.get("context") or {}), read_problem(entry).as_error()
        refused |= dict.fromkeys(pairs, error)
        loose = loose if pairs else error
    silent = loose or TryLater("HubSpot said nothing about this association.")
    alone = len(part) == 1 and loose is None
    found = {link: refused.get(link.pair, None if link.pair in made or alone else silent) for link in part}
    return {link: error for link, error in found.items() if error is not None}


def _pairs(entry: Mapping[str, Any]) -> list[Pair]:
    """The pairs that a result or an error's context names, in any of the forms that HubSpot has for it."""
    ends = [entry.get(name, (entry.get(short) or {}).get("id")) for name, short in (("fromObjectId", "from"), ("toObjectId", "to"))]
    sources, targets = ([] if end is None else end if isinstance(end, list) else [end] for end in ends)
    return [(str(source), str(target)) for source, target in zip(sources, targets, strict=False)]


def _receipt(row: Row, applied: Applied, failed: Mapping[str, ConnectorError]) -> Receipt:
    later = next((error for error in failed.values() if isinstance(error, TryLater)), None)
    if later is not None and row.verb is not Verb.CREATE:
        return Refused(later)
    changed = applied.effect is Effect.UNCHANGED and len(failed) < len(row.links)
    reasons = {name: _reason(error) for name, error in failed.items()}
    effect = Effect.UPDATED if changed else applied.effect
    return replace(applied, effect=effect, refused_fields={**applied.refused_fields, **reasons})


def _reason(error: ConnectorError) -> str:
    if isinstance(error, Missing):
        return NOT_FOUND
    return (error.rule if isinstance(error, Invalid) else None) or error.message
