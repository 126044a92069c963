"""From a golden record to its links: what is wanted there, or why nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.model.ids import GoldenId, KeyId, LinkId
from core.model.plan import LinkChange
from core.model.records import FLAGGED, RELINKED, TO_MERGE, Closed, Errand, LinkRole, LinkState, LinkWant, OnMerge, Scalar

_GONE = (Closed.DELETED, Closed.DELETED_BY_US)


@dataclass(frozen=True, slots=True)
class Want:
    """What a sync mapping asks for; `refusal` says why nothing is to be sent.

    `recreate`: a deleted record is made anew when the person is heard of. `converts_to`: a record of one of these objects
    bars a new one here. `on_merge`: what becomes of a second record there.
    """

    connection: str
    object: str
    mapping: str
    mapping_version: str
    fields: Mapping[str, Scalar]
    refusal_code: str | None = None
    refusal: str | None = None
    recreate: bool = False
    converts_to: tuple[str, ...] = ()
    on_merge: OnMerge = OnMerge.RELINK


def plan_links(
    golden_id: GoldenId,
    key_id: KeyId,
    wants: Sequence[Want],
    existing: Sequence[LinkWant],
    new_id: Callable[[], str],
    *,
    heard: bool = False,
) -> list[LinkChange]:
    """Compare wants with the existing links and give the changes, nothing where all is as wanted.

    `heard`: the person was heard of now; that alone opens what an archived or a deleted record has closed.
    """
    return _Planning(golden_id, key_id, existing, new_id, heard).run(wants)


@dataclass(frozen=True, slots=True)
class _Planning:
    """The links of one golden record."""

    golden_id: GoldenId
    key_id: KeyId
    existing: Sequence[LinkWant]
    new_id: Callable[[], str]
    heard: bool

    def run(self, wants: Sequence[Want]) -> list[LinkChange]:
        modes = {(want.connection, want.object): want.on_merge for want in wants}
        changes: list[LinkChange] = [_demoted(link, self.golden_id) for link in _demote(self.existing, modes)]
        primaries = {(link.connection, link.object): link for link in _primaries(self.existing)}
        for want in wants:
            found = primaries.pop((want.connection, want.object), None)
            if found is not None and self.heard and want.recreate and found.reason_code in _GONE and found.errand is None:
                changes.append(regrouped(replace(found, role=LinkRole.SECONDARY), self.golden_id))
                found = None
            change = self._wanted(_barred(want, self.existing), found)
            changes += [] if change is None else [change]
        others = [link for link in self.existing if link.role is not LinkRole.PRIMARY]
        strays = [link for link in [*primaries.values(), *others] if link.golden_id != self.golden_id]
        return changes + [regrouped(link, self.golden_id) for link in strays]

    def _wanted(self, want: Want, found: LinkWant | None) -> LinkChange | None:
        if found is None:
            converted = any(link.role is LinkRole.PREDECESSOR and _is_at(link, want) for link in self.existing)
            return None if converted else _new(self.golden_id, self.key_id, want, self.new_id)
        opens = self.heard and found.reason_code == Closed.ARCHIVED and found.errand is None
        if found.is_closed and not opens:
            return None if found.golden_id == self.golden_id else regrouped(found, self.golden_id)
        return _changed(self.golden_id, want, found)


def _is_at(link: LinkWant, want: Want) -> bool:
    return (link.connection, link.object) == (want.connection, want.object)


def _barred(want: Want, existing: Sequence[LinkWant]) -> Want:
    """What a record turns into when it is converted, bars a new record of the kind from which it is."""
    bars = (link for link in existing if link.connection == want.connection and link.object in want.converts_to and link.remote_id)
    bar = next((link for link in bars if not link.is_closed), None)
    known = any(_is_at(link, want) and link.remote_id for link in existing)
    if bar is None or known:
        return want
    refusal = f"This person is a {bar.object} there already ({bar.remote_id})."
    return replace(want, refusal_code="already_converted", refusal=refusal)


def release_links(wants: Sequence[Want], existing: Sequence[LinkWant]) -> list[LinkChange]:
    """Let go of the links that no mapping writes any more: nothing is written there, and nothing waits for it."""
    written = {(want.connection, want.object) for want in wants}
    return [
        replace(
            regrouped(link, link.golden_id),
            state=LinkState.NOT_WANTED,
            wanted_version=link.wanted_version + 1,
            reason_code="released",
            reason=f"No mapping writes '{link.object}' of '{link.connection}' any more.",
        )
        for link in _primaries(existing)
        if (link.connection, link.object) not in written and link.state is not LinkState.NOT_WANTED
    ]


def _primaries(existing: Sequence[LinkWant]) -> list[LinkWant]:
    """Choose one primary per object: one that is open, that has a remote record, then the oldest."""
    best: dict[tuple[str, str], LinkWant] = {}
    primaries = (link for link in existing if link.role is LinkRole.PRIMARY)
    for link in sorted(primaries, key=lambda x: (x.is_closed, x.remote_id is None, x.id)):
        best.setdefault((link.connection, link.object), link)
    return list(best.values())


def _demote(existing: Sequence[LinkWant], modes: Mapping[tuple[str, str], OnMerge]) -> list[LinkWant]:
    """Links that a merge left over: they become secondary, and what is not closed goes the way that the mapping says."""
    kept = {(link.connection, link.object): link for link in _primaries(existing)}
    given = [link for link in existing if link.role is LinkRole.PRIMARY and kept[link.connection, link.object].id != link.id]
    return [_given_way(link, kept[link.connection, link.object], modes.get((link.connection, link.object))) for link in given]


def _given_way(link: LinkWant, kept: LinkWant, mode: OnMerge | None) -> LinkWant:
    link = replace(link, role=LinkRole.SECONDARY)
    if link.is_closed:
        return replace(link, state=LinkState.NOT_WANTED)
    both = link.remote_id is not None and kept.remote_id is not None and not kept.is_closed
    if both and mode is OnMerge.MERGE:
        reason = f"This person's records were merged here; this one is to be merged into {kept.remote_id} there."
        return replace(link, state=LinkState.BEHIND, errand=Errand.MERGE, reason_code=TO_MERGE, reason=reason)
    if both and mode is OnMerge.FLAG:
        reason = f"This person has two records there: {link.remote_id}, and {kept.remote_id}, which is written."
        return replace(link, state=LinkState.NOT_WANTED, reason_code=FLAGGED, reason=reason)
    reason = "This person's records were merged; the other remote record is the one that is written."
    return replace(link, state=LinkState.NOT_WANTED, reason_code=RELINKED, reason=reason)


def _demoted(link: LinkWant, golden_id: GoldenId) -> LinkChange:
    """With an errand it is a new want: what a job there does for the old one does not settle it."""
    change = regrouped(link, golden_id)
    return replace(change, wanted_version=link.wanted_version + 1) if link.errand is Errand.MERGE else change


def regrouped(link: LinkWant, golden_id: GoldenId) -> LinkChange:
    """The link as it is, in the golden record where it belongs now."""
    return LinkChange(
        link.id,
        golden_id,
        link.key_id,
        link.connection,
        link.object,
        link.role,
        link.state,
        link.mapping,
        link.mapping_version,
        link.wanted,
        link.wanted_version,
        is_new=False,
        was_version=link.wanted_version,
        reason_code=link.reason_code,
        reason=link.reason,
        errand=link.errand,
    )


def _new(golden_id: GoldenId, key_id: KeyId, want: Want, new_id: Callable[[], str]) -> LinkChange:
    return LinkChange(
        LinkId(new_id()),
        golden_id,
        key_id,
        want.connection,
        want.object,
        LinkRole.PRIMARY,
        LinkState.NOT_WANTED if want.refusal else LinkState.BEHIND,
        want.mapping,
        want.mapping_version,
        want.fields,
        1,
        is_new=True,
        reason_code=want.refusal_code,
        reason=want.refusal,
    )


def _changed(golden_id: GoldenId, want: Want, link: LinkWant) -> LinkChange | None:
    was_refused = link.state is LinkState.NOT_WANTED
    same = dict(link.wanted) == dict(want.fields) and link.golden_id == golden_id and was_refused == bool(want.refusal)
    if same:
        return None
    return LinkChange(
        link.id,
        golden_id,
        link.key_id,
        link.connection,
        link.object,
        LinkRole.PRIMARY,
        LinkState.NOT_WANTED if want.refusal else LinkState.BEHIND,
        want.mapping,
        want.mapping_version,
        want.fields,
        link.wanted_version + 1,
        is_new=False,
        was_version=link.wanted_version,
        reason_code=want.refusal_code,
        reason=want.refusal,
    )
