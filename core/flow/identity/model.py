"""The score of two records: what each agreement and each difference tells, in bits that add up (Fellegi and Sunter's model)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from math import exp, log, log2
from typing import Any, NamedTuple

from core.flow.identity.frequencies import Frequencies
from core.flow.identity.joint import JOINTS, joints_of
from core.flow.identity.levels import COMPARISONS, INDEX, MISSING, Pattern, pattern_of
from core.flow.identity.profile import Profile

PRIOR = "prior"
"""The name of the first part: how rare it is that two records are one person."""
RARITY = "rarity"
"""The name of the part that says how common the values are that agree."""

_BIT = log(2)
MOST_RARITY = 8.0
_TERMS = (
    (INDEX["given"], (0,), "given"),
    (INDEX["family"], (0,), "family"),
    (INDEX["work"], (0,), "domain"),
    (INDEX["work"], (1,), "company"),
    (INDEX["birth"], (0,), "birth_date"),
    (INDEX["address"], (3,), "postal_code"),
    (INDEX["address"], (4,), "city"),
)
_PHONE = INDEX["phone"]


class Part(NamedTuple):
    """What one comparison adds: its level and weight in bits."""

    comparison: str
    level: str
    weight: float

    @property
    def words(self) -> str:
        """The level as a person reads it."""
        return _WORDS.get((self.comparison, self.level), self.level)


class Score(NamedTuple):
    """How likely two records are one person: the sum of the parts in bits, and the same as a probability."""

    logit: float
    probability: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """How often a level is met among pairs of one person (`same`) and among pairs of two (`other`)."""

    same: float
    other: float

    @property
    def weight(self) -> float:
        """What meeting it tells, in bits."""
        return log2(self.same / self.other)


@dataclass(frozen=True)
class Model:
    """Weights of all levels. Equal profiles in any order get equal scores; nothing is learnt while scoring."""

    levels: Mapping[str, tuple[Level, ...]]
    joints: Mapping[str, float]
    prior: float
    """In bits: the odds that two records of the whole are one person."""
    partners: float = 0.5
    """How many other records of the same person a record has, on average."""
    caution: float = 0.0
    """In bits: by how much weights that were fitted without labels overstate, since agreements come together."""
    frequencies: Frequencies | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay the weights out as they are looked up."""
        table = tuple(tuple(level.weight for level in self.levels[each.name]) for each in COMPARISONS)
        object.__setattr__(self, "_weights", table)

    @classmethod
    def default(cls) -> Model:
        """The weights that come with the product."""
        return _shipped()

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Read what `to_json` has written; raises ValueError with what is missing."""
        content = json.loads(text)
        try:
            prior, partners, caution = (float(content[name]) for name in ("prior", "partners", "caution"))
            levels = {each.name: _levels(content["comparisons"][each.name], each.levels) for each in COMPARISONS}
            joints = {name: float(content["joints"].get(name, 0.0)) for name in JOINTS}
            return cls(levels, joints, prior, partners, caution, provenance=content["provenance"])
        except KeyError as missing:
            raise ValueError(f"These weights lack {missing}: they were written by another version. Train them anew.") from missing

    def to_json(self) -> str:
        """Write the weights, not the frequencies: those are of one store's records."""
        comparisons = {
            each.name: {
                name: {"same": round(level.same, 9), "other": float(f"{level.other:.6g}"), "weight": round(level.weight, 2)}
                for name, level in zip(each.levels, self.levels[each.name], strict=True)
            }
            for each in COMPARISONS
        }
        joints = {name: round(weight, 3) for name, weight in self.joints.items()}
        numbers = {"prior": round(self.prior, 3), "partners": round(self.partners, 4), "caution": round(self.caution, 2)}
        content = {"provenance": dict(self.provenance), **numbers, "comparisons": comparisons, "joints": joints}
        return json.dumps(content, indent=1) + "\n"

    def for_records(self, records: int) -> Model:
        """The same weights for a store of so many records: the more there are, the more agree by chance."""
        return replace(self, prior=log2(self.partners / max(records - 1, 1)))

    def with_frequencies(self, frequencies: Frequencies) -> Model:
        """The same weights, sharpened by how common the values are."""
        return replace(self, frequencies=frequencies)

    def told(self) -> list[Part]:
        """All weights, in the order in which they are shown."""
        levels = [
            Part(each.name, name, level.weight)
            for each in COMPARISONS
            for name, level in zip(each.levels, self.levels[each.name], strict=True)
        ]
        return [Part(PRIOR, "", self.prior), *levels, *(Part("together", name, weight) for name, weight in self.joints.items())]

    def score(self, a: Profile, b: Profile) -> Score:
        """Compare two profiles and weigh what is found."""
        pattern = pattern_of(a, b)
        parts = [Part(PRIOR, "", self.prior), *self._parts(pattern)]
        rarity = self.rarity(a, b, pattern)
        if rarity:
            parts.append(Part(RARITY, "rare" if rarity > 0 else "common", rarity))
        logit = sum(part.weight for part in parts)
        return Score(logit, probability(logit), tuple(parts))

    def logit(self, a: Profile, b: Profile) -> float:
        """The sum alone, faster than `score`."""
        pattern = pattern_of(a, b)
        return self.prior + self.weigh(pattern) + self.rarity(a, b, pattern)

    def weigh(self, pattern: Pattern) -> float:
        """What a pattern tells, without prior and rarity."""
        weights: tuple[tuple[float, ...], ...] = self._weights  # type: ignore[attr-defined]  # laid out in __post_init__
        total = 0.0
        for row, level in zip(weights, pattern, strict=True):
            if level != MISSING:
                total += row[level]
        for name in joints_of(pattern):
            total += self.joints[name]
        return total

    def rarity(self, a: Profile, b: Profile, pattern: Pattern) -> float:
        """What the rarity of the values that agree adds, in bits."""
        known = self.frequencies
        if known is None:
            return 0.0
        total = 0.0
        for place, levels, name in _TERMS:
            if pattern[place] in levels:
                total += known.shift(name, getattr(a, name))
        if pattern[_PHONE] == 0:
            total += max((known.shared(phone) for phone in a.phones if phone in b.phones), default=0.0)
        return max(-MOST_RARITY, min(MOST_RARITY, total))

    def _parts(self, pattern: Pattern) -> list[Part]:
        found = [
            Part(each.name, each.levels[level], self.levels[each.name][level].weight)
            for each, level in zip(COMPARISONS, pattern, strict=True)
            if level != MISSING
        ]
        return found + [Part("together", name, self.joints[name]) for name in joints_of(pattern) if self.joints[name]]


def probability(logit: float) -> float:
    """Turn bits into a probability."""
    bounded = max(-60.0, min(60.0, logit))
    return 1 / (1 + exp(-_BIT * bounded))


def _levels(content: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Level, ...]:
    return tuple(Level(float(content[name]["same"]), float(content[name]["other"])) for name in names)


@cache
def _shipped() -> Model:
    return Model.from_json(files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))


_WORDS = {
    **{(each.name, level): words for each in COMPARISONS for level, words in zip(each.levels, each.words, strict=True)},
    **{("together", name): words for name, words in JOINTS.items()},
    (PRIOR, ""): "two records are seldom one person",
    (RARITY, "rare"): "the values that agree are rare",
    (RARITY, "common"): "the values that agree are common",
}
