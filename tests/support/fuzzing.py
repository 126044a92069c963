"""One spoiled delivery through its connector as the door does it: what may come out, and how much work it may make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from types import FrameType
from typing import Any

from core.contract import Event, InboundRequest, Invalid, Outcome, SignatureInvalid
from core.flow.intake.door import Verdict, judge
from core.store.codec import unpack
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.vault import PlainVault
from tests.support.mutations import CONTENT_TYPES, HEADER_VALUES, ORIGINS, QUERIES
from tests.support.push_seeds import TOKEN, Seed

LINES_FOR_ANY, LINES_A_BYTE = 20_000, 60
"""The work that a delivery may make, in lines of Python run: so much for any, and so much more for each byte."""


class TooMuchWork(BaseException):
    """A parser went on beyond all proportion. No `Exception`, so that nothing in between takes it for one of its own."""


@contextmanager
def bounded_work(size: int) -> Iterator[None]:
    """Stop what runs more lines of Python than a payload of this size is worth; no clock is asked, and nothing can hang."""
    left = LINES_FOR_ANY + LINES_A_BYTE * size

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooMuchWork(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def spoiled(chance: Random, seed: Seed) -> InboundRequest:
    """A delivery of a seed gone wrong: mostly inside its body and signed all the same, else around it."""
    body = seed.spoil(chance) if chance.random() < 0.9 else seed.body
    content_type = chance.choice(CONTENT_TYPES) if chance.random() < 0.1 else None
    request = seed.request(body if seed.method == "POST" else b"", content_type)
    around = chance.random()
    if around < 0.1:
        name = chance.choice([*request.headers, "webhook-id", "x-hub-signature-256", "ce-specversion"])
        return replace(request, headers={**request.headers, name: chance.choice(HEADER_VALUES)})
    if around < 0.15:
        path = seed.path if chance.random() < 0.5 else f"/hooks/it/{chance.choice(('', TOKEN, TOKEN[:-1], 'é'))}"
        return replace(request, url=f"{chance.choice(('https://leads.example.com', *ORIGINS))}{path}{chance.choice(QUERIES)}")
    if around < 0.17:
        return replace(request, method=chance.choice(("GET", "OPTIONS", "HEAD", "put")))
    return request


def received(connector: Any, request: InboundRequest) -> Verdict:
    """Take a delivery in: whatever it is, it is verified and parsed or refused, can be stored, and every answer to it can be sent.

    Raises AssertionError naming what came out that may not, or whatever undeclared error escaped.
    """
    try:
        connector.verify(request)
        events = connector.parse(request)
    except (SignatureInvalid, Invalid) as error:
        events = ()
        assert error.message and "\ud800" not in error.message
    for event in events:
        _check_event(event)
    verdict = judge(connector, request)
    assert verdict.outcome in (Outcome.STORED, Outcome.INVALID, Outcome.REFUSED)
    assert [event.id for event in events if not event.look] == [arrival.event_id for arrival in verdict.arrivals], (
        "the same delivery, other events"
    )
    for arrival in verdict.arrivals:
        _check_stored(arrival, request)
    for outcome in (verdict.outcome, Outcome.UNAVAILABLE):
        _check_answer(connector.answer(request, outcome))
    return verdict


def _check_event(event: Event) -> None:
    assert event.id and isinstance(event.id, str)
    assert [event.look, event.change is not None, event.ref is not None].count(True) == 1, "a record, a reference or a wish to look"
    if event.look:
        return
    named = event.change if event.change is not None else event.ref
    assert named is not None and isinstance(named.object, str) and isinstance(named.id, str) and named.id
    if event.change is not None and event.change.changed_at is not None:
        assert event.change.changed_at.utcoffset() is not None


def _check_stored(arrival: Arrival, request: InboundRequest) -> None:
    """What goes to the database has to be text that it takes, and content that opens again."""
    entry = seal_arrival(PlainVault(), "main", "it", arrival, request.received_at)
    for text in (entry.object, entry.native_id, entry.event_id, entry.flag):
        assert text.encode() == text.encode().replace(b"\x00", b"")
    if entry.sealed_change is not None:
        unpack(PlainVault().open(PlainVault().open_key("", b"plain"), "inbox.change", entry.sealed_change))


def _check_answer(reply: Any) -> None:
    assert 200 <= reply.status < 600 and isinstance(reply.body, bytes)
    for name, value in reply.headers.items():
        line = f"{name}: {value}"
        assert line.encode("latin-1") and not set(line) & set("\r\n\0")
