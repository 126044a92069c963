"""Two records compared for a person: what each agreement tells, which keys they share, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.flow.identity.keys import lead_keys
from core.flow.identity.model import Model, Score
from core.flow.identity.profile import profile_of
from core.model.records import IdentityKey, Scalar, Value
from core.runtime.desk.questions import find_people
from core.runtime.labelled_file import FileUnclear, canonical, recognise
from core.store.store import Store

PROPOSED = 0.5
"""From this probability on two records are proposed to a person."""


class Verdict(StrEnum):
    """What becomes of two records."""

    ONE = "one_person"
    ASK = "ask"
    TWO = "two_people"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two records, the score with its parts, the deterministic keys that both have, and the verdict."""

    a: Mapping[str, Scalar]
    b: Mapping[str, Scalar]
    score: Score
    keys: tuple[str, ...]
    verdict: Verdict


def compare(a: Mapping[str, Scalar], b: Mapping[str, Scalar], model: Model | None = None) -> Compared:
    """Compare two records of canonical values, as the product would."""
    score = (model or Model.default()).score(profile_of(a), profile_of(b))
    shared = tuple(sorted({key.kind for key in _keys(a) & _keys(b)}))
    verdict = Verdict.ONE if shared else Verdict.ASK if score.probability >= PROPOSED else Verdict.TWO
    return Compared(a, b, score, shared, verdict)


def is_record(word: str) -> bool:
    """Whether a word on the command line is a record itself, or a file with one, rather than somebody who is known."""
    return word.lstrip().startswith("{") or word.casefold().endswith(".json")


def record_of(word: str) -> dict[str, Scalar]:
    """Read a record from JSON text or from a JSON file; its names are recognised as an import recognises columns."""
    text = word if word.lstrip().startswith("{") else Path(word).read_text(encoding="utf-8")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise FileUnclear(f"{word[:60]} is no JSON: {error}.") from error
    if not isinstance(content, dict):
        raise FileUnclear(f"{word[:60]} is no record: a JSON object with names and values is meant.")
    columns = recognise([str(name) for name in content])
    return canonical({name: content.get(column) for name, column in columns.items()})


def record_known(store: Store, who: str) -> dict[str, Scalar] | None:
    """The golden values of somebody who is known by an id or an address; None when nobody is."""
    people = find_people(store, who.removeprefix("lead:"))
    return {each.field: each.value for each in people[0].values if each.value is not None} if people else None


def _keys(values: Mapping[str, Scalar]) -> set[IdentityKey]:
    held = {name: Value(value) for name, value in values.items() if value not in (None, "")}
    return set(lead_keys(held, lambda kind, text: f"{kind}:{text}".encode()))
