"""Turning a plan into the command that stores it: plain values become sealed rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.model.ids import GoldenId, KeyId
from core.model.plan import GoldenChange, LinkChange, Plan, Settled
from core.model.records import LinkState
from core.model.vocabulary import Subject
from core.store.agreements import COLUMNS, agreement_columns
from core.store.codec import golden_values, observation_body, scalars
from core.store.commands.decision import Row, StoreDecision
from core.store.merge_seal import joining_rows
from core.store.store import Snapshot
from core.store.vault import SubjectKey

_STATES = {Settled.QUARANTINED: "quarantined", Settled.AGAIN: "to_read"}
_UNKNOWN: Row = dict.fromkeys(COLUMNS)


class PlanSealer:
    """Seals one plan. New subjects get new keys; known ones are opened from the snapshot that the decision saw."""

    def __init__(self, snapshot: Snapshot, at: datetime) -> None:
        """Take the snapshot (for keys) and the time of the decision."""
        self._snapshot = snapshot
        self._vault = snapshot.store.vault
        self._workspace = snapshot.workspace
        self._at = at
        self._new: dict[str, SubjectKey] = {}

    def seal(self, plan: Plan, lane: str, token: int) -> StoreDecision:
        """Give the command, to be written under the lane's lease."""
        for change in plan.goldens:
            if change.expected_version == 0:
                self._new[change.key_id] = self._vault.new_key(change.key_id)
        new = [change for change in plan.goldens if change.expected_version == 0]
        changed = [change for change in plan.goldens if change.expected_version]
        return StoreDecision(
            workspace=self._workspace,
            lane=lane,
            token=token,
            at=self._at,
            settlements=tuple(self._settlements(plan)),
            subject_keys=tuple({"workspace": self._workspace, "id": key.id, "wrapped": key.wrapped} for key in self._new.values()),
            new_goldens=tuple(self._new_golden(change) for change in new),
            changed_goldens=tuple(self._changed_golden(change) for change in changed),
            observations=tuple(self._observations(plan)),
            consents=tuple(self._consents(plan)),
            keys=tuple(
                {"workspace": self._workspace, "kind": key.kind, "digest": key.digest, "golden_id": owner} for key, owner in plan.keys
            ),
            moved=tuple(plan.moved.items()),
            joinings=tuple(joining_rows(self._snapshot, plan.joinings, self._key_of(plan), self._at)) if plan.joinings else (),
            unmoved=tuple(plan.unmoved.items()),
            new_links=tuple(self._new_link(link) for link in plan.links if link.is_new),
            changed_links=tuple(self._changed_link(link) for link in plan.links if not link.is_new),
            wake_lanes=tuple(
                sorted(
                    {(f"deliver:{link.connection}:{link.object}", link.connection) for link in plan.links if link.state is LinkState.BEHIND}
                )
            ),
            employers=tuple(self._employers(plan)),
            accepted=tuple({"workspace": self._workspace, "at": self._at, **asdict(lead)} for lead in plan.accepted),
            to_match=tuple((change.id, change.expected_version + 1) for change in plan.goldens),
            accounts=tuple(change.id for change in plan.goldens if change.subject is Subject.ACCOUNT and not change.gone_into),
        )

    def _employers(self, plan: Plan) -> Iterable[Row]:
        for golden_id, key in plan.employers:
            yield {"workspace": self._workspace, "kind": key.kind, "digest": key.digest, "golden_id": golden_id}

    def _key_of(self, plan: Plan) -> Mapping[GoldenId, KeyId]:
        return {change.id: change.key_id for change in plan.goldens}

    def _key(self, key_id: str) -> SubjectKey:
        return self._new.get(key_id) or self._snapshot.key(key_id)

    def _settlements(self, plan: Plan) -> Iterable[Row]:
        for settlement in plan.settlements:
            is_again = settlement.settled is Settled.AGAIN
            yield {
                "b_id": settlement.inbox_id,
                "state": _STATES.get(settlement.settled, "done"),
                "outcome": None if is_again else settlement.settled.value,
                "golden_id": None if is_again else settlement.golden_id,
                "reason_code": settlement.reason_code,
                "reason": settlement.reason,
                "settled_at": None if is_again else self._at,
                "native_id": settlement.native_id or None,
                "next_at": settlement.again_at,
            }

    def _new_golden(self, change: GoldenChange) -> Row:
        return {
            "workspace": self._workspace,
            "id": change.id,
            "subject": change.subject.value,
            "version": 1,
            "state": "active",
            "key_id": change.key_id,
            "born_of": change.born_of,
            "created_at": self._at,
            "updated_at": self._at,
            "sealed_values": self._vault.seal(self._key(change.key_id), "golden.values", golden_values(change.values)),
        }

    def _changed_golden(self, change: GoldenChange) -> Row:
        return {
            "b_id": change.id,
            "b_expected": change.expected_version,
            "version": change.expected_version + 1,
            "state": "merged" if change.gone_into else "active",
            "merged_into": change.gone_into,
            "sealed_values": self._vault.seal(self._key(change.key_id), "golden.values", golden_values(change.values)),
            "updated_at": self._at,
        }

    def _observations(self, plan: Plan) -> Iterable[Row]:
        for golden_id, key_id, observation in plan.observations:
            body = observation_body(observation.values, observation.keys, observation.consents)
            yield {
                "workspace": self._workspace,
                "id": observation.id,
                "golden_id": golden_id,
                "born_golden_id": golden_id,
                "subject": observation.subject.value,
                "observer": observation.observer,
                "authority": observation.authority,
                "at": observation.at,
                "inbox_id": observation.inbox_id,
                "mapping": observation.mapping,
                "mapping_version": observation.mapping_version,
                "key_id": key_id,
                "link_id": observation.link,
                "sealed_body": self._vault.seal(self._key(key_id), "observation.body", body),
            }

    def _consents(self, plan: Plan) -> Iterable[Row]:
        for golden_id, observation, entry in plan.consents:
            yield {
                "workspace": self._workspace,
                "id": self._snapshot.store.new_id(),
                "golden_id": golden_id,
                "observation_id": observation.id,
                "purpose": entry.purpose,
                "granted": entry.granted,
                "at": entry.at,
                "source": entry.source,
            }

    def _want(self, link: LinkChange) -> dict[str, Any]:
        return {
            "golden_id": link.golden_id,
            "role": link.role.value,
            "state": link.state.value,
            "mapping": link.mapping,
            "mapping_version": link.mapping_version,
            "wanted_version": link.wanted_version,
            "sealed_wanted": self._vault.seal(self._key(link.key_id), "link.wanted", scalars(link.wanted) or b"{}"),
            "reason_code": link.reason_code,
            "reason": link.reason,
            "next_at": self._at if link.state is LinkState.BEHIND else None,
            "attempts": 0,
            "errand": link.errand.value if link.errand else None,
            "remote_id": link.remote_id,
            "updated_at": self._at,
        }

    def _known(self, link: LinkChange) -> Row:
        """What the link knows from now on; nothing where that did not change."""
        if link.agreement is None:
            return {}
        key = self._key(link.key_id)
        known = agreement_columns(link.agreement, lambda place, content: self._vault.seal(key, place, content))
        return {**known, "remote_id": link.agreement.remote_id}

    def _new_link(self, link: LinkChange) -> Row:
        return {
            "workspace": self._workspace,
            "id": link.id,
            "connection": link.connection,
            "object": link.object,
            "key_id": link.key_id,
            "settled_version": link.wanted_version if link.state is LinkState.LEVEL else 0,
            "known_version": 0,
            "created_at": self._at,
            "level_at": self._at if link.state is LinkState.LEVEL else None,
            **self._want(link),
            **(self._known(link) or _UNKNOWN),
        }

    def _changed_link(self, link: LinkChange) -> Row:
        known = self._known(link)
        checked = {"b_known": link.agreement.version} if link.agreement else {}
        return {"b_id": link.id, "b_was": link.was_version, "hint": None, **self._want(link), **known, **checked}
