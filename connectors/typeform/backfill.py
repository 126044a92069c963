"""Read the responses of forms in polls that never skip one: by time, oldest first, from an inclusive second with an overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.typeform.api import RESPONSES_SCOPE, Api, items_of
from connectors.typeform.responses import submitted_at
from core.contract import ConfigInvalid, ContractBroken, Cursor, JsonObject

_PAGE_SIZE = 200


class Progress(BaseModel):
    """A form in the middle of being read: the second up to which all is read, and the responses of that very second."""

    model_config = ConfigDict(frozen=True)

    form: str
    second: int
    seen: frozenset[str]


class Position(BaseModel):
    """Where reading stands: the newest second of each form, the last form finished in this round, and the form being read."""

    model_config = ConfigDict(frozen=True)

    forms: dict[str, int] = {}
    done: str = ""
    progress: Progress | None = None

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """Some responses of one form, and the cursor behind them."""

    form_id: str
    nodes: Sequence[JsonObject] = field(repr=False)
    resume: Cursor


@dataclass(frozen=True, slots=True)
class Backfill:
    """Reads forms through the Responses API ('Retrieve responses'), and again the last `overlap_seconds` of each.

    Pages are made of the inclusive bound `since` rather than of Typeform's response tokens: those exclude sorting, and
    what they do across many pages is told in different ways.
    """

    api: Api
    overlap_seconds: int

    def read(self, forms: Sequence[str], since: Cursor | None) -> Iterator[ResponsePage]:
        """Yield the responses of all forms after `since`, form by form in the order of their ids.

        Going on from any page's cursor reads exactly what comes after it; from the last one, what lies within the
        overlap comes again.
        """
        position = _read_position(since)
        for form in sorted(forms):
            if form <= position.done:
                continue
            for page, after in self._pages(form, position):
                yield page
                position = after
        yield ResponsePage("", (), Position(forms=position.forms).cursor())

    def _pages(self, form: str, position: Position) -> Iterator[tuple[ResponsePage, Position]]:
        known = position.forms.get(form, 0)
        progress = position.progress if position.progress and position.progress.form == form else None
        progress = progress or Progress(form=form, second=max(known - self.overlap_seconds, 0), seen=frozenset())
        while True:
            nodes, is_last = self._page(progress)
            fresh = [node for node in nodes if _token(node) not in progress.seen]
            if not is_last and not fresh:
                raise ContractBroken("Typeform repeats a page of responses, or has more of one second than fit into a page.")
            progress = _advanced(progress, nodes)
            if is_last:
                forms = {**position.forms, form: max(known, progress.second)}
                position = Position(forms=forms, done=form)
            else:
                position = position.model_copy(update={"progress": progress})
            yield ResponsePage(form, fresh, position.cursor()), position
            if is_last:
                return

    def _page(self, progress: Progress) -> tuple[list[JsonObject], bool]:
        since = datetime.fromtimestamp(progress.second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = [("page_size", str(_PAGE_SIZE)), ("sort", "submitted_at,asc")]
        params += [("since", since)] if progress.second else []
        answer = self.api.get("forms", progress.form, "responses", scope=RESPONSES_SCOPE, params=params)
        nodes = items_of(answer)
        seconds = [second for node in nodes if (second := _second(node))]
        if seconds != sorted(seconds):
            raise ContractBroken("Typeform does not tell responses in the order that was asked for, so some might be skipped.")
        count = answer.get("page_count")
        return nodes, not nodes or (len(nodes) < _PAGE_SIZE and not (isinstance(count, int) and count > 1))


def _advanced(progress: Progress, nodes: Sequence[JsonObject]) -> Progress:
    newest = max([progress.second, *map(_second, nodes)])
    seen = {_token(node) for node in nodes if _second(node) == newest}
    return Progress(form=progress.form, second=newest, seen=frozenset(seen | (progress.seen if newest == progress.second else set())))


def _read_position(since: Cursor | None) -> Position:
    if since is None:
        return Position()
    try:
        return Position.model_validate_json(since)
    except ValidationError as error:
        message = "The stored cursor is not one of Typeform."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error


def _token(node: JsonObject) -> str:
    return str(node.get("token") or node.get("response_id") or "")


def _second(node: JsonObject) -> int:
    moment = submitted_at(node)
    return int(moment.timestamp()) if moment else 0
