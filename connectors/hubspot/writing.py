"""Carries out a batch of writes: sends call after call, splits what is refused, and keeps every receipt it has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from connectors.hubspot.api import HubSpotApi, problem_of
from connectors.hubspot.batches import Row, Verb, plan_batch, trace_of
from connectors.hubspot.catalog import Catalog
from connectors.hubspot.linking import Linker
from connectors.hubspot.owners import OWNERS
from connectors.hubspot.receipts import Verdict, judge_answer, judge_refusal
from core.contract import Applied, ConfigInvalid, ConnectorError, ObjectName, Receipt, Ref, Refused, TryLater, Write

_ABOUT_RECORDS = frozenset({400, 404, 409, 422})
"""Refusals of a whole call that may be the fault of one of its rows."""


class BatchWriter:
    """Writes one batch to one object.

    One bad row costs at most 2·⌈log2 n⌉ further calls where HubSpot refuses a call without naming the row. When a call
    fails after an earlier one was applied, the receipts are kept and the rest is refused with TryLater. Associations are
    made last, for the rows that were applied; see `linking.Linker`.
    """

    def __init__(self, api: HubSpotApi, catalog: Catalog, unique_property: str) -> None:
        """Hold what all batches share."""
        self._api = api
        self._catalog = catalog
        self._linker = Linker(api)
        self._unique_property = unique_property

    def write(self, object_name: ObjectName, batch: Sequence[Write]) -> list[Receipt]:
        """Carry out the writes and answer one receipt per write, in order."""
        plan = plan_batch(batch, partial(self._is_link, object_name))
        receipts = dict(plan.receipts)
        waiting = [list(rows) for rows in reversed(plan.calls)]
        while waiting:
            rows = waiting.pop()
            try:
                verdict = self._send(object_name, rows)
            except ConnectorError as error:
                if not any(isinstance(receipt, Applied) for receipt in receipts.values()):
                    raise
                receipts.update(_postponed(rows, waiting, error))
                break
            receipts.update(verdict.receipts)
            waiting += reversed(verdict.again)
        receipts.update(self._linker.settle(object_name, plan.linked, receipts))
        return [receipts[trace_of(write)] for write in batch]

    def _is_link(self, object_name: ObjectName, name: str, ref: Ref) -> bool:
        """A reference is an association unless a property of that name takes the other record's id, as owners' always do."""
        if ref.object == OWNERS:
            return False
        return name == ref.object or self._catalog.spec(object_name).field(name) is None

    def _send(self, object_name: str, rows: list[Row]) -> Verdict:
        verb = rows[0].verb
        body = {"inputs": [row.as_input() for row in rows]}
        response = self._api.write_batch(verb, object_name, body, accept=_ABOUT_RECORDS)
        if response.status in _ABOUT_RECORDS:
            problem = problem_of(response)
            if problem.is_about_object or (response.status == 404 and not (problem.ids or problem.traces)):
                # A batch reports unknown records as rows; a bare 404 is about the object's name or the version's path.
                raise self._api.error_of(response, writes=True)
            if verb is Verb.UPSERT and problem.is_about_id_property and rows[0].id_property == self._unique_property:
                raise _not_unique(object_name, self._unique_property)
            return judge_refusal(rows, problem)
        return judge_answer(object_name, rows, response.json() if response.body.strip() or verb is not Verb.ARCHIVE else {})


def _not_unique(object_name: str, name: str) -> ConfigInvalid:
    hint = f"Create the property '{name}' for {object_name} in HubSpot, with unique values, then check again."
    return ConfigInvalid(f"HubSpot cannot recognise {object_name} by '{name}'.", hint=hint, setting="unique_property")


def _postponed(rows: Sequence[Row], waiting: Sequence[Sequence[Row]], error: ConnectorError) -> dict[str, Receipt]:
    """Receipts after a failure in the middle: of the call that failed, and of those that were not sent."""
    failed = error if isinstance(error, TryLater) else TryLater(error.message, hint=error.hint)
    unsent = TryLater("It was not sent, because an earlier call of its batch failed.", hint=error.hint)
    found: dict[str, Receipt] = {row.trace: Refused(failed) for row in rows}
    found.update({row.trace: Refused(unsent) for group in waiting for row in group})
    return found
