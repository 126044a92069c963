"""Putting golden records together because somebody says so: as a decision would, without a submission. Pure."""

from __future__ import annotations

from core.flow.pipeline import Means, Rules, compiled_sync
from core.flow.world import World
from core.model.ids import GoldenId
from core.model.merges import Cause
from core.model.plan import Known, Plan


class CannotMerge(Exception):
    """The two cannot be made one; the message says why."""


def join(pair: tuple[GoldenId, GoldenId], known: Known, rules: Rules, means: Means, cause: Cause) -> Plan:
    """Merge two living golden records; the older one survives, as always. Raises CannotMerge."""
    world = World(known, means.new_id, compiled_sync, means.digest)
    world.load(pair)
    survivor, loser = (world.group(golden_id) for golden_id in sorted(pair))
    if survivor is None or loser is None or survivor is loser:
        raise CannotMerge("They are one record already, or one of them is gone.")
    subjects = {observation.subject for group in (survivor, loser) for observation in group.observations.values()}
    if len(subjects) > 1:
        raise CannotMerge(f"They are of different kinds: {' and '.join(sorted(subject.value for subject in subjects))}.")
    world.merge(loser, survivor, cause)
    return world.plan([], rules.sync)
