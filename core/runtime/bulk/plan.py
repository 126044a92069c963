"""The plan of a bulk matching: which records would be made one, how sure that is, and what it costs. Holds no personal data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.contract import ConfigInvalid

VERSION = 1


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Records that would be one, the oldest first; `certainty` is the average probability of its pairs, `least` the lowest compared."""

    members: tuple[str, ...]
    certainty: float
    least: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What carrying the plan out takes: `merges` here; by connection calls that merge there, and records to bring level.

    Where there are many merges, the costs of the first `counted_from` of them are scaled up.
    """

    merges: int = 0
    merged_there: dict[str, int] = field(default_factory=dict)
    brought_level: dict[str, int] = field(default_factory=dict)
    counted_from: int = 0


@dataclass(frozen=True, slots=True)
class DedupePlan:
    """Groups of two and more; records that stand alone are not listed. In a file's plan, members are its rows' numbers."""

    source: str
    made_at: str
    records: int
    compared: int
    threshold: float
    linkage: str
    groups: tuple[PlannedGroup, ...]
    costs: Costs

    def write(self, path: Path) -> None:
        """Write it, to be read by a person and by `read`."""
        content = {"version": VERSION, **asdict(self)}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> DedupePlan:
    """Read a plan; raises ConfigInvalid for a file that is none."""
    hint = "Make one with `leadloom dedupe --out PLAN.json`."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("version") != VERSION:
            raise ConfigInvalid(f"{path} was written by another version of Leadloom.", setting=str(path), hint=hint)
        groups = tuple(PlannedGroup(tuple(map(str, each["members"])), each["certainty"], each["least"]) for each in content.pop("groups"))
        return DedupePlan(**{**content, "groups": groups, "costs": Costs(**content["costs"])})
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be read: {error.strerror}.", setting=str(path), hint=hint) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigInvalid(f"{path} is not a plan of `leadloom dedupe`.", setting=str(path), hint=hint) from error


def groups_of(clusters: Sequence[Sequence[int]], pairs: dict[tuple[int, int], float], ids: Sequence[str]) -> tuple[PlannedGroup, ...]:
    """The groups with how sure they are, the surest first. Pairs that share no key were not compared, and do not count."""
    mine: dict[int, list[float]] = {}
    place = {number: at for at, cluster in enumerate(clusters) if len(cluster) > 1 for number in cluster}
    for (one, other), likely in pairs.items():
        at = place.get(one)
        if at is not None and at == place.get(other):
            mine.setdefault(at, []).append(likely)
    found = [
        PlannedGroup(tuple(ids[number] for number in cluster), round(sum(told) / len(told), 4), round(min(told), 4))
        for at, cluster in enumerate(clusters)
        if len(cluster) > 1 and (told := mine.get(at, [0.0]))
    ]
    return tuple(sorted(found, key=lambda each: (-each.certainty, each.members)))
