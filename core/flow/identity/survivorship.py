"""Which value wins: golden values are a fold over observations, by authority, then field time, then observer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.ids import LinkId
from core.model.records import GoldenValue, Observation, Policy, Scalar, Standing, Value

_Rank = tuple[int, int, bool, datetime, str, str, str]
_Said = tuple[_Rank, Observation, Value]

_FILLS, _LEVEL, _LEADS, _HOLDS = range(4)
_COMBINES = (Policy.STAGES, Policy.UNION, Policy.MAX, Policy.MIN, Policy.MOST_COMPLETE, Policy.MOST_FREQUENT)
"""Policies that look at all values at once; where two mappings name different ones, the first of these counts."""
_WEIGHED = (Policy.MOST_COMPLETE, Policy.MOST_FREQUENT)
"""Those of them that a submission may have: they look at all submissions of the highest authority."""


class Lost(StrEnum):
    """Why a value gave way to the one that won, in the order in which the reasons are looked at."""

    PLACE = "place"
    AUTHORITY = "authority"
    EMPTY = "empty"
    OLDER = "older"
    OBSERVER = "observer"
    VALUE = "value"
    SAME = "same"
    REPLACED = "replaced"
    COMBINED = "combined"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one observation says about a field; `lost` is None for the one that won."""

    observation: Observation
    value: Value
    lost: Lost | None


def fold_values(observations: Sequence[Observation]) -> dict[str, GoldenValue]:
    """Fold observations into golden values.

    Submissions: per field the highest authority wins; among equals the later time, then the greater observer, then the
    greater value as text: ids are made in the order of arrival, on which nothing may depend (law 7). An empty value wins only
    when its observer has more authority than every filled one (law 6). What CRMs' records say now is set beside the best of
    them, by the policy under which it was read; a person's word holds until somebody speaks after it.
    """
    plain: dict[str, _Said] = {}
    special: dict[str, None] = {}
    for observation in observations:
        for name, value in observation.values.items():
            if value.standing is not None:
                special[name] = None
                continue
            rank = _rank(observation, value)
            if name not in plain or rank > plain[name][0]:
                plain[name] = (rank, observation, value)
    golden = {name: _golden(observation, value.value) for name, (_, observation, value) in plain.items()}
    for name in special:
        winner = _with_standing(_all_said(observations, name))
        if winner is not None:
            golden[name] = winner
    return dict(sorted(golden.items()))


def _golden(observation: Observation, value: Scalar) -> GoldenValue:
    return GoldenValue(value, observation.id, observation.observer, observation.at)


def ranked(observations: Sequence[Observation], name: str) -> list[Candidate]:
    """Give everything that was said about a field, the winner first, each of the others with why it lost to the winner.

    The order is the one by which `fold_values` chooses.
    """
    said = _all_said(observations, name)
    counted = {id(each[1]) for each in _counted(said)}
    winner = _with_standing(said)
    best = [each for each in said if winner is not None and each[1].id == winner.observation]
    others = [each for each in said if not best or each[1] is not best[0][1]]
    combined = bool(best) and winner is not None and winner.value != best[0][2].value
    told = [Candidate(best[0][1], best[0][2], Lost.COMBINED if combined else None)] if best else []
    for rank, observation, value in others:
        replaced = not _is_submitted((rank, observation, value)) and id(observation) not in counted
        beaten = Lost.POLICY if best and rank > best[0][0] else None
        lost = Lost.REPLACED if replaced or not best else beaten or _lost(rank, best[0][0])
        told.append(Candidate(observation, value, lost))
    return told


def _all_said(observations: Sequence[Observation], name: str) -> list[_Said]:
    said = [(_rank(each, each.values[name]), each, each.values[name]) for each in observations if name in each.values]
    return sorted(said, key=lambda each: each[0], reverse=True)


def _rank(observation: Observation, value: Value) -> _Rank:
    place = _place(value.standing)
    authority = observation.authority if value.standing is None or value.standing.policy in _WEIGHED else 0
    return (place, authority, value.value is not None, observation.at, observation.observer, repr(value.value), observation.id)


def _place(standing: Standing | None) -> int:
    match standing.policy if standing else None:
        case Policy.OURS | Policy.FILLS:
            return _FILLS
        case Policy.THEIRS:
            return _LEADS
        case Policy.HELD:
            return _HOLDS
        case _:
            return _LEVEL


def _with_standing(said: Sequence[_Said]) -> GoldenValue | None:
    """Choose among everything that was said of one field."""
    counted = _counted(said)
    if not counted:
        return None
    peers = _peers(said)
    combining = [each[2].standing for each in (*counted, *peers) if each[2].standing and each[2].standing.policy in _COMBINES]
    top = max(counted, key=_order)
    if not combining or top[0][0] > _LEVEL:
        return _golden(top[1], top[2].value)
    standing = min(combining, key=lambda each: (_COMBINES.index(each.policy), each.stages))
    if standing.policy is Policy.STAGES:
        counted = [each for each in said if each[0][0] == _LEVEL and not _is(each, Policy.WITHDRAWN)]
    if standing.policy in _WEIGHED:
        counted = [*peers, *(each for each in counted if not _is_submitted(each))]
    return _combined(standing, [each for each in counted if each[0][0] == _LEVEL and each[2].value is not None] or [top])


def _counted(said: Sequence[_Said]) -> list[_Said]:
    """What counts: the best submission, the latest word of each CRM's record, and a person's word if nobody spoke after it."""
    best = next((each for each in said if _is_submitted(each)), None)
    latest: dict[LinkId | str | None, _Said] = {}
    for each in said:
        if _is_submitted(each):
            continue
        link = each[1].observer if _is(each, Policy.FILLS) else each[1].link
        if not _is(each, Policy.HELD) and (link not in latest or each[0][3] > latest[link][0][3]):
            latest[link] = each
    held = max((each for each in said if _is(each, Policy.HELD)), key=lambda each: each[0][3:], default=None)
    if held is not None and all(each[0][3] <= held[0][3] or _is(each, Policy.FILLS) for each in said):
        return [held]
    words = [each for each in latest.values() if not _is(each, Policy.WITHDRAWN) and not _says_nothing(each)]
    return [*([best] if best else []), *words]


def _is_submitted(said: _Said) -> bool:
    """Whether a submission said it, and no CRM's record, provider or person."""
    standing = said[2].standing
    return standing is None or (standing.policy in _WEIGHED and said[1].link is None)


def _peers(said: Sequence[_Said]) -> list[_Said]:
    """What submissions of the highest authority say; `said` is ordered by rank."""
    submitted = [each for each in said if _is_submitted(each)]
    return [each for each in submitted if each[0][1] == submitted[0][0][1] and each[2].value is not None]


def _is(said: _Said, policy: Policy) -> bool:
    standing = said[2].standing
    return standing is not None and standing.policy is policy


def _says_nothing(said: _Said) -> bool:
    """An empty word fills no blank, and does not count where a filled one is preferred."""
    return said[2].value is None and any(_is(said, policy) for policy in (Policy.OURS, Policy.FILLS, Policy.PREFER_FILLED))


def _order(said: _Said) -> tuple[int, datetime, str, str, str]:
    """Level with each other the later one wins; the submissions' own authority has chosen their best before."""
    place, _, _, at, observer, value, number = said[0]
    return (place, at, observer, value, number)


def _combined(standing: Standing, said: Sequence[_Said]) -> GoldenValue:
    if standing.policy is Policy.UNION:
        last = max(said, key=_order)
        items = {item for each in said for item in str(each[2].value).split(";") if each[2].value is not None and item}
        return _golden(last[1], ";".join(sorted(items)) or None)
    if standing.policy is Policy.MOST_FREQUENT:
        often = Counter(_plain(each[2].value) for each in said)
        most = max(said, key=lambda each: (often[_plain(each[2].value)], _order(each)))
        return _golden(most[1], most[2].value)
    measure = _MEASURES[standing.policy](standing)
    chosen = max(said, key=lambda each: (measure(each[2].value), _order(each)))
    return _golden(chosen[1], chosen[2].value)


_Measure = Callable[[Scalar], tuple[int, float, str]]


def _size(sign: int) -> _Measure:
    """Numbers by their size, and before all texts; ISO dates are texts in their order."""

    def measure(value: Scalar) -> tuple[int, float, str]:
        if isinstance(value, int | float):
            return (1, sign * float(value), "")
        text = str(value or "")
        return (0, 0.0, text if sign > 0 else "".join(chr(0x10FFFF - ord(letter)) for letter in text) + "\U0010ffff")

    return measure


def _stage(stages: Sequence[str]) -> _Measure:
    places = {stage.casefold(): place for place, stage in enumerate(stages)}
    return lambda value: (0, float(places.get(str(value).strip().casefold(), -1)), "")


def _plain(value: Scalar) -> str:
    """A value as it is counted: spellings that differ in case and spaces alone are one."""
    return " ".join(str("" if value is None else value).casefold().split())


_MEASURES: Mapping[Policy, Callable[[Standing], _Measure]] = {
    Policy.MAX: lambda _: _size(1),
    Policy.MIN: lambda _: _size(-1),
    Policy.MOST_COMPLETE: lambda _: lambda value: (0, float(len(_plain(value))), ""),
    Policy.STAGES: lambda standing: _stage(standing.stages),
}


def _lost(rank: _Rank, winner: _Rank) -> Lost:
    """The first thing in which the two differ; observations that differ in their ids alone say the same."""
    pairs = zip(Lost, rank, winner, strict=False)
    return next((reason for reason, mine, theirs in pairs if mine != theirs), Lost.SAME)
