"""Fault dials of the remote in memory: what goes wrong on the wire, for how many calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MemoryFault(StrEnum):
    """How a call is spoilt. Those named `after` happen once the remote has applied the call."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    RESET = "reset"
    RESET_AFTER = "reset_after"
    HTML_BODY = "html_body"
    CUT_OFF_AFTER = "cut_off_after"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    SAME_PAGE = "same_page"

    @property
    def is_after(self) -> bool:
        """Whether the remote applies the call before things go wrong."""
        return self in {MemoryFault.RESET_AFTER, MemoryFault.CUT_OFF_AFTER}


@dataclass(slots=True)
class Dial:
    """One set dial: `times` calls are spoilt (-1: all), after `skip` calls went well; `writing_only` spares reads."""

    fault: MemoryFault
    times: int = 1
    skip: int = 0
    retry_after: float | None = None
    writing_only: bool = False


class FaultBoard:
    """The dials of one remote; the first that concerns a call spoils it."""

    def __init__(self) -> None:
        """Start with a remote that behaves."""
        self._dials: list[Dial] = []

    def set(self, dial: Dial) -> None:
        """Add a dial behind those already set."""
        self._dials.append(dial)

    def clear(self) -> None:
        """Let the remote behave."""
        self._dials.clear()

    @property
    def is_stuck(self) -> bool:
        """Whether reads give the first page again and again."""
        return any(dial.fault is MemoryFault.SAME_PAGE and dial.times != 0 for dial in self._dials)

    def take(self, *, writing: bool) -> Dial | None:
        """The dial that spoils this call, counted down; None when the call goes well."""
        for dial in self._dials:
            if dial.times == 0 or dial.fault is MemoryFault.SAME_PAGE or (dial.writing_only and not writing):
                continue
            if dial.skip > 0:
                dial.skip -= 1
                return None
            dial.times -= 1 if dial.times > 0 else 0
            return dial
        return None
