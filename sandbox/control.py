"""The paths under `/_sandbox`: turn the dials of a stand-in while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.clock import DialClock
from sandbox.faults import FaultBoard
from sandbox.journal import Journal
from sandbox.wire import Answer, Request, StandIn, json_answer

PREFIX = "/_sandbox/"


class ControlDesk:
    """Answer control requests; whatever cannot be done is a 400 whose `error` says why, and nothing has changed."""

    def __init__(self, stand_in: StandIn, clock: DialClock, faults: FaultBoard, journal: Journal) -> None:
        self._stand_in = stand_in
        self._clock = clock
        self._faults = faults
        self._journal = journal
        self._own: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
            ("GET", "journal"): lambda _: {"total": journal.total, "entries": journal.as_data()},
            ("POST", "journal/clear"): self._clear_journal,
            ("POST", "fault"): self._add_fault,
            ("GET", "faults"): lambda _: faults.pending(),
            ("POST", "faults/clear"): self._clear_faults,
            ("GET", "clock"): lambda _: {"now": clock.now().isoformat()},
            ("POST", "clock"): self._turn_clock,
        }

    def answer(self, request: Request) -> Answer:
        """Carry out one control request and answer with JSON."""
        verb = request.path.removeprefix(PREFIX)
        try:
            arguments = request.json() if request.body else {}
            if not isinstance(arguments, Mapping):
                raise ValueError("the arguments of a dial are one JSON object")
            return json_answer(self._carry_out(request.method, verb, arguments))
        except (ValueError, TypeError, LookupError) as problem:
            return json_answer({"error": f"{verb}: {type(problem).__name__}: {problem}"}, 400)

    def _carry_out(self, method: str, verb: str, arguments: Mapping[str, Any]) -> Any:
        own = self._own.get((method, verb))
        if own is not None:
            return own(arguments)
        if method != "POST":
            raise ValueError("dials are turned with POST; only journal, faults and clock can be read with GET")
        return self._stand_in.control(verb, arguments, self._clock.now())

    def _add_fault(self, arguments: Mapping[str, Any]) -> Any:
        self._faults.add(arguments)
        return {"faults": self._faults.pending()}

    def _clear_faults(self, _: Mapping[str, Any]) -> Any:
        self._faults.clear()
        return {"faults": []}

    def _clear_journal(self, _: Mapping[str, Any]) -> Any:
        self._journal.clear()
        return {"total": 0}

    def _turn_clock(self, arguments: Mapping[str, Any]) -> Any:
        if not arguments or set(arguments) - {"advance_seconds", "at", "freeze"}:
            raise ValueError('the clock takes {"advance_seconds": n}, {"at": "2026-01-02T03:04:05+00:00"} or {"freeze": true}')
        if "at" in arguments:
            self._clock.set(datetime.fromisoformat(arguments["at"]))
        if "advance_seconds" in arguments:
            self._clock.advance(float(arguments["advance_seconds"]))
        if arguments.get("freeze"):
            self._clock.freeze()
        return {"now": self._clock.now().isoformat()}
