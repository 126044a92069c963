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
    Clear,
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
from core.flow.delivery.work import Hands, Job, Tally, Target, vendor_values
from core.flow.mapping.model import OWN, IfNone, Member, Mode
from core.store.commands.delivery import LinkOutcome
from core.store.store import Snapshot, Store


@dataclass(frozen=True, slots=True)
class _Part:
    """What a member comes to: the record that is there (`id`), the one to be made (`target`), and what is written into it.

    `asked`: by what it was looked for. One that `stays` is only pointed to.
    """

    object: ObjectName
    id: str | None = None
    target: NativeId | Match | None = None
    fields: Mapping[str, WriteValue] = field(default_factory=dict)
    asked: tuple[Match, ...] = ()
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A job with the writes of all records that change, in their order, by the names of the members.

    `ids` are the records that are known, `noted` the names under which the link remembers them, `asked` by what they were looked for.
    """

    job: Job
    writes: Mapping[str, Write]
    ids: Mapping[str, str]
    noted: Mapping[str, str]
    asked: Mapping[str, tuple[Match, ...]]

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
        known = self.job.link.agreement.sent
        noted = {name: ids[alias] for alias, name in self.noted.items() if alias in ids and known.get(name) != ids[alias]}
        job = replace(self.job, write=replace(self.job.write, fields={**self.job.write.fields, **noted}))
        return job, replace(own, refused_fields=refused)

    def _refused(self, alias: str, error: ConnectorError, siblings: Mapping[str, str]) -> tuple[Job, Receipt]:
        """Whoever is to blame is told by name. An id that is not there any more is forgotten, so that it is looked for anew."""
        pointed = siblings.get(named(alias, error.field or "")) if isinstance(error, Invalid) else None
        lost = self.noted.get(alias if isinstance(error, Missing) else pointed or OWN)
        job = replace(self.job, forgets=lost)
        if alias == OWN:
            return job, Refused(error)
        return job, Refused(_of_member(alias, str(self.writes[alias].object), error))


def named(alias: str, name: str) -> str:
    """The name of a member's field among the link's."""
    return name if alias == OWN else f"{alias}.{name}"


def id_name(member: Member) -> str:
    """Under this name the id of a member's record stands among what the link sent; no vendor's field is named so.

    It tells the object, and whether the record was made by us or found: when a mapping says otherwise, the id counts no more.
    """
    found = "" if member.mode is Mode.CREATE else ".found"
    return f"{member.alias}.@{member.object}{found}"


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

    def __init__(self, store: Store, target: Target, hands: Hands, tally: Tally, snapshot: Snapshot) -> None:
        super().__init__(store, target, hands, tally, snapshot)
        self._found: dict[tuple[str, Match], Sequence[NativeId]] = {}
        self._noted = {member.alias: id_name(member) for member in target.group.members}

    def concerns(self, job: Job) -> bool:
        """Whether more than the link's own record takes part."""
        group, siblings = self._target.group, self._target.rules.siblings
        return any(name in siblings or group.holder(name) != OWN for name in job.write.fields)

    def prepare(self, jobs: Sequence[Job]) -> None:
        """Look members of all jobs up, as many in a call as the vendor allows."""
        for member in self._target.group.members:
            asked = [self._asked(member, job) for job in jobs if self._is_looked_for(member, job)]
            while any(asked):
                self._look(member.object, [each[0] for each in asked if each])
                asked = [each[1:] for each in asked if each and not self._found[member.object, each[0]]]

    def whole(self, job: Job) -> Whole | LinkOutcome:
        """Give all that is to be written, or say why nothing can be."""
        parts = {OWN: self._own(job)}
        for member in self._target.group.members:
            if not self._takes_part(member, job):
                continue
            part = self._part(member, job)
            if isinstance(part, LinkOutcome):
                return part
            parts[member.alias] = part
        ids = {alias: part.id for alias, part in parts.items() if part.id is not None}
        asked = {alias: part.asked for alias, part in parts.items()}
        return Whole(job, self._writes_of(job, self._with_pointers(job, parts)), ids, self._noted, asked)

    def send(self, whole: Whole) -> Sequence[Receipt]:
        """Write them; only what has to do with the whole call is raised."""
        if not whole.writes:
            return []
        try:
            receipts: Sequence[Receipt] = self._call(lambda: self._target.connector.write_group(list(whole.writes.values())))
        except ContractBroken as error:
            return [Refused(error if at == 0 else Undone()) for at in range(len(whole.writes))]
        for (alias, write), receipt in zip(whole.writes.items(), receipts, strict=False):
            if isinstance(receipt, Applied):  # whoever looks for the same in this pass finds it
                self._found |= {(write.object, match): [receipt.id] for match in whole.asked.get(alias, ())}
        return receipts

    def _takes_part(self, member: Member, job: Job) -> bool:
        return any(self._target.group.holder(name) == member.alias for name in job.link.wanted)

    def _is_looked_for(self, member: Member, job: Job) -> bool:
        """Whether it is not known yet which record it is, or it is to be another one."""
        if member.mode is Mode.CREATE or not self._takes_part(member, job):
            return False
        changed = self._fields(member, job.write.fields)
        return self._known(member, job) is None or any(name in changed for name in member.match)

    def _known(self, member: Member, job: Job) -> NativeId | None:
        known = job.link.agreement.sent.get(id_name(member))
        return None if known is None else NativeId(str(known))

    def _own(self, job: Job) -> _Part:
        siblings, holder = self._target.rules.siblings, self._target.group.holder
        fields = {name: value for name, value in job.write.fields.items() if holder(name) == OWN and name not in siblings}
        return _Part(job.write.object, job.link.remote_id, job.write.target, fields)

    def _part(self, member: Member, job: Job) -> _Part | LinkOutcome:
        name, known = ObjectName(member.object), self._known(member, job)
        if self._is_looked_for(member, job):
            return self._looked_up(member, job)
        if known is not None:
            stays = member.mode is Mode.LOOKUP
            return _Part(name, known, known, {} if stays else self._fields(member, job.write.fields), stays=stays)
        return _Part(name, None, Match.on(member.external_id or "", f"{job.link.id}-{member.alias}"), self._wanted(member, job))

    def _looked_up(self, member: Member, job: Job) -> _Part | LinkOutcome:
        name, wanted, asked = ObjectName(member.object), self._wanted(member, job), self._asked(member, job)
        self._look(member.object, asked)
        found = next((hits for match in asked if (hits := self._found[member.object, match])), ())
        if len(found) > 1:
            return self._maker.member_ambiguous(job.link, member.alias, member.object, found)
        if found:
            stays = member.mode is Mode.LOOKUP
            rest = {each: value for each, value in wanted.items() if each not in member.match and not stays}
            return _Part(name, found[0], found[0], rest, stays=stays)
        key = self._shared_key(member, wanted)
        if member.if_none is IfNone.FAIL or key is None:
            return self._maker.member_missing(job.link, member.alias, member.object, member.match)
        return _Part(name, None, key, wanted, asked)

    def _asked(self, member: Member, job: Job) -> tuple[Match, ...]:
        """By what a member is looked for, in this order: the mapping's fields, and the id that it has if one like it was made before."""
        wanted = self._wanted(member, job)
        asked = tuple(Match.on(name, str(wanted[name])) for name in member.match if name in wanted and not isinstance(wanted[name], Clear))
        key = self._shared_key(member, wanted) if member.if_none is IfNone.CREATE else None
        return asked if key is None else (*asked, key)

    def _look(self, object_name: str, matches: Sequence[Match]) -> None:
        """Find what this pass has not looked for yet."""
        new = [match for match in dict.fromkeys(matches) if (object_name, match) not in self._found]
        size = self._target.find_sizes.get(object_name, 1)
        for start in range(0, len(new), size):
            part = new[start : start + size]
            found = self._call(partial(self._target.connector.find, ObjectName(object_name), part))
            self._found |= {(object_name, match): list(dict.fromkeys(hit.id for hit in found.get(match, ()))) for match in part}

    def _shared_key(self, member: Member, wanted: Mapping[str, WriteValue]) -> Match | None:
        """By this id the record is made that was not found: it is the same for all who look for the same.

        So two people of one company, of whom neither finds it yet, make it once. None where there is no value to look for.
        """
        name = next((each for each in member.match if each in wanted and not isinstance(wanted[each], Clear)), None)
        if name is None:
            return None
        kind = f"member:{self._target.connection}:{member.object}.{name}"
        digest = self._store.vault.digest(kind, str(wanted[name]).strip().casefold())
        return Match.on(member.external_id or "", f"m{digest.hex()[:25]}")

    def _wanted(self, member: Member, job: Job) -> dict[str, Any]:
        return self._fields(member, vendor_values(job.link.wanted, self._target.rules))

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
            if target not in job.link.wanted or holder not in filled or alias not in filled or filled[holder].stays:
                continue
            part, other = filled[holder], filled[alias]
            before = job.link.remote_id if alias == OWN else job.link.agreement.sent.get(self._noted[alias])
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
