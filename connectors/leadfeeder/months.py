"""Count a company's visits of a month, each once however often it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from connectors.leadfeeder.api import JsonObject
from connectors.leadfeeder.visits import COMPANY_MONTH, Visit, content_version
from core.contract import Change, NativeId
from core.contract.moments import as_of


@dataclass(slots=True)
class Tally:
    """One company's visits of one month."""

    visits: int = 0
    pages: int = 0
    seconds: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    ended_at: datetime | None = None
    sources: set[str] = field(default_factory=set)

    def add(self, visit: Visit) -> None:
        """Count one visit."""
        self.visits += 1
        self.pages += visit.pages
        self.seconds += visit.seconds
        self.first_at = min(self.first_at or visit.started_at, visit.started_at)
        self.last_at = max(self.last_at or visit.started_at, visit.started_at)
        self.ended_at = max(self.ended_at or visit.ended_at, visit.ended_at)
        self.sources.update([visit.source] if visit.source else [])


@dataclass(slots=True)
class Count:
    """The visits of a month by company; one that is met twice, on two pages or in two spans of days, counts once."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, visit: Visit) -> None:
        """Count a visit that was not met before."""
        if visit.id not in self._seen:
            self._seen.add(visit.id)
            self.tallies.setdefault(visit.lead, Tally()).add(visit)


def month_change(lead: str, month: date, tally: Tally, known: tuple[JsonObject, JsonObject] | None, now: datetime) -> Change:
    """The change of a company's month: the whole count, which takes the place of the one told before. Nothing is added up.

    `known` is what stays true of the company, and what Leadfeeder says of it today.
    """
    name = f"{month:%Y-%m}"
    company, judgement = known if known is not None else (None, {})
    native_id = f"{lead}/{name}"
    fields: JsonObject = {
        "id": native_id,
        "month": name,
        "visits": tally.visits,
        "pages": tally.pages,
        "seconds": tally.seconds,
        "first_visit_at": tally.first_at.isoformat() if tally.first_at else None,
        "last_visit_at": tally.last_at.isoformat() if tally.last_at else None,
        "sources": [*sorted(tally.sources)],
        **judgement,
        "company": company,
    }
    at = as_of(tally.ended_at, now) if tally.ended_at else None
    return Change(COMPANY_MONTH, NativeId(native_id), fields, version=content_version(fields), changed_at=at)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def last_of(month: date) -> date:
    """The last day of a month."""
    return month_of(month + timedelta(days=31)) - timedelta(days=1)
