"""Writing a link's record together with the others of its mapping's group, all or none.

What is known of the members stands among what the link knows of its own record, under names such as `account.Name`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from core.contract import (
    Applied,
    Change,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Effect,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    Receipt,
    Ref,
    Refused,
    Sibling,
    Undone,
    Write,
    WriteValue,
)
from core.flow.delivery.calling import Work
from core.flow.delivery.work import Job, vendor_values
from core.flow.mapping.model import OWN, IfNone, Member, Mode
from core.store.commands.delivery import LinkOutcome
from core.store.queries.delivery import DueLink

ID = "@id"
"""Under this name the id of a member's record stands beside its fields; no vendor's field is named so."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a member comes to: the record that is there (`id`), the one to be made (`target`), and what is written into it."""

    object: ObjectName
    id: str | None = None
    target: NativeId | Match | None = None
    fields: Mapping[str, WriteValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whole:
    """A job with the writes of all records that change, in their order, by the names of the members."""

    job: Job
    writes: Mapping[str, Write]
    ids: Mapping[str, str]

    def told(self, receipts: Sequence[Receipt], siblings: Mapping[str, str]) -> tuple[Job, Receipt]:
        """Fold the receipts into one for the link, and give the job as it is to be remembered."""
        if len(receipts) != len(self.writes):
            return self.job, Refused(ContractBroken(f"{len(self.writes)} writes were answered by {len(receipts)} receipts."))
        by_name = dict(zip(self.writes, receipts, strict=True))
        applied = {alias: receipt for alias, receipt in by_name.items() if isinstance(receipt, Applied)}
        if len(applied) == len(by_name):
            return self._done(applied)
        refusals = {alias: receipt for alias, receipt in by_name.items() if isinstance(receipt, Refused)}
        blamed = [alias for alias, receipt in refusals.items() if not isinstance(receipt.error, Undone)]
        if applied or len(refusals) != len(by_name) or len(blamed) != 1:
            return self.job, Refused(ContractBroken("The connector wrote a part of a group, or did not say whose fault it was."))
        return self._refused(blamed[0], refusals[blamed[0]].error, siblings)

    def _done(self, applied: Mapping[str, Applied]) -> tuple[Job, Receipt]:
        ids = {**self.ids, **{alias: str(receipt.id) for alias, receipt in applied.items()}}
        own = applied.get(OWN) or Applied(NativeId(ids[OWN]), Effect.UPDATED if applied else Effect.UNCHANGED)
        refused = {named(alias, name): why for alias, receipt in applied.items() for name, why in receipt.refused_fields.items()}
        noted = {named(alias, ID): native_id for alias, native_id in ids.items() if alias != OWN}
        job = replace(self.job, write=replace(self.job.write, fields={**self.job.write.fields, **noted}))
        return job, replace(own, refused_fields=refused)

    def _refused(self, alias: str, error: ConnectorError, siblings: Mapping[str, str]) -> tuple[Job, Receipt]:
        """Whoever is to blame is told by name. An id that is not there any more is forgotten, so that it is looked for anew."""
        pointed = siblings.get(named(alias, error.field or "")) if isinstance(error, Invalid) else None
        lost = alias if isinstance(error, Missing) else pointed
        job = replace(self.job, forgets=named(lost, ID)) if lost not in (None, OWN) else self.job
        if alias == OWN:
            return job, Refused(error)
        return job, Refused(_of_member(alias, str(self.writes[alias].object), error))


def named(alias: str | None, name: str) -> str:
    """The name of a member's field among the link's."""
    return name if alias in (None, OWN) else f"{alias}.{name}"


def _of_member(alias: str, object_name: str, error: ConnectorError) -> ConnectorError:
    """The error in words about the whole. What the vendor names beside it is about the member, not about the link's own record."""
    message = f"Nothing was written, because '{alias}' ({object_name}) was refused: {error.message}"
    if isinstance(error, Missing):
        return Missing(message, hint=error.hint)
    if isinstance(error, Duplicate):
        return Duplicate(message, hint=error.hint)
    told = copy(error)
    told.message, told.args = message, (message,)
    return told


class Groups(Work):
    """Works out what a job comes to together with the members of its group."""

    def concerns(self, job: Job) -> bool:
        """Whether more than the link's own record takes part."""
        group, siblings = self._target.group, self._target.rules.siblings
        return any(name in siblings or group.holder(name) != OWN for name in job.write.fields)

    def whole(self, job: Job) -> Whole | LinkOutcome:
        """Look members up and give all that is to be written, or say why nothing can be."""
        parts = {OWN: self._own(job)}
        for member in self._target.group.members:
            if not any(self._target.group.holder(name) == member.alias for name in job.link.wanted):
                continue
            part = self._part(member, job)
            if isinstance(part, LinkOutcome):
                return part
            parts[member.alias] = part
        ids = {alias: part.id for alias, part in parts.items() if part.id is not None}
        return Whole(job, self._writes_of(job, self._with_pointers(job, parts)), ids)

    def send(self, whole: Whole) -> Sequence[Receipt]:
        """Write them; only what has to do with the whole call is raised."""
        if not whole.writes:
            return []
        try:
            receipts: Sequence[Receipt] = self._call(lambda: self._target.connector.write_group(list(whole.writes.values())))
        except ContractBroken as error:
            return [Refused(error if at == 0 else Undone()) for at in range(len(whole.writes))]
        return receipts

    def _own(self, job: Job) -> _Part:
        siblings, holder = self._target.rules.siblings, self._target.group.holder
        fields = {name: value for name, value in job.write.fields.items() if holder(name) == OWN and name not in siblings}
        return _Part(job.write.object, job.link.remote_id, job.write.target, fields)

    def _part(self, member: Member, job: Job) -> _Part | LinkOutcome:
        link, name = job.link, ObjectName(member.object)
        known = link.agreement.sent.get(named(member.alias, ID))
        changed = self._fields(member, job.write.fields)
        moved = any(each in changed for each in member.match)
        if known is not None and not moved:
            written = {} if member.mode is Mode.LOOKUP else changed
            return _Part(name, str(known), NativeId(str(known)), written)
        wanted = self._fields(member, vendor_values(link.wanted, self._target.rules))
        if member.mode is Mode.CREATE:
            return _Part(name, None, Match.on(member.external_id or "", f"{link.id}-{member.alias}"), wanted)
        return self._looked_up(member, link, wanted)

    def _looked_up(self, member: Member, link: DueLink, wanted: Mapping[str, WriteValue]) -> _Part | LinkOutcome:
        name = ObjectName(member.object)
        values = [(each, str(wanted[each])) for each in member.match if isinstance(wanted.get(each), str | int | float)]
        asked = [Match.on(each, value) for each, value in values]
        key = self._shared_key(member, values) if member.if_none is IfNone.CREATE else None
        found = self._first(name, [*asked, key] if key is not None else asked)
        if len(found) > 1:
            return self._maker.member_ambiguous(link, member.alias, member.object, [change.id for change in found])
        if found:
            rest = {each: value for each, value in wanted.items() if each not in member.match}
            return _Part(name, found[0].id, found[0].id, {} if member.mode is Mode.LOOKUP else rest)
        if key is None:
            return self._maker.member_missing(link, member.alias, member.object, [each for each, _ in values] or member.match)
        return _Part(name, None, key, wanted)

    def _first(self, name: ObjectName, matches: Sequence[Match]) -> Sequence[Change]:
        """The hits of the first of these by which anything is found."""
        for match in matches:
            hits = self._call(partial(self._target.connector.find, name, [match])).get(match, ())
            if hits:
                return list({change.id: change for change in hits}.values())
        return ()

    def _shared_key(self, member: Member, values: Sequence[tuple[str, str]]) -> Match | None:
        """By this id the record is made that was not found: it is the same for all who look for the same.

        So two people of one company, of whom neither finds it yet, make it once.
        """
        if not values:
            return None
        name, value = values[0]
        digest = self._store.vault.digest(f"member:{self._target.connection}:{member.object}.{name}", value.strip().casefold())
        return Match.on(member.external_id or "", f"m{digest.hex()[:25]}")

    def _fields(self, member: Member, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The member's own values among these, by the vendor's names."""
        holder, siblings = self._target.group.holder, self._target.rules.siblings
        mine = {name: value for name, value in fields.items() if holder(name) == member.alias and name not in siblings}
        return {name.partition(".")[2]: value for name, value in mine.items()}

    def _with_pointers(self, job: Job, parts: Mapping[str, _Part]) -> dict[str, _Part]:
        """Add what points from one to another: where that is new, or leads to another record than before, or its holder is made."""
        filled = dict(parts)
        for target, alias in self._target.rules.siblings.items():
            holder = self._target.group.holder(target)
            if target not in job.link.wanted or holder not in filled or alias not in filled:
                continue
            part, other = filled[holder], filled[alias]
            before = job.link.remote_id if alias == OWN else job.link.agreement.sent.get(named(alias, ID))
            if target in job.write.fields or part.id is None or other.id is None or other.id != before:
                value: WriteValue = Sibling(_key(job, alias)) if other.id is None else Ref(other.object, NativeId(other.id))
                name = target if holder == OWN else target.partition(".")[2]
                filled[holder] = replace(part, fields={**part.fields, name: value})
        return filled

    def _writes_of(self, job: Job, parts: Mapping[str, _Part]) -> dict[str, Write]:
        """One write for each record that is made or changed; a member that is only pointed to has none."""
        changed = [alias for alias in self._target.group.order if alias in parts and (parts[alias].id is None or parts[alias].fields)]
        return {alias: Write(_key(job, alias), parts[alias].object, parts[alias].fields, target=parts[alias].target) for alias in changed}


def _key(job: Job, alias: str) -> str:
    return f"{job.write.key}.{alias}"
