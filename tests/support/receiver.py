"""A real HTTP receiver for webhooks: keeps what arrives and answers as the test says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sandbox.shell import Served
from sandbox.wire import Answer, Push, Request
from tests.support.sandbox import frozen_clock, serving


class Receiver:
    """A stand-in core that stores every request and answers with the next of `answers`, the last one for ever."""

    name = "receiver"

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers) or [Answer()]
        self.received: list[Request] = []

    def handle(self, request: Request, now: datetime) -> Answer:
        """Keep the request; a handshake gets its challenge echoed."""
        self.received.append(request)
        if "hub.challenge" in request.params():
            return Answer(200, request.params()["hub.challenge"][0].encode())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def pushes(self, now: datetime) -> Sequence[Push]:
        """A receiver pushes nothing."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """A receiver has no dials."""
        raise ValueError(f"no dial {verb}")


@contextmanager
def receiving(*answers: Answer) -> Iterator[tuple[Served, Receiver]]:
    """Listen on a free loopback port until the block ends."""
    receiver = Receiver(*answers)
    with serving(receiver, frozen_clock()) as served:
        yield served, receiver
