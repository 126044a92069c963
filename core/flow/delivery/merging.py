"""Merging two records inside their CRM: looked at first, so that a lost answer never merges twice or gives up a merge that was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.contract import (
    Applied,
    ContractBroken,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    Receipt,
    Refused,
    StopConnection,
    TryLater,
    Write,
    WriteKind,
)
from core.flow.delivery.calling import Work
from core.flow.delivery.looking import Looks
from core.flow.delivery.work import Job
from core.store.queries.delivery import DueLink, primaries_of


class MergesThere(Work):
    """Carries out what a mapping's `on_merge: merge` asks for."""

    def __init__(self, looks: Looks, parts: tuple[Any, ...]) -> None:
        """Take how records are looked up, and what a pass works with."""
        super().__init__(*parts)
        self._looks = looks

    def merge(self, links: Sequence[DueLink]) -> None:
        """Merge the records of these links into the ones that are written, all those of one person in one call."""
        target = self._target
        primaries = primaries_of(self._snapshot, target.connection, target.object, [link.golden_id for link in links])
        for golden_id in dict.fromkeys(link.golden_id for link in links):
            losers = [link for link in links if link.golden_id == golden_id]
            kept = primaries.get(golden_id)
            if kept is None or kept.remote_id is None:
                self._record([self._maker.relinked(link) for link in losers])
            else:
                self._merge(kept, losers)

    def _merge(self, kept: DueLink, losers: Sequence[DueLink]) -> None:
        stands = self._stands([kept, *losers])
        survivor = stands[kept.id]
        alive = [link for link in losers if stands[link.id] == link.remote_id]
        for link in losers:
            if link not in alive:  # a call whose answer was lost has done it, or somebody there has
                self._done(kept, link, stands[link.id] or survivor or str(kept.remote_id))
        if alive and survivor is None:
            gone = Missing(f"The record {kept.remote_id}, into which it was to be merged, is not there any more.")
            self._record([self._maker.refused(link, gone) for link in alive])
        elif alive:
            self._take(kept, alive, self._ask(str(survivor), alive))

    def _stands(self, links: Sequence[DueLink]) -> dict[str, str | None]:
        """Under which id each record is there now; None when it is gone. Where nothing can be looked up, they are believed to be."""
        if self._target.facts.finds is None:
            return {link.id: link.remote_id for link in links}
        found = self._looks.find([Match.on("id", link.remote_id or "") for link in links])
        told: dict[str, str | None] = {}
        for link in links:
            ids = [str(change.id) for change in found.get(Match.on("id", link.remote_id or ""), ())]
            told[link.id] = link.remote_id if link.remote_id in ids else next(iter(ids), None)
        return told

    def _ask(self, survivor: str, losers: Sequence[DueLink]) -> Receipt:
        connector, name = self._target.connector, ObjectName(self._target.object)
        if getattr(connector, "merge", None) is None:
            return Refused(Invalid("Its connector cannot merge records.", hint="Set `on_merge` to relink or flag in the mapping."))
        receipt = self._call(lambda: connector.merge(name, NativeId(survivor), [NativeId(link.remote_id or "") for link in losers]))
        if not isinstance(receipt, Applied | Refused):
            raise ContractBroken("A merge was answered neither by Applied nor by Refused.")
        return receipt

    def _take(self, kept: DueLink, losers: Sequence[DueLink], receipt: Receipt) -> None:
        hands = self._hands
        jobs = [Job(link, self._write(link)) for link in losers]
        self._record([], [self._maker.attempt_row(job, receipt, hands.run_id, hands.new_id()) for job in jobs])
        if isinstance(receipt, Refused):
            if isinstance(receipt.error, StopConnection):
                raise receipt.error
            # one that is missing may have been merged by a call that was still under way: it is looked at again
            error = TryLater(receipt.error.message) if isinstance(receipt.error, Missing) else receipt.error
            self._record([self._maker.refused(link, error) for link in losers])
            return
        assert isinstance(receipt, Applied)
        for link in losers:
            reason = receipt.refused_fields.get(link.remote_id or "")
            if reason is None:
                self._done(kept, link, receipt.id)
            else:
                self._record([self._maker.refused(link, Invalid(reason))])

    def _write(self, link: DueLink) -> Write:
        key = f"{link.id}.{link.wanted_version}"
        return Write(key, ObjectName(self._target.object), {}, WriteKind.MERGE, NativeId(link.remote_id or ""))

    def _done(self, kept: DueLink, link: DueLink, survivor: str) -> None:
        if survivor != kept.remote_id:
            self._looks.moved(kept, survivor)
        self._tally.add("merged_there")
        self._record([self._maker.merged_there(link, survivor)])
