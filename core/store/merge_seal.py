"""What two golden records were before they were merged, as the sealed column of the merge's row, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.model.ids import GoldenId, InboxId, KeyId, LinkId, ObservationId
from core.model.merges import Joining, MergeEvent, Side
from core.model.records import Errand, IdentityKey, LinkRole, LinkState, LinkWant
from core.store.codec import pack, unpack
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import ConsentRow, IdentityKeyRow, Inbox

_CHUNK = 300
_PLACE = "merge_event.parts"
_NOTHING = Side((), (), ())
"""What is known of both sides once a merge was taken back."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store knows of golden records beside what a decision loads."""

    keys: Mapping[str, list[list[str]]]
    consents: Mapping[str, list[str]]
    inbox: Mapping[str, list[int]]


def joining_rows(
    snapshot: Snapshot, joinings: Sequence[Joining], key_ids: Mapping[GoldenId, KeyId], at: datetime
) -> Iterable[dict[str, Any]]:
    """Give the rows of merges; what each of the two owned is read from the snapshot that the decision saw."""
    ids = sorted({each for joining in joinings for side in (joining.lost, joining.kept) for each in side.ids})
    stored = _Stored(
        _by_golden(snapshot, IdentityKeyRow, ids, lambda row: [row.kind, bytes(row.digest).hex()]),
        _by_golden(snapshot, ConsentRow, ids, lambda row: row.id),
        _by_golden(snapshot, Inbox, ids, lambda row: row.id),
    )
    for joining in joinings:
        key_id = key_ids[joining.loser]
        parts = pack({"lost": _packed(joining.lost, stored), "kept": _packed(joining.kept, stored)})
        yield {
            "workspace": snapshot.workspace,
            "id": snapshot.store.new_id(),
            "at": at,
            "survivor": joining.survivor,
            "loser": joining.loser,
            "rule": joining.cause.by,
            "why": joining.cause.why,
            "inbox_id": joining.cause.inbox_id,
            "key_id": key_id,
            "sealed_parts": snapshot.store.vault.seal(snapshot.key(key_id), _PLACE, parts),
        }


def _by_golden(snapshot: Snapshot, model: Any, ids: Sequence[str], told: Any) -> dict[str, list[Any]]:
    table = table_of(model)
    found: dict[str, list[Any]] = {}
    for start in range(0, len(ids), _CHUNK):
        here = (table.c.workspace == snapshot.workspace) & table.c.golden_id.in_(ids[start : start + _CHUNK])
        columns = [table.c[name] for name in ("golden_id", "id", "kind", "digest") if name in table.c]
        for row in snapshot.all(select(*columns).where(here)):
            found.setdefault(row.golden_id, []).append(told(row))
    return found


def _packed(side: Side, stored: _Stored) -> dict[str, Any]:
    keys = [[key.kind, key.digest.hex()] for key in side.keys]
    return {
        "ids": side.ids,
        "observations": side.observations,
        "links": [[_plain(getattr(link, each.name)) for each in fields(LinkWant)] for link in side.links],
        "keys": [*keys, *(key for each in side.ids for key in stored.keys.get(each, ()) if key not in keys)],
        "consents": [consent for each in side.ids for consent in stored.consents.get(each, ())],
        "inbox": [row for each in side.ids for row in stored.inbox.get(each, ())],
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def read_merge_event(snapshot: Snapshot, row: Any) -> MergeEvent:
    """Open a merge's row; raises Unreadable when the person was erased."""
    sealed = snapshot.open(row.key_id, _PLACE, row.sealed_parts)
    lost, kept = (_NOTHING, _NOTHING) if sealed is None else (_side(side) for side in map(unpack(sealed).get, ("lost", "kept")))
    return MergeEvent(
        id=row.id,
        at=row.at,
        loser=GoldenId(row.loser),
        survivor=GoldenId(row.survivor),
        by=row.rule,
        why=row.why,
        inbox_id=None if row.inbox_id is None else InboxId(row.inbox_id),
        lost=lost,
        kept=kept,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )


def _side(parts: Mapping[str, Any]) -> Side:
    return Side(
        ids=tuple(GoldenId(each) for each in parts["ids"]),
        observations=tuple(ObservationId(each) for each in parts["observations"]),
        links=tuple(_link(dict(zip((each.name for each in fields(LinkWant)), link, strict=True))) for link in parts["links"]),
        keys=tuple(IdentityKey(kind, bytes.fromhex(digest)) for kind, digest in parts["keys"]),
        consents=tuple(parts["consents"]),
        inbox=tuple(InboxId(each) for each in parts["inbox"]),
    )


def _link(parts: dict[str, Any]) -> LinkWant:
    kinds = {"id": LinkId(parts["id"]), "golden_id": GoldenId(parts["golden_id"]), "key_id": KeyId(parts["key_id"])}
    errand = Errand(parts["errand"]) if parts["errand"] else None
    return LinkWant(**parts | kinds | {"role": LinkRole(parts["role"]), "state": LinkState(parts["state"]), "errand": errand})
