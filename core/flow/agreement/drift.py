"""Where a link and its record say different things now, and which side has not followed yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.flow.agreement.compare import difference, read
from core.flow.agreement.rules import FieldRule, Rules
from core.model.records import Scalar
from core.model.remote import Agreement


class Lag(StrEnum):
    """Why the two sides of a field differ."""

    THEIRS = "theirs_not_taken_in"
    OURS = "ours_not_written"
    DIVERGED = "diverged"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field whose two sides differ; `theirs` in the vendor's form."""

    field: str
    ours: Scalar
    theirs: Any
    why: Lag


def drift_of(agreement: Agreement, wanted: Mapping[str, Scalar], remote: Mapping[str, Any], rules: Rules) -> list[FieldDrift]:
    """Compare a reading with what is wanted and what was agreed. What the reading does not name is unknown."""
    found: list[FieldDrift] = []
    for target, rule in rules.fields.items():
        if target in remote:
            why = _why(agreement, wanted, remote[target], rule, rules)
            if why is not None:
                found.append(FieldDrift(target, wanted.get(target), remote[target], why))
    return found


def _why(agreement: Agreement, wanted: Mapping[str, Scalar], theirs: Any, rule: FieldRule, rules: Rules) -> Lag | None:
    target = rule.target
    if target in wanted and (rule.same(wanted[target], theirs) or (_is_blank(wanted[target]) and _is_blank(theirs))):
        return None
    if target not in wanted and _is_blank(theirs) and target not in agreement.seen:
        return None
    if target in agreement.frozen:
        return Lag.FROZEN
    news = read(agreement, {target: theirs}, rules)
    if rule.reads_back and (news.moved or news.fresh):
        return Lag.THEIRS
    if target in difference(agreement, wanted, rules):
        return Lag.OURS
    return Lag.DIVERGED if target in wanted else None


def _is_blank(value: Any) -> bool:
    return value in (None, "")
