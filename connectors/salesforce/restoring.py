"""Takes records out of the recycle bin, which Salesforce's REST resources cannot do."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.api import is_record_id
from connectors.salesforce.errors import record_error
from connectors.salesforce.send import Receipts
from connectors.salesforce.soap import MOST_A_CALL, Soap, problems_of
from connectors.salesforce.xml_text import leaf
from core.contract import Applied, ContractBroken, Effect, Invalid, NativeId, Refused, Write


def restore(soap: Soap, writes: Sequence[tuple[int, Write]]) -> Receipts:
    """Restore records by their ids, 200 a call; gives a receipt for each, by its place in the batch. A merged loser comes back as well."""
    receipts: Receipts = {}
    named: list[tuple[int, str]] = []
    for index, write in writes:
        if isinstance(write.target, str) and is_record_id(write.target):
            named.append((index, write.target))
        else:
            receipts[index] = Refused(Invalid("Only a record's id says what to restore.", field="Id", rule="MALFORMED_ID"))
    for start in range(0, len(named), MOST_A_CALL):
        receipts |= _call(soap, named[start : start + MOST_A_CALL])
    return receipts


def _call(soap: Soap, part: Sequence[tuple[int, str]]) -> Receipts:
    results = soap.call("undelete", *(leaf("ids", record_id) for _, record_id in part))
    if len(results) != len(part):
        raise ContractBroken("Salesforce answered another number of rows than were sent.")
    receipts: Receipts = {}
    for (index, record_id), result in zip(part, results, strict=True):
        problems = problems_of(result)
        receipts[index] = Refused(record_error(problems[0])) if problems else Applied(NativeId(record_id), Effect.UPDATED)
    return receipts
