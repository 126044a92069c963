"""From a golden record to its links: what is wanted there, or why nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.model.ids import GoldenId, KeyId, LinkId
from core.model.plan import LinkChange
from core.model.records import LinkRole, LinkState, LinkWant, Scalar


@dataclass(frozen=True, slots=True)
class Want:
    """What a sync mapping asks for; `refusal` says why nothing is to be sent."""

    connection: str
    object: str
    mapping: str
    mapping_version: str
    fields: Mapping[str, Scalar]
    refusal_code: str | None = None
    refusal: str | None = None


def plan_links(
    golden_id: GoldenId, key_id: KeyId, wants: Sequence[Want], existing: Sequence[LinkWant], new_id: Callable[[], str]
) -> list[LinkChange]:
    """Compare wants with the existing links and give the changes, nothing where all is as wanted."""
    changes: list[LinkChange] = []
    for link in _demote(existing):
        changes.append(_regrouped(link, golden_id))
    primaries = {(link.connection, link.object): link for link in _primaries(existing)}
    for want in wants:
        found = primaries.get((want.connection, want.object))
        change = _new(golden_id, key_id, want, new_id) if found is None else _changed(golden_id, want, found)
        if change is not None:
            changes.append(change)
        if found is not None:
            del primaries[(want.connection, want.object)]
    others = [link for link in existing if link.role is not LinkRole.PRIMARY]
    changes += [_regrouped(link, golden_id) for link in [*primaries.values(), *others] if link.golden_id != golden_id]
    return changes


def release_links(wants: Sequence[Want], existing: Sequence[LinkWant]) -> list[LinkChange]:
    """Let go of the links that no mapping writes any more: nothing is written there, and nothing waits for it."""
    written = {(want.connection, want.object) for want in wants}
    return [
        replace(
            _regrouped(link, link.golden_id),
            state=LinkState.NOT_WANTED,
            wanted_version=link.wanted_version + 1,
            reason_code="released",
            reason=f"No mapping writes '{link.object}' of '{link.connection}' any more.",
        )
        for link in _primaries(existing)
        if (link.connection, link.object) not in written and link.state is not LinkState.NOT_WANTED
    ]


def _primaries(existing: Sequence[LinkWant]) -> list[LinkWant]:
    """Choose one primary per object: the one that has a remote record, then the oldest."""
    best: dict[tuple[str, str], LinkWant] = {}
    for link in sorted((x for x in existing if x.role is LinkRole.PRIMARY), key=lambda x: (x.remote_id is None, x.id)):
        best.setdefault((link.connection, link.object), link)
    return list(best.values())


def _demote(existing: Sequence[LinkWant]) -> list[LinkWant]:
    """Links that a merge left over: they become secondary and are not written any more."""
    kept = {link.id for link in _primaries(existing)}
    return [
        LinkWant(
            link.id,
            link.golden_id,
            link.connection,
            link.object,
            LinkRole.SECONDARY,
            LinkState.NOT_WANTED,
            link.mapping,
            link.mapping_version,
            link.wanted,
            link.wanted_version,
            link.key_id,
            link.remote_id,
        )
        for link in existing
        if link.role is LinkRole.PRIMARY and link.id not in kept
    ]


def _regrouped(link: LinkWant, golden_id: GoldenId) -> LinkChange:
    demoted = link.role is LinkRole.SECONDARY
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
        reason_code="merged" if demoted else link.reason_code,
        reason="This person's records were merged; the other remote record is the one that is written." if demoted else link.reason,
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
