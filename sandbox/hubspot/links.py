"""Associations between records: directed pairs, each with one or more typed labels, always kept in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Spec = tuple[str, int]
"""Category and type id of one association type."""

End = tuple[str, str]
"""Object type name and record id."""

_DEFAULT_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("contacts", "deals"): 4,
    ("deals", "contacts"): 3,
    ("contacts", "tickets"): 15,
    ("tickets", "contacts"): 16,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("tickets", "companies"): 339,
    ("companies", "tickets"): 340,
    ("deals", "tickets"): 27,
    ("tickets", "deals"): 28,
    ("contacts", "notes"): 201,
    ("notes", "contacts"): 202,
    ("companies", "notes"): 189,
    ("notes", "companies"): 190,
    ("deals", "notes"): 213,
    ("notes", "deals"): 214,
    ("tickets", "notes"): 227,
    ("notes", "tickets"): 228,
    ("leads", "contacts"): 578,
    ("contacts", "leads"): 579,
    ("leads", "companies"): 610,
    ("companies", "leads"): 611,
}
_PRIMARY_TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
    ("companies", "tickets"): 25,
    ("tickets", "companies"): 26,
}
DEFINED = "HUBSPOT_DEFINED"
PRIMARY = "Primary"


@dataclass(frozen=True, slots=True)
class Label:
    """One association type between two object types; `label` is `None` for the plain one."""

    category: str
    type_id: int
    label: str | None

    @property
    def spec(self) -> Spec:
        """What identifies the type."""
        return self.category, self.type_id


@dataclass(slots=True)
class Links:
    """All associations of the account and the labels they may carry."""

    pairs: dict[End, dict[End, set[Spec]]] = field(default_factory=dict)
    labels: dict[tuple[str, str], list[Label]] = field(default_factory=dict)
    inverse: dict[Spec, Spec] = field(default_factory=dict)
    _next_type: int = 1

    def labels_between(self, source: str, target: str) -> list[Label]:
        """The association types from `source` to `target`; made up for pairs of types nobody has used before."""
        key = (source, target)
        if key not in self.labels:
            self._prepare(source, target)
            if source != target:
                self._prepare(target, source)
            self._pair(source, target)
        return self.labels[key]

    def label(self, source: str, target: str, spec: Spec) -> Label | None:
        """The association type `spec` from `source` to `target`, if there is one."""
        return next((label for label in self.labels_between(source, target) if label.spec == spec), None)

    def default(self, source: str, target: str) -> Label:
        """The plain, unlabelled type."""
        return next(label for label in self.labels_between(source, target) if label.label is None)

    def add_label(self, source: str, target: str, name: str, inverse_name: str) -> tuple[Label, Label]:
        """Define a label of the account's own, with its name in the other direction."""
        self.labels_between(source, target)
        there, back = Label("USER_DEFINED", self._number(), name), Label("USER_DEFINED", self._number(), inverse_name)
        self.labels[source, target].append(there)
        self.labels.setdefault((target, source), []).append(back)
        self.inverse[there.spec], self.inverse[back.spec] = back.spec, there.spec
        return there, back

    def connect(self, source: End, target: End, specs: Iterable[Spec]) -> bool:
        """Add labels to a pair, in both directions; the plain type always comes along. Tells whether anything was new."""
        wanted = {*specs, self.default(source[0], target[0]).spec}
        held = self.pairs.setdefault(source, {}).setdefault(target, set())
        fresh = not wanted <= held
        held |= wanted
        self.pairs.setdefault(target, {}).setdefault(source, set()).update(self.inverse[spec] for spec in wanted)
        return fresh

    def disconnect(self, source: End, target: End, specs: Iterable[Spec] | None = None) -> bool:
        """Take labels off a pair, or (`None`) the whole association; tells whether anything was there."""
        held = self.pairs.get(source, {}).get(target)
        if held is None:
            return False
        gone = set(held) if specs is None else held & set(specs)
        back = {self.inverse[spec] for spec in gone}
        for one, other, dropped in ((source, target, gone), (target, source, back)):
            left = self.pairs[one].get(other, set()) - dropped
            if left:
                self.pairs[one][other] = left
            else:
                self.pairs[one].pop(other, None)
        return bool(gone)

    def targets(self, source: End, kind: str) -> list[tuple[str, set[Spec]]]:
        """Ids of type `kind` that `source` is associated with, ascending, each with its types."""
        found = [(end[1], specs) for end, specs in self.pairs.get(source, {}).items() if end[0] == kind]
        return sorted(found, key=lambda pair: int(pair[0]))

    def forget(self, end: End) -> None:
        """Drop all associations of a record."""
        for other in self.pairs.pop(end, {}):
            self.pairs.get(other, {}).pop(end, None)

    def move(self, old: End, new: End) -> None:
        """Hand the associations of one record to another, as a merge does."""
        if old == new:
            return
        for other, specs in list(self.pairs.get(old, {}).items()):
            if other != new:
                self.connect(new, other, specs)
        self.forget(old)

    def _prepare(self, source: str, target: str) -> None:
        if (source, target) in self.labels:
            return
        found = [Label(DEFINED, _DEFAULT_TYPES.get((source, target)) or 10_000 + self._number(), None)]
        if (source, target) in _PRIMARY_TYPES:
            found.append(Label(DEFINED, _PRIMARY_TYPES[source, target], PRIMARY))
        self.labels[source, target] = found

    def _pair(self, source: str, target: str) -> None:
        for there, back in zip(self.labels[source, target], self.labels[target, source], strict=True):
            self.inverse[there.spec], self.inverse[back.spec] = back.spec, there.spec

    def _number(self) -> int:
        self._next_type += 1
        return self._next_type - 1
