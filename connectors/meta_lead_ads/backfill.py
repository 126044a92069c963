"""Read the leads of forms in polls that never skip a lead: a state per form, an overlap, and a resumable position."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.meta_lead_ads.api import Graph, GraphPage
from connectors.meta_lead_ads.leads import created_at
from core.contract import ConfigInvalid, Cursor, JsonValue, RecordError

_PAGE_SIZE = 100


class FormState(BaseModel):
    """What is known of one form: the second of its newest lead, and whether it is over."""

    model_config = ConfigDict(frozen=True)

    until: int = 0
    closed: bool = False


class Progress(BaseModel):
    """A form in the middle of being read: its next page, and its state once the last page has been read.

    Meta lists the newest lead first, so the form's state may move on only at the end.
    """

    model_config = ConfigDict(frozen=True)

    form: str
    after: str
    pending: FormState


class Position(BaseModel):
    """Where reading stands: each form's state, the last form finished in this round, and the form being read."""

    model_config = ConfigDict(frozen=True)

    forms: dict[str, FormState] = {}
    done: str = ""
    progress: Progress | None = None

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class FormRef:
    """A form to be read; one that is not active gets no new leads and is read once more only."""

    id: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class LeadPage:
    """Some lead nodes of one form, and the cursor behind them."""

    form_id: str
    nodes: Sequence[JsonValue] = field(repr=False)
    resume: Cursor


@dataclass(frozen=True, slots=True)
class Backfill:
    """Reads forms through the Graph API, asking for `fields`, and again for the last `overlap_seconds` of each."""

    graph: Graph
    fields: Sequence[str]
    overlap_seconds: int

    def read(self, forms: Sequence[FormRef], since: Cursor | None) -> Iterator[LeadPage]:
        """Yield the leads of all forms after `since`, form by form in the order of their ids.

        Going on from any page's cursor reads exactly what comes after it; from the last one, the leads within the
        overlap come again.
        """
        position = _read_position(since)
        for form in sorted(forms, key=lambda form: form.id):
            if form.id <= position.done or (not form.active and position.forms.get(form.id, FormState()).closed):
                continue
            for page, after in self._pages(form, position):
                yield page
                position = after
        yield LeadPage("", (), Position(forms=position.forms).cursor())

    def _pages(self, form: FormRef, position: Position) -> Iterator[tuple[LeadPage, Position]]:
        known = position.forms.get(form.id, FormState())
        progress = position.progress if position.progress and position.progress.form == form.id else None
        pending = progress.pending if progress else known
        for page in self._graph_pages(form, known, progress.after if progress else None):
            until = max([pending.until, *map(_second, page.nodes)])
            pending = FormState(until=until, closed=not form.active)
            if page.after is None:
                position = Position(forms={**position.forms, form.id: pending}, done=form.id)
            else:
                position = position.model_copy(update={"progress": Progress(form=form.id, after=page.after, pending=pending)})
            yield LeadPage(form.id, page.nodes, position.cursor()), position

    def _graph_pages(self, form: FormRef, known: FormState, after: str | None) -> Iterator[GraphPage]:
        params = [("fields", ",".join(self.fields)), ("limit", str(_PAGE_SIZE))]
        if known.until:
            bound = {"field": "time_created", "operator": "GREATER_THAN", "value": max(known.until - self.overlap_seconds - 1, 0)}
            params.append(("filtering", json.dumps([bound], separators=(",", ":"))))
        pages = self.graph.pages(form.id, "leads", params=params, after=after)
        try:
            first = next(pages)
        except RecordError:
            if after is None:
                raise
            # Meta's page cursors die after a while; the form is then read again from its last complete state.
            pages = self.graph.pages(form.id, "leads", params=params)
            first = next(pages)
        yield first
        yield from pages


def _read_position(since: Cursor | None) -> Position:
    if since is None:
        return Position()
    try:
        return Position.model_validate_json(since)
    except ValidationError as error:
        message = "The stored cursor is not one of Meta Lead Ads."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


def _second(node: JsonValue) -> int:
    moment = created_at(node) if isinstance(node, dict) else None
    return int(moment.timestamp()) if moment else 0
