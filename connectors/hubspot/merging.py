"""Merges records in HubSpot, where the survivor normally gets a new id."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.api import HubSpotApi, problem_of
from connectors.hubspot.records import properties_of, updated_at, version_of
from core.contract import Applied, ContractBroken, Effect, Invalid, NativeId, ObjectName, Receipt, Refused, TryLater

_ABOUT_RECORDS = frozenset({400, 404, 409, 414, 422})


def merge(api: HubSpotApi, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
    """Merge the losers into the survivor one after the other, each time into the id that the last answer named.

    The receipt names the final survivor. When a later loser is refused, or HubSpot falls silent, the merges done so far
    stand; the receipt is then Applied with the new id, and `refused_fields` names each loser that is left, with the reason.
    """
    receipt: Receipt = Applied(survivor, Effect.UNCHANGED)
    for done, loser in enumerate(losers):
        current = receipt.id if isinstance(receipt, Applied) else survivor
        try:
            step = _merge_two(api, object_name, current, loser)
        except TryLater as error:
            if done == 0:
                raise
            step = Refused(error)
        if isinstance(step, Refused):
            if done == 0:
                return step
            return Applied(current, Effect.UPDATED, refused_fields=dict.fromkeys(losers[done:], step.error.message))
        receipt = step
    return receipt


def _merge_two(api: HubSpotApi, object_name: ObjectName, survivor: str, loser: str) -> Applied | Refused:
    response = api.merge(object_name, survivor, loser, accept=_ABOUT_RECORDS)
    if response.status == 414:
        return Refused(Invalid("HubSpot keeps at most 250 merged records in one.", rule="TOO_MANY_IDENTITIES"))
    if response.status in _ABOUT_RECORDS:
        return Refused(problem_of(response).as_error())
    record = response.json()
    if not isinstance(record, dict) or not record.get("id"):
        raise ContractBroken("HubSpot's answer to a merge names no survivor.")
    version = version_of(updated_at(object_name, record))
    return Applied(NativeId(str(record["id"])), Effect.UPDATED, version, properties_of(record))
