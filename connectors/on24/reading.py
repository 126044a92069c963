"""Read who registered and who came, some days at a time, by when people were last active; every page's cursor is a place to go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.on24.api import ATTENDEES, PAGE_ROWS, REGISTRANTS, Api, JsonObject
from connectors.on24.people import (
    Occasion,
    Seat,
    attendee_change,
    read_attendee,
    read_occasion,
    read_registrant,
    registrant_change,
    unreadable,
)
from connectors.on24.settings import On24Settings
from core.contract import Change, ConfigInvalid, Cursor, Invalid, Page, Reject

SPAN_DAYS = 7
_TRIES = 3
_READERS: dict[str, Callable[[JsonObject], Seat]] = {REGISTRANTS: read_registrant, ATTENDEES: read_attendee}
_MAKERS: dict[str, Callable[[Seat, JsonObject, Occasion, datetime], Change]] = {REGISTRANTS: registrant_change, ATTENDEES: attendee_change}


class Position(BaseModel):
    """Where reading stands: the first day of the span, which of its lists, and the last of it that was told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    attendees: bool = False
    after: str = ""

    @property
    def resource(self) -> str:
        """The list that is read."""
        return ATTENDEES if self.attendees else REGISTRANTS

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


def read_position(since: Cursor | None, start: date) -> Position:
    """Read a stored cursor, `start` without one; raises ConfigInvalid for one of another connector."""
    try:
        return Position.model_validate_json(since) if since else Position(day=start)
    except ValidationError as error:
        message = "The stored cursor is not one of ON24."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


@dataclass(slots=True)
class Rounds:
    """Reads one client. `now` is the moment of reading; webinars are asked for once a round."""

    api: Api
    settings: On24Settings
    now: datetime
    _occasions: dict[str, Occasion] = field(default_factory=dict)

    def registrations(self, since: Cursor | None) -> Iterator[Page]:
        """Yield registrations, then what came of them, of each span up to today, in the order of people's last activity.

        A list of a span is read whole before any of it is told, so that people who are active meanwhile hide none of the others.
        """
        today = self.now.date()
        position = read_position(since, today - timedelta(days=self.settings.days_back))
        while position.day <= today:
            last = min(position.day + timedelta(days=SPAN_DAYS - 1), today)
            following = Position(day=position.day, attendees=True)
            yield from self._list(position, following if not position.attendees else Position(day=last + timedelta(days=1)), last)
            position = following if not position.attendees else Position(day=last + timedelta(days=1))
        yield Page((), Position(day=today - timedelta(days=self.settings.overlap_days)).cursor())

    def _list(self, position: Position, following: Position, last: date) -> Iterator[Page]:
        found: dict[str, tuple[Seat, JsonObject]] = {}
        rejects: dict[str, Reject] = {}
        read, alive = _READERS[position.resource], Page((), position.cursor())
        for rows in self._rows(position, last):
            for row in rows:
                try:
                    seat = read(row)
                    found[seat.id] = (seat, row)
                except Invalid as error:
                    reject = unreadable(row, error)
                    rejects[reject.id] = reject
            yield alive  # a long list is no reason to think that reading has died
        told = sorted((each for each in found.values() if each[0].place > position.after and self._is_told(each[0])), key=_place)
        for start in range(0, len(told), PAGE_ROWS):
            part = told[start : start + PAGE_ROWS]
            changes = [_MAKERS[position.resource](seat, row, self._occasion(seat.event), self.now) for seat, row in part]
            position = position.model_copy(update={"after": part[-1][0].place})
            yield Page(changes, position.cursor())
        # Rejects have no place in the order: who goes on in front of the last of them meets all of them again, and knows them.
        left = list(rejects.values())
        for start in range(0, len(left), PAGE_ROWS):
            yield Page((), position.cursor(), left[start : start + PAGE_ROWS])
        yield Page((), following.cursor())

    def _rows(self, position: Position, last: date) -> Iterator[list[JsonObject]]:
        """Read a list until its length stands still: when people leave it, others move to a page that was read already."""
        for _ in range(_TRIES):
            totals: set[int] = set()
            # ON24's days are those of its own zone, and whether the last one counts is not sure: one more makes both good.
            for listing in self.api.listings(position.resource, position.day, last + timedelta(days=1)):
                totals.add(listing.total)
                yield list(listing.rows)
            if len(totals) <= 1:
                return

    def _is_told(self, seat: Seat) -> bool:
        """Nobody who was forgotten is told, and who withdrew only where that is wanted."""
        return seat.status != "forgotten" and (seat.status != "deleted" or self.settings.withdrawn)

    def _occasion(self, event_id: str) -> Occasion:
        if event_id not in self._occasions:
            row = self.api.event(event_id) if self.settings.event_titles else None
            self._occasions[event_id] = read_occasion(event_id, row)
        return self._occasions[event_id]


def _place(told: tuple[Seat, JsonObject]) -> str:
    return told[0].place
