"""Read an owner's responses in polls that never skip one: by window of submission times, with an overlap and a resumable place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.linkedin_lead_gen.api import Api, Window
from core.contract import ConfigInvalid, ContractBroken, Cursor, JsonObject, JsonValue, Unavailable

_DAY_MS = 86_400_000


class Progress(BaseModel):
    """A window in the middle of being read: its lead type and bounds, the next place in it, and how many it held."""

    model_config = ConfigDict(frozen=True)

    lead_type: str
    start: int
    end: int
    offset: int = 0
    total: int | None = None


class Position(BaseModel):
    """Where reading stands: up to when each lead type was read, those finished in this round, and the window being read."""

    model_config = ConfigDict(frozen=True)

    until: dict[str, int] = {}
    done: tuple[str, ...] = ()
    progress: Progress | None = None

    def cursor(self) -> Cursor:
        """Write the position down."""
        return Cursor(self.model_dump_json(exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """Some responses, and the cursor behind them."""

    nodes: Sequence[JsonObject] = field(repr=False)
    resume: Cursor


@dataclass(frozen=True, slots=True)
class Backfill:
    """Reads one owner's responses, and again those of the last `overlap_seconds` before the end of the poll before."""

    api: Api
    owner: str
    overlap_seconds: int
    history_days: int

    def read(self, lead_types: Sequence[str], since: Cursor | None, now: datetime) -> Iterator[ResponsePage]:
        """Yield the responses up to `now`, lead type by lead type.

        Going on from any page's cursor reads the rest of the same window; from the last one, the overlap comes again.
        """
        position = _read_position(since)
        end = int(now.timestamp() * 1000)
        for lead_type in lead_types:
            if lead_type in position.done:
                continue
            for page, after in self._pages(lead_type, position, end):
                yield page
                position = after
        yield ResponsePage((), Position(until=position.until).cursor())

    def _pages(self, lead_type: str, position: Position, end: int) -> Iterator[tuple[ResponsePage, Position]]:
        progress = position.progress
        if progress is None or progress.lead_type != lead_type:
            known = position.until.get(lead_type)
            start = end - self.history_days * _DAY_MS if known is None else known - self.overlap_seconds * 1000
            progress = Progress(lead_type=lead_type, start=max(start, 1), end=max(end, known or 0))
        before: set[str] = set()
        while True:
            window = Window(self.owner, lead_type, progress.start, progress.end)
            answer = self.api.responses(window, progress.offset)
            nodes, total = _elements(answer), _total(answer)
            ids = {str(node.get("id")) for node in nodes}
            if nodes and ids <= before:
                raise ContractBroken("LinkedIn repeats a page of responses.")
            before = ids
            progress, is_last = _advanced(progress, len(nodes), total)
            if is_last:
                position = Position(until={**position.until, lead_type: progress.end}, done=(*position.done, lead_type))
            else:
                position = position.model_copy(update={"progress": progress})
            yield ResponsePage(nodes, position.cursor()), position
            if is_last:
                return


def _advanced(progress: Progress, count: int, total: int | None) -> tuple[Progress, bool]:
    """The next place. Places count from the first response: when one is deleted meanwhile, the others move up and one
    would be skipped, so that a window that has become smaller is read from its beginning."""
    if total is not None and progress.total is not None and total < progress.total:
        return progress.model_copy(update={"offset": 0, "total": total}), False
    offset = progress.offset + count
    is_last = count == 0 if total is None else count == 0 or offset >= total
    return progress.model_copy(update={"offset": offset, "total": total}), is_last


def _elements(answer: JsonObject) -> list[JsonObject]:
    elements: JsonValue = answer.get("elements")
    if not isinstance(elements, list):
        raise Unavailable("LinkedIn answered a listing without its elements.")
    return [each if isinstance(each, dict) else {} for each in elements]


def _total(answer: JsonObject) -> int | None:
    paging = answer.get("paging")
    total = paging.get("total") if isinstance(paging, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _read_position(since: Cursor | None) -> Position:
    if since is None:
        return Position()
    try:
        return Position.model_validate_json(since)
    except ValidationError as error:
        message = "The stored cursor is not one of LinkedIn Lead Gen Forms."
        raise ConfigInvalid(message, hint="Read this connection again from the beginning.") from error
