"""Decides how a batch travels: rows are read, deletions get their ids, and large batches become jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.salesforce.bulk import submit
from connectors.salesforce.find import Finder
from connectors.salesforce.org import Org
from connectors.salesforce.restoring import restore
from connectors.salesforce.rows import Row, read_row
from connectors.salesforce.send import Receipts, send_rows
from connectors.salesforce.soap import Soap
from core.contract import Change, ConnectorError, Invalid, Match, Missing, Receipt, RecordError, Refused, Write, WriteKind


def carry_out(org: Org, finder: Finder, soap: Soap, batch: Sequence[Write]) -> list[Receipt]:
    """Write a batch; one receipt per write, in order.

    Raises only while nothing of the batch was applied or handed over.
    """
    known = _found(finder, batch)
    receipts = _restored(soap, batch)
    rows: list[Row] = []
    for index, write in enumerate(batch):
        if index in receipts:
            continue
        try:
            rows.append(read_row(index, _by_id(write, known)))
        except (Invalid, Missing) as error:
            receipts[index] = Refused(error)
    if len(batch) >= org.settings.bulk_from and rows and not org.settings.needs_headers:
        told, rows = submit(org, rows)
        receipts |= told
    if rows:
        receipts |= _sent(org, rows, receipts)
    return [receipts[index] for index in range(len(batch))]


def _restored(soap: Soap, batch: Sequence[Write]) -> Receipts:
    wanted = [(index, write) for index, write in enumerate(batch) if write.kind is WriteKind.RESTORE]
    try:
        return restore(soap, wanted)
    except RecordError as error:
        return {index: Refused(error) for index, _ in wanted}


def _sent(org: Org, rows: Sequence[Row], so_far: Receipts) -> Receipts:
    try:
        return send_rows(org, rows)
    except ConnectorError as error:
        if all(isinstance(receipt, Refused) for receipt in so_far.values()):
            raise
        return {row.index: Refused(error) for row in rows}


def _found(finder: Finder, batch: Sequence[Write]) -> Mapping[Match, Sequence[Change]]:
    """The records that are to be deleted by a field; Salesforce deletes many at once by their ids only."""
    named = [write for write in batch if _deletes_by_field(write) is not None]
    matches = [match for write in named if (match := _deletes_by_field(write)) is not None]
    return finder.find(named[0].object, matches) if named else {}


def _by_id(write: Write, known: Mapping[Match, Sequence[Change]]) -> Write:
    match = _deletes_by_field(write)
    if match is None:
        return write
    found = known[match]
    if not found:
        raise Missing("There is no record to delete.")
    if len(found) > 1:
        raise Invalid("Several records match; none was deleted.", rule="DUPLICATE_EXTERNAL_ID")
    return replace(write, target=found[0].id)


def _deletes_by_field(write: Write) -> Match | None:
    is_match = write.kind is WriteKind.DELETE and isinstance(write.target, Match)
    return write.target if is_match and isinstance(write.target, Match) else None
