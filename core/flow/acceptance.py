"""Which bought leads are accepted: none twice, and of a campaign no more than were ordered. Pure.

A lead is judged in the order of the inbox, against what was accepted before this batch and in it. What its mapping's rules
reject does not come here; what a person overruled is accepted, and counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.flow.identity.keys import Digest
from core.flow.mapping.accepting import folded_campaign, told_by_vendor
from core.flow.mapping.model import Acceptance, Doubles
from core.flow.world import World
from core.model.ids import GoldenId
from core.model.plan import DOUBLE, OVER_CAP, OVERRULED, AcceptedLead, Bought, Settled, Settlement, Submission
from core.model.records import Observation

_Campaign = tuple[str, str]

LEAD_ID = "bought_lead"
"""The kind under which vendors' ids are hashed."""


class Accepting:
    """Judges the bought leads of one batch; `accepted` are those that are paid for."""

    def __init__(self, bought: Bought, world: World, digest: Digest) -> None:
        """Take what was bought before, the groups of this batch, and the keyed hash of vendors' ids."""
        self._bought = bought
        self._world = world
        self._digest = digest
        self._counts: dict[_Campaign, int] = {}
        self._people: list[tuple[GoldenId, _Campaign]] = []
        self.accepted: list[AcceptedLead] = []

    def refuse(self, submission: Submission, observed: Observation, accept: Acceptance) -> Settlement | None:
        """Say why a lead is not accepted; None where it is, or where a person overruled that."""
        if submission.flag == OVERRULED:
            return None
        place = (submission.connection, campaign_of(submission.fields, accept))
        if self._was_bought(submission, accept):
            return _refused(submission, DOUBLE, "A lead with this id was accepted before.")
        if self._is_double(observed, place, accept.doubles):
            return _refused(submission, DOUBLE, _DOUBLES[accept.doubles])
        cap = accept.cap.of(place[1])
        if cap is not None and self._count(place) >= cap:
            return _refused(submission, OVER_CAP, f"All {cap:g} leads of the campaign were accepted before.")
        return None

    def note(self, submission: Submission, settlement: Settlement, accept: Acceptance) -> None:
        """Count a lead that was accepted, and whose it is."""
        assert settlement.golden_id is not None
        place = (submission.connection, campaign_of(submission.fields, accept))
        self._counts[place] = self._count(place) + 1
        self._people.append((settlement.golden_id, place))
        cost = accept.cost.of(place[1])
        lead = self._lead(submission.fields, accept)
        self.accepted.append(AcceptedLead(submission.inbox_id, *place, lead, cost, accept.currency if cost is not None else ""))

    def _count(self, place: _Campaign) -> int:
        if place not in self._counts:
            self._counts[place] = self._bought.count(*place)
        return self._counts[place]

    def _lead(self, record: Mapping[str, Any], accept: Acceptance) -> bytes | None:
        lead_id = told_by_vendor(record, accept.lead_id)
        return self._digest(LEAD_ID, lead_id) if lead_id else None

    def _was_bought(self, submission: Submission, accept: Acceptance) -> bool:
        lead = self._lead(submission.fields, accept)
        if lead is None:
            return False
        is_here = any((each.connection, each.lead) == (submission.connection, lead) for each in self.accepted)
        return is_here or self._bought.has_lead(submission.connection, lead)

    def _is_double(self, observed: Observation, place: _Campaign, doubles: Doubles) -> bool:
        owners = self._world.owners(observed.keys)
        if doubles is Doubles.ANYBODY or not owners:
            return bool(owners)
        bought = {campaign for golden_id, campaign in self._people if self._is_one_of(golden_id, owners)}
        bought |= set(self._bought.campaigns_of([name for owner in owners for name in self._world.names_of(owner)]))
        if doubles is Doubles.CONNECTION:
            return place[0] in {connection for connection, _ in bought}
        return place in bought

    def _is_one_of(self, golden_id: GoldenId, owners: list[GoldenId]) -> bool:
        group = self._world.group(golden_id)
        return group is not None and group.id in owners


_DOUBLES = {
    Doubles.CAMPAIGN: "This person was accepted in this campaign before.",
    Doubles.CONNECTION: "This person was accepted before.",
    Doubles.ANYBODY: "This person is known already.",
}


def campaign_of(record: Mapping[str, Any], accept: Acceptance) -> str:
    """The folded name of the campaign of which a lead is; '' where none is told."""
    return folded_campaign(told_by_vendor(record, accept.campaign))


def _refused(submission: Submission, code: str, reason: str) -> Settlement:
    return Settlement(submission.inbox_id, Settled.QUARANTINED, None, code, reason)
