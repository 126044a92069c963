"""What an installation has set for the quality of values. One set per process: it is put in force when the configuration is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.flow.quality.absurd import DEFAULT_RULES, Absurd, AbsurdRule


@dataclass(frozen=True, slots=True)
class QualityRules:
    """The rules for absurd values, and the country of numbers for which neither record nor mapping names one."""

    absurd: Absurd = field(default_factory=Absurd.default)
    region: str | None = None


_SHIPPED = QualityRules()
_held = {"now": _SHIPPED}


def in_force() -> QualityRules:
    """Give the rules of this process; the shipped ones until others are put in force."""
    return _held["now"]


def put_in_force(rules: QualityRules = _SHIPPED) -> None:
    """Put rules in force for the whole process, from the next value on."""
    _held["now"] = rules


def merged(changes: Iterable[AbsurdRule]) -> Absurd:
    """Give the shipped rules with these: one of a shipped name takes its place, one without fields switches it off."""
    rules = {rule.name: rule for rule in (*DEFAULT_RULES, *changes)}
    return Absurd(rule for rule in rules.values() if rule.fields)
