"""Merges records in Salesforce: the losers go to the recycle bin and what hangs on them moves to the survivor."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.api import chunks_that_fit, in_list, is_record_id, select, text_literal
from connectors.salesforce.changes import master_of
from connectors.salesforce.errors import Problem, record_error
from connectors.salesforce.org import Org
from connectors.salesforce.soap import MOST_A_CALL, Soap, problems_of
from connectors.salesforce.successors import last_survivors
from connectors.salesforce.xml_text import element, leaf
from core.contract import Applied, Effect, Invalid, NativeId, ObjectName, Receipt, RecordError, Refused

MERGEABLE = frozenset({"Lead", "Contact", "Account"})
"""The only objects that can be merged (SOAP guide, "merge()")."""

LOSERS_A_REQUEST = 2
"""A merge is of three records at most, the survivor among them (the same page)."""


def merge(org: Org, soap: Soap, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
    """Merge all losers into the survivor with one call; each pair of losers succeeds or fails by itself.

    The survivor keeps its values, blank ones too. Losers that are there no more because they were merged into it before count
    as merged, so that a repetition after a lost answer succeeds. When only some fail, `refused_fields` names those with the reason.
    """
    if object_name not in MERGEABLE:
        return Refused(Invalid(f"Salesforce cannot merge records of {object_name}.", rule="INVALID_TYPE"))
    if not all(is_record_id(one) for one in (survivor, *losers)):
        return Refused(Invalid("This is not the form of a Salesforce id.", field="Id", rule="MALFORMED_ID"))
    wanted = [one for one in dict.fromkeys(losers) if one[:15] != survivor[:15]]
    pairs = [wanted[start : start + LOSERS_A_REQUEST] for start in range(0, len(wanted), LOSERS_A_REQUEST)]
    if not pairs:
        return Applied(survivor, Effect.UNCHANGED)
    if len(pairs) > MOST_A_CALL:
        return Refused(Invalid(f"At most {MOST_A_CALL * LOSERS_A_REQUEST} records can be merged at once.", rule="TOO_MANY"))
    try:
        results = soap.call("merge", *(_request(object_name, survivor, pair) for pair in pairs))
    except RecordError as error:
        return Refused(error)
    failed = {loser: problems[0] for pair, one in zip(pairs, results, strict=True) if (problems := problems_of(one)) for loser in pair}
    return _receipt(org, object_name, survivor, wanted, failed)


def _receipt(org: Org, object_name: ObjectName, survivor: NativeId, wanted: Sequence[NativeId], failed: dict[NativeId, Problem]) -> Receipt:
    if not failed:
        return Applied(survivor, Effect.UPDATED)
    done = _merged_before(org, object_name, survivor, list(failed))
    left = {loser: problem for loser, problem in failed.items() if loser not in done}
    if len(left) == len(wanted):
        return Refused(record_error(next(iter(left.values()))))
    effect = Effect.UNCHANGED if len(done) == len(wanted) else Effect.UPDATED
    return Applied(survivor, effect, refused_fields={loser: record_error(problem).message for loser, problem in left.items()})


def _merged_before(org: Org, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> set[NativeId]:
    described = org.described(object_name)
    literals = [text_literal(one) for one in losers]
    queries = [
        select(["Id", "IsDeleted", "MasterRecordId"], object_name, in_list("Id", literals[cut])) for cut in chunks_that_fit(literals)
    ]
    rows = [row for soql in queries for row in org.rows_with_deleted(soql)]
    masters = {str(row["Id"])[:15]: master for row in rows if (master := master_of(row)) is not None}
    ends = last_survivors(org, described, set(masters.values()))
    return {one for one in losers if (master := masters.get(one[:15])) and ends.get(master, master)[:15] == survivor[:15]}


def _request(object_name: str, survivor: str, losers: Sequence[str]) -> str:
    record = element("masterRecord", leaf("rec:type", object_name), leaf("rec:Id", survivor))
    return element("request", record, *(leaf("recordToMergeIds", loser) for loser in losers))
