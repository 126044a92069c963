"""Fault dials: what goes wrong, for which requests, how many times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from sandbox.wire import Answer, Request


class FaultKind(StrEnum):
    """How a request is spoilt. Those named `after` happen once the vendor has applied the request."""

    STATUS = "status"
    """Answer `status` with `body` and `headers`; nothing is applied."""
    TIMEOUT = "timeout"
    """Never answer: hold the connection `seconds`, then close it; nothing is applied."""
    TIMEOUT_AFTER = "timeout_after"
    """Apply the request, hold the connection `seconds`, then close it without an answer."""
    RESET = "reset"
    """Close the connection at once; nothing is applied."""
    RESET_AFTER = "reset_after"
    """Apply the request, then close the connection: the answer is lost."""
    SLOW = "slow"
    """Apply the request and answer after `seconds`."""
    TRUNCATED_AFTER = "truncated_after"
    """Apply the request and cut the answer's body in half, with the full Content-Length announced."""
    EXPIRED_TOKEN = "expired_token"
    """Let the vendor answer as if the caller's token had expired (the stand-in's own words)."""


@dataclass(slots=True)
class Fault:
    """One dial: applies to requests whose `METHOD path` matches `match`, `skip` let through first, `times` spoilt (-1: always)."""

    kind: FaultKind
    match: str = ".*"
    times: int = 1
    skip: int = 0
    status: int = 503
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 1.0

    @classmethod
    def from_data(cls, arguments: Mapping[str, Any]) -> Fault:
        """Read a dial from plain data; `ValueError` says which argument is wrong and what is allowed."""
        names = [each.name for each in fields(cls)]
        if unknown := sorted(set(arguments) - set(names)):
            raise ValueError(f"a fault knows no {', '.join(unknown)}; it knows {', '.join(names)}")
        kinds = [kind.value for kind in FaultKind]
        if arguments.get("kind") not in kinds:
            raise ValueError(f"a fault needs a kind, one of {', '.join(kinds)}; got {arguments.get('kind')!r}")
        fault = cls(**{**arguments, "kind": FaultKind(arguments["kind"])})
        fault.check()
        return fault

    def check(self) -> None:
        """Raise `ValueError` for a dial that could never be carried out as meant."""
        try:
            re.compile(self.match)
        except re.error as cause:
            raise ValueError(f"match {self.match!r} is not a regular expression: {cause}") from cause
        if self.times == 0 or self.times < -1 or self.skip < 0:
            raise ValueError("times is a positive number or -1 for always, skip is 0 or more")
        if not 100 <= self.status <= 599 or self.seconds < 0:
            raise ValueError("status lies between 100 and 599, seconds is 0 or more")

    def answer(self) -> Answer:
        """The answer of a `status` fault."""
        return Answer(self.status, self.body.encode(), self.headers)


class FaultBoard:
    """The dials of one stand-in, tried in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, arguments: Mapping[str, Any]) -> None:
        """Set a dial from plain data, as it arrives on `POST /_sandbox/fault`; `ValueError` when it makes no sense."""
        self._faults.append(Fault.from_data(arguments))

    def clear(self) -> None:
        """Take all dials back."""
        self._faults.clear()

    def pending(self) -> list[dict[str, Any]]:
        """The dials that can still spoil a request, as plain data with what is left of `times` and `skip`."""
        return [asdict(fault) for fault in self._faults if fault.times != 0]

    def take(self, request: Request) -> Fault | None:
        """The fault that spoils this request, counted down; `None` when nothing does."""
        line = f"{request.method} {request.path}"
        for fault in self._faults:
            if fault.times == 0 or not re.search(fault.match, line):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.times -= 1 if fault.times > 0 else 0
            return fault
        return None
