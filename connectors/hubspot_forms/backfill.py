"""Read the submissions of forms in polls that skip none: newest first down to an overlap, with a resumable position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.hubspot_forms.api import FormsApi, SubmissionPage
from connectors.hubspot_forms.submissions import submitted_at
from core.contract import Clock, ConfigInvalid, ContractBroken, Cursor, Invalid, JsonValue


class Progress(BaseModel):
    """A form in the middle of being read: its next page, and the newest time seen so far in milliseconds.

    The newest submission comes first, so the form's own time may move on only when all pages down to it were read.
    """

    model_config = ConfigDict(frozen=True)

    form: str
    after: str
    newest: int


class Position(BaseModel):
    """Where reading stands: each form's newest time, the last form finished in this round, and the form being read."""

    model_config = ConfigDict(frozen=True)

    forms: dict[str, int] = {}
    done: str = ""
    progress: Progress | None = None

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class FormPage:
    """Some submissions of one form, and the cursor behind them."""

    form: str
    nodes: Sequence[JsonValue] = field(repr=False)
    resume: Cursor


@dataclass(frozen=True, slots=True)
class Backfill:
    """Reads forms, and again the last `overlap_seconds` of each. The API knows no filter by time, so paging stops by hand."""

    api: FormsApi
    clock: Clock
    overlap_seconds: int

    def read(self, forms: Sequence[str], since: Cursor | None) -> Iterator[FormPage]:
        """Yield the submissions of all forms after `since`, form by form in the order of their ids.

        Going on from any page's cursor reads exactly what comes after it; from the last one, what lies within the
        overlap comes again.
        """
        position = _read_position(since)
        for form in sorted(set(forms)):
            if form <= position.done:
                continue
            for page, after in self._form(form, position):
                yield page
                position = after
        yield FormPage("", (), Position(forms=position.forms).cursor())

    def _form(self, form: str, position: Position) -> Iterator[tuple[FormPage, Position]]:
        known = position.forms.get(form, 0)
        progress = position.progress if position.progress and position.progress.form == form else None
        newest, bound = progress.newest if progress else known, known - 1000 * self.overlap_seconds
        for page in self._pages(form, progress.after if progress else None):
            newest = max([newest, *(self._capped(node) for node in page.nodes)])
            fresh = [node for node in page.nodes if not _is_before(node, bound)]
            # Only a page that lies before the bound as a whole ends the reading: neighbours may have changed places.
            is_last = page.after is None or (bool(page.nodes) and not fresh)
            if is_last:
                position = Position(forms={**position.forms, form: newest}, done=form)
            else:
                position = position.model_copy(update={"progress": Progress(form=form, after=page.after or "", newest=newest)})
            yield FormPage(form, fresh, position.cursor()), position
            if is_last:
                return

    def _pages(self, form: str, after: str | None) -> Iterator[SubmissionPage]:
        try:
            page = self.api.page(form, after=after)
        except Invalid:
            # How long a place stays good is not told; the form is then read again from its last complete state.
            after = None
            page = self.api.page(form)
        read = {after}
        yield page
        while page.after is not None:
            if page.after in read:
                raise ContractBroken("HubSpot repeats a page of a form's submissions.")
            read.add(page.after)
            page = self.api.page(form, after=page.after)
            yield page

    def _capped(self, node: JsonValue) -> int:
        """The submission's time, at most now: one from the future would hide all that come before it."""
        return min(_millisecond(submitted_at(node)), _millisecond(self.clock.now()))


def _is_before(node: JsonValue, bound: int) -> bool:
    moment = submitted_at(node)
    return moment is not None and _millisecond(moment) < bound


def _millisecond(moment: datetime | None) -> int:
    return round(moment.timestamp() * 1000) if moment else 0


def _read_position(since: Cursor | None) -> Position:
    if since is None:
        return Position()
    try:
        return Position.model_validate_json(since)
    except ValidationError as error:
        message = "The stored cursor is not one of HubSpot forms."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error
