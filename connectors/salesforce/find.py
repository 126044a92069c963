"""Looks records up by field values: e-mail addresses and phone numbers travel in a request's body, never in a URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import groupby

from connectors.salesforce.api import chunks_that_fit, in_list, is_record_id, read_time, select, text_literal, time_literal
from connectors.salesforce.changes import change_of
from connectors.salesforce.org import Org
from connectors.salesforce.query import MOST_QUERIES, Record, ask_privately
from connectors.salesforce.schema import Described
from core.contract import Change, ConfigInvalid, FieldKind, FieldSpec, Match, ObjectName

_NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
_IDS = frozenset({FieldKind.ID, FieldKind.REFERENCE})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A match with its conditions as SOQL literals; None where no record can have such a value."""

    match: Match
    pairs: Sequence[tuple[FieldSpec, str, str]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec, _, _ in self.pairs)

    def condition(self) -> str:
        return "(" + " AND ".join(f"{spec.name} = {literal}" for spec, _, literal in self.pairs) + ")"

    def holds(self, row: Record) -> bool:
        return all(_normal(spec, row.get(spec.name)) == _normal(spec, value) for spec, value, _ in self.pairs)


class Finder:
    """Finds records of one connection."""

    def __init__(self, org: Org) -> None:
        """Read from this org."""
        self._org = org

    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> dict[Match, list[Change]]:
        """Give all live records per match. Converted leads, which take no more writes, are only found by their id.

        Raises ConfigInvalid for a field that the object does not have or that cannot be searched.
        """
        described = self._org.described(object_name)
        wanted = [one for match in dict.fromkeys(matches) if (one := _wanted(described, match)) is not None]
        found: dict[Match, list[Change]] = {match: [] for match in matches}
        queries = list(self._queries(described, wanted))
        for start in range(0, len(queries), MOST_QUERIES):
            part = queries[start : start + MOST_QUERIES]
            for (asked, _), rows in zip(part, self._ask([soql for _, soql in part]), strict=True):
                for match, changes in self._told(described, asked, rows):
                    found[match].extend(changes)
        return found

    def _ask(self, queries: Sequence[str]) -> list[list[Record]]:
        return ask_privately(self._org.http, self._org.paths, queries)

    def _told(self, described: Described, asked: Sequence[_Wanted], rows: Sequence[Record]) -> Iterator[tuple[Match, list[Change]]]:
        """Give each match its rows. A row that we hold to be nobody's shows that Salesforce compares otherwise: ask in halves."""
        if len(asked) == 1:
            yield asked[0].match, [change_of(described, row) for row in rows]
            return
        if all(any(one.holds(row) for one in asked) for row in rows):
            for one in asked:
                yield one.match, [change_of(described, row) for row in rows if one.holds(row)]
            return
        halves = [asked[: len(asked) // 2], asked[len(asked) // 2 :]]
        for half, found in zip(halves, self._ask([self._soql(described, half) for half in halves]), strict=True):
            yield from self._told(described, half, found)

    def _queries(self, described: Described, wanted: Sequence[_Wanted]) -> Iterator[tuple[Sequence[_Wanted], str]]:
        for _, group in groupby(sorted(wanted, key=lambda one: one.names), key=lambda one: one.names):
            same = list(group)
            for cut in chunks_that_fit([one.condition() for one in same]):
                yield same[cut], self._soql(described, same[cut])

    def _soql(self, described: Described, asked: Sequence[_Wanted]) -> str:
        names = asked[0].names
        columns = list(dict.fromkeys([*self._org.columns(described), *names]))
        where = in_list(names[0], [one.pairs[0][2] for one in asked]) if len(names) == 1 else " OR ".join(one.condition() for one in asked)
        if described.has("IsConverted") and "Id" not in names:
            where = f"({where}) AND IsConverted = false"
        return select(columns, described.spec.name, where)


def _wanted(described: Described, match: Match) -> _Wanted | None:
    """The match as conditions; None when a value cannot stand in its field at all, so that no record has it."""
    pairs: list[tuple[FieldSpec, str, str]] = []
    for name, value in sorted(match.fields):
        spec = described.find(name)
        if spec is None or spec.name in described.unfilterable:
            raise ConfigInvalid(
                f"Records of {described.spec.name} cannot be found by {name}.", hint="Choose a field that the org can search."
            )
        literal = _literal(spec, value)
        if literal is None:
            return None
        pairs.append((spec, value, literal))
    return _Wanted(match, pairs) if pairs else None


def _literal(spec: FieldSpec, value: str) -> str | None:
    try:
        if spec.kind in _IDS:
            return text_literal(value) if is_record_id(value) else None
        if spec.kind in _NUMBERS:
            number = Decimal(value)
            return format(number, "f") if number.is_finite() else None
        if spec.kind is FieldKind.BOOLEAN:
            return value.lower() if value.lower() in {"true", "false"} else None
        if spec.kind is FieldKind.DATE:
            return date.fromisoformat(value).isoformat()
        if spec.kind is FieldKind.DATETIME:
            return time_literal(read_time(value))
    except (ValueError, InvalidOperation):
        return None
    return text_literal(value)


def _normal(spec: FieldSpec, value: object) -> object:
    """The form in which two values of a field are the same for Salesforce: text without regard to case and outer blanks."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if isinstance(value, bool) else None
    text = str(value).strip()
    if spec.kind in _IDS:
        return text[:15]
    if spec.kind in _NUMBERS:
        return Decimal(text)
    if spec.kind is FieldKind.DATETIME:
        return read_time(text)
    return text.lower()
