"""Collects what a tap tells into pages; a state is passed on only together with everything before it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

from connectors.singer.messages import State
from core.contract import Change, ContractBroken, Cursor, JsonValue, Page, Reject

PAGE = 500


def state_of(cursor: Cursor | None) -> JsonValue:
    """The tap's state in a cursor; raises ContractBroken for a cursor that is not ours."""
    try:
        found: JsonValue = None if cursor is None else json.loads(cursor)["state"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ContractBroken("The cursor was not made by the Singer connector.") from error
    return found


class Pages:
    """Holds records until a state confirms them, or until they are too many to hold."""

    def __init__(self, since: Cursor | None, held_bytes: int) -> None:
        """Start after a cursor."""
        self._resume = since if since is not None else _cursor(None)
        self._given = since
        self._held_bytes = held_bytes
        self._open: list[Change | Reject] = []
        self._open_bytes = 0
        self._sealed: deque[tuple[list[Change | Reject], Cursor]] = deque()
        self._count = 0

    def add(self, found: Change | Reject | State, size: int) -> Iterator[Page]:
        """Take the next thing told, and give the pages that are full."""
        if isinstance(found, State):
            self._sealed.append((self._open, _cursor(found.value)))
            self._count += len(self._open)
            self._open, self._open_bytes = [], 0
            if self._count >= PAGE:
                yield from self.confirmed()
            return
        self._open.append(found)
        self._open_bytes += size
        if self._open_bytes > self._held_bytes:
            yield from self.rest()

    def alive(self) -> Page:
        """A page that says nothing but that the tap is still at work."""
        return Page((), self._resume)

    def confirmed(self) -> Iterator[Page]:
        """Everything up to the last state."""
        while self._sealed:
            items, resume = self._sealed.popleft()
            while self._sealed and len(items) + len(self._sealed[0][0]) <= PAGE:
                more, resume = self._sealed.popleft()
                items = [*items, *more]
            yield from self._split(items, resume)
        self._count = 0

    def rest(self) -> Iterator[Page]:
        """Everything; what no state confirms is told again by the next run, and recognised."""
        yield from self.confirmed()
        items, self._open, self._open_bytes = self._open, [], 0
        yield from self._split(items, self._resume)

    def _split(self, items: list[Change | Reject], resume: Cursor) -> Iterator[Page]:
        for at in range(0, len(items), PAGE):
            part = items[at : at + PAGE]
            is_last = at + PAGE >= len(items)
            yield self._page(part, resume if is_last else self._resume)
        if not items and resume != self._given:
            yield self._page([], resume)
        self._resume = self._given = resume

    @staticmethod
    def _page(items: list[Change | Reject], resume: Cursor) -> Page:
        changes = [each for each in items if isinstance(each, Change)]
        return Page(changes, resume, [each for each in items if isinstance(each, Reject)])


def _cursor(state: JsonValue) -> Cursor:
    return Cursor(json.dumps({"state": state}, sort_keys=True))
