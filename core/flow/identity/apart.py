"""Who an observation belongs to where its keys lead to several golden records, some of which a person told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.flow.identity.keys import strength
from core.model.ids import GoldenId
from core.model.records import IdentityKey


def together(
    keys: Sequence[IdentityKey],
    owners: Mapping[IdentityKey, GoldenId],
    are_apart: Callable[[GoldenId, GoldenId], bool],
) -> tuple[list[GoldenId], list[GoldenId]]:
    """Part the owners of keys into those that may be one, oldest first, and those that a person told apart from one of them.

    The owner of the strongest key comes first, then the next one that nobody told apart from those before it.
    """
    mine = sorted((strength(key), owners[key]) for key in keys if key in owners)
    kept: list[GoldenId] = []
    barred: list[GoldenId] = []
    for owner in dict.fromkeys(owner for _, owner in mine):
        (barred if any(are_apart(owner, other) for other in kept) else kept).append(owner)
    return sorted(kept), sorted(barred)


def shared_kinds(keys: Sequence[IdentityKey], owners: Mapping[IdentityKey, GoldenId], owner: GoldenId) -> list[str]:
    """The kinds of the keys that one golden record owns, the strongest first."""
    return list(dict.fromkeys(key.kind for key in sorted(keys, key=strength) if owners.get(key) == owner))
