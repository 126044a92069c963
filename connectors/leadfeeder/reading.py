"""Read visits day by day, and companies month by month; every page's cursor is a place to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.leadfeeder.api import PAGE_ROWS, Api, JsonObject
from connectors.leadfeeder.companies import Companies, read_company, read_judgement, text
from connectors.leadfeeder.months import Count, last_of, month_change, month_of
from connectors.leadfeeder.settings import LeadfeederSettings
from connectors.leadfeeder.visits import COMPANY_MONTH, VISIT, Visit, read_visit, unreadable, visit_change
from core.contract import Change, ConfigInvalid, Cursor, Invalid, NativeId, ObjectName, Page, Reject


class Position(BaseModel):
    """Where reading stands: the day, or first day of the month, that is read; and the last of it that was told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    after: str = ""

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


def read_position(since: Cursor | None, start: date) -> Position:
    """Read a stored cursor, `start` without one; raises ConfigInvalid for one of another connector."""
    try:
        return Position.model_validate_json(since) if since else Position(day=start)
    except ValidationError as error:
        message = "The stored cursor is not one of Leadfeeder."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


def zone_named(name: object) -> tzinfo:
    """The time zone of this name; UTC for a name that is not known, which the overlap of a day makes up for."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ValueError, OSError, KeyError):
        return UTC


@dataclass(frozen=True, slots=True)
class Rounds:
    """Reads one account. `now` is the moment of reading."""

    api: Api
    settings: LeadfeederSettings
    now: datetime

    def visits(self, since: Cursor | None) -> Iterator[Page]:
        """Yield the visits of each day up to today, in the order of their times.

        A day is read whole before any of it is told, so that visits that come in meanwhile hide none of the others.
        """
        zone = self._zone()
        today = self._today(zone)
        position = read_position(since, today - timedelta(days=self.settings.days_back))
        while position.day <= today:
            following = Position(day=position.day + timedelta(days=1))
            yield from self._day(position, following, zone)
            position = following
        yield Page((), Position(day=today - timedelta(days=self.settings.overlap_days)).cursor())

    def months(self, since: Cursor | None) -> Iterator[Page]:
        """Yield each company's count of each month up to this one; the month before is counted again while it may still grow."""
        zone = self._zone()
        today = self._today(zone)
        position = read_position(since, month_of(today - timedelta(days=self.settings.days_back)))
        while position.day <= today:
            following = Position(day=month_of(last_of(position.day) + timedelta(days=1)))
            yield from self._month(position, following, today, zone)
            position = following
        yield Page((), Position(day=month_of(today - timedelta(days=self.settings.overlap_days))).cursor())

    def _day(self, position: Position, following: Position, zone: tzinfo) -> Iterator[Page]:
        companies, rejects = Companies(self.api), list[Reject]()
        found: dict[str, tuple[Visit, JsonObject]] = {}
        for listing in self.api.listings("visits", position.day, position.day):
            for row in listing.rows:
                try:
                    visit = read_visit(row, zone)
                    found[visit.id] = (visit, row)
                except Invalid as error:
                    rejects.append(unreadable(VISIT, row, error))
            rejects += [_cut(VISIT, position.day)] if listing.cut else []
            yield _alive(position)
        for _ in companies.load(position.day, position.day) if found else ():
            yield _alive(position)
        told = sorted((each for each in found.values() if each[0].place > position.after), key=lambda each: each[0].place)
        # Drawn one by one: a company that has to be asked for takes a call, and a page is told after a hundred visits at most.
        changes = ((visit.place, visit_change(visit, row, self._company(companies, visit.lead), self.now)) for visit, row in told)
        yield from _pages(changes, len(told), rejects, (position, following))

    def _month(self, position: Position, following: Position, today: date, zone: tzinfo) -> Iterator[Page]:
        month, last = position.day, min(last_of(position.day), today)
        counted, companies, rejects = Count(), Companies(self.api), list[Reject]()
        for listing in self.api.listings("visits", month, last):
            for row in listing.rows:
                with suppress(Invalid):  # told as unreadable where visits are read
                    counted.add(read_visit(row, zone))
            rejects += [_cut(COMPANY_MONTH, month)] if listing.cut and not rejects else []
            yield _alive(position)
        for _ in companies.load(month, last) if counted.tallies else ():
            yield _alive(position)
        told = sorted(lead for lead in counted.tallies if lead > position.after)
        changes = ((lead, month_change(lead, month, counted.tallies[lead], self._known(companies, lead), self.now)) for lead in told)
        yield from _pages(changes, len(told), rejects, (position, following))

    def _company(self, companies: Companies, lead: str) -> JsonObject | None:
        known = self._known(companies, lead)
        return known[0] if known else None

    def _known(self, companies: Companies, lead: str) -> tuple[JsonObject, JsonObject] | None:
        found = companies.find(lead)
        return (read_company(*found, self.settings.shared_hosts), read_judgement(found[0])) if found else None

    def _zone(self) -> tzinfo:
        return zone_named(self.settings.timezone or text(self.api.own().get("timezone")))

    def _today(self, zone: tzinfo) -> date:
        return self.now.astimezone(zone).date()


def _alive(position: Position) -> Page:
    """A page of nothing after a call: a long day or month is no reason to think that reading has died."""
    return Page((), position.cursor())


def _pages(told: Iterator[tuple[str, Change]], count: int, rejects: list[Reject], ends: tuple[Position, Position]) -> Iterator[Page]:
    """Cut what a day or month has into pages; what cannot be read comes with the last of them, then follows the next."""
    position, following = ends
    for left in range(count, 0, -PAGE_ROWS):
        part = list(islice(told, PAGE_ROWS))
        position = position.model_copy(update={"after": part[-1][0]})
        is_last = left <= PAGE_ROWS and not rejects
        yield Page([change for _, change in part], (following if is_last else position).cursor())
    # Rejects have no place in the order: who goes on in front of the last of them meets all of them again, and knows them.
    for start in range(0, len(rejects), PAGE_ROWS):
        is_last = start + PAGE_ROWS >= len(rejects)
        yield Page((), (following if is_last else position).cursor(), rejects[start : start + PAGE_ROWS])
    if not count and not rejects:
        yield Page((), following.cursor())


def _cut(object_name: ObjectName, day: date) -> Reject:
    """Say that a day, or one of a month, has more visits than Leadfeeder ever tells."""
    error = Invalid(f"Leadfeeder tells 10,000 visits of one day at most; what else there was is missing ({day}).", field="visits")
    return Reject(object_name, NativeId(f"cut-{day}"), error, day.isoformat().encode())
