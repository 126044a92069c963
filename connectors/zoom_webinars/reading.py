"""Read registrations and attendance, webinar by webinar; every round tells all of them again, since Zoom has no list of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.zoom_webinars.api import PAGE_SIZE, Api, PageExpired, quoted_uuid
from connectors.zoom_webinars.attendance import gather
from connectors.zoom_webinars.registrations import REGISTRATION, Occasion, Told, read_occasion, read_registration
from connectors.zoom_webinars.settings import ZoomSettings
from core.contract import Change, ConfigInvalid, ContractBroken, Cursor, Invalid, JsonObject, Missing, NativeId, Page, Reject
from core.contract.moments import read_moment


class Position(BaseModel):
    """Where a round stands: the webinar being read, which of its lists or meetings, and the place in it. Empty: a new round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webinar: str = ""
    part: str = ""
    after: str = ""
    skip: int = 0

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


def read_position(since: Cursor | None) -> Position:
    """Read a stored cursor; raises ConfigInvalid for one of another connector."""
    try:
        return Position.model_validate_json(since) if since else Position()
    except ValidationError as error:
        message = "The stored cursor is not one of Zoom."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


@dataclass(frozen=True, slots=True)
class Rounds:
    """Reads one account. `now` is the moment from which webinars are too old to ask for."""

    api: Api
    settings: ZoomSettings
    now: datetime

    def registrations(self, since: Cursor | None) -> Iterator[Page]:
        """Yield every registration of every webinar; going on from a page's cursor reads exactly the rest of the round.

        A page token that grew too old in the meantime makes its list begin anew, so that nothing is left out.
        """
        position = read_position(since)
        for webinar in self._webinars(position):
            begun = position.webinar == webinar.id
            statuses = sorted(self.settings.statuses)
            for status in statuses:
                if begun and status < position.part:
                    continue
                after = position.after if begun and status == position.part else ""
                yield from self._list(webinar, status, after)
        yield Page((), Position().cursor())

    def _list(self, webinar: Occasion, status: str, after: str) -> Iterator[Page]:
        seen = {""}
        while True:
            path, params = ("webinars", webinar.id, "registrants"), [("status", status)]
            try:
                listing = self.api.page("registrants", *path, params=params, after=after)
            except PageExpired:
                if not after:
                    raise ContractBroken("Zoom calls the first page of a list too old.") from None
                listing = self.api.page("registrants", *path, params=params)
            if listing.next in seen - {""}:
                raise ContractBroken("Zoom's pages go round in a circle.")
            seen.add(listing.next)
            after = listing.next
            # Behind the last page of a list comes the next list, which is the first whose name is larger.
            following = Position(webinar=webinar.id, part=status if after else status + "~", after=after)
            yield self._page(listing.rows, webinar, status, following)
            if not after:
                return

    def _page(self, rows: Sequence[JsonObject], webinar: Occasion, status: str, following: Position) -> Page:
        changes: list[Change] = []
        rejects: list[Reject] = []
        told = Told(status, keep_join_url=self.settings.keep_join_urls)
        for row in rows:
            try:
                changes.append(read_registration(row, webinar, told))
            except Invalid as error:
                raw = repr(sorted(row.items())).encode("utf-8", "replace")
                rejects.append(Reject(REGISTRATION, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw))
        return Page(changes, following.cursor(), rejects)

    def attendance(self, since: Cursor | None) -> Iterator[Page]:
        """Yield who came and who did not, for every meeting of every webinar that is over."""
        position = read_position(since)
        for webinar in self._webinars(position):
            begun = position.webinar == webinar.id
            for uuid, started in self._held(webinar):
                if begun and uuid < position.part:
                    continue
                skip = position.skip if begun and uuid == position.part else 0
                changes = self._attendees(webinar, uuid, started)
                for start in range(skip, max(len(changes), skip + 1), PAGE_SIZE):
                    following = Position(webinar=webinar.id, part=uuid, skip=start + PAGE_SIZE)
                    yield Page(changes[start : start + PAGE_SIZE], following.cursor())
        yield Page((), Position().cursor())

    def _held(self, webinar: Occasion) -> list[tuple[str, str | None]]:
        """The meetings of a webinar that took place, by uuid; a webinar that was never held has none."""
        try:
            answer = self.api.get("past_webinars", webinar.id, "instances")
        except Missing:
            return []
        rows = answer.get("webinars")
        found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        recent = [row for row in found if webinar.id in self.settings.webinars or self._is_recent(read_moment(row.get("start_time")))]
        return sorted((str(row["uuid"]), str(row.get("start_time") or "") or None) for row in recent if isinstance(row.get("uuid"), str))

    def _attendees(self, webinar: Occasion, uuid: str, started: str | None) -> list[Change]:
        """Everybody of one meeting; people join several times, so the whole report is needed to count anybody's minutes."""
        name = quoted_uuid(uuid)
        occasion = Occasion("webinar", webinar.id, webinar.topic, started or webinar.start_time)
        try:
            present = list(self.api.all("participants", "report", "webinars", name, "participants", params=_WITH_IDS))
            absent = list(self.api.all("registrants", "past_webinars", name, "absentees"))
        except Missing:
            return []  # the report is not ready yet; the next round asks again
        return gather(occasion, uuid, present, absent)

    def _webinars(self, position: Position) -> Iterator[Occasion]:
        """The webinars that are not done in this round, in the order of their numbers."""
        found: dict[str, Occasion] = {}
        for user in self.settings.users:
            for row in self.api.all("webinars", "users", user, "webinars"):
                try:
                    occasion = read_occasion(row)
                except Invalid:
                    continue
                if self._is_recent(read_moment(occasion.start_time)):
                    found.setdefault(occasion.id, occasion)
        for webinar_id in self.settings.webinars:
            if webinar_id not in found and webinar_id >= position.webinar:
                found[webinar_id] = self._named(webinar_id)
        return iter([found[webinar_id] for webinar_id in sorted(found) if webinar_id >= position.webinar])

    def _named(self, webinar_id: str) -> Occasion:
        try:
            return read_occasion({**self.api.get("webinars", webinar_id), "id": webinar_id})
        except Missing as error:
            hint = "Correct `webinars`, or take out a webinar that was deleted at Zoom."
            raise ConfigInvalid(f"The webinar {webinar_id} cannot be read.", setting="webinars", hint=hint) from error

    def _is_recent(self, started: datetime | None) -> bool:
        """Whether it is still ahead or began lately; a recurring webinar without fixed times always is."""
        return started is None or started >= self.now - timedelta(days=self.settings.past_days)


_WITH_IDS = (("include_fields", "registrant_id"),)
