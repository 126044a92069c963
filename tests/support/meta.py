"""Drive the Graph stand-in without sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.meta_graph import MetaGraphStandIn
from sandbox.meta_graph.state import FORM_ID, PAGE_TOKEN
from sandbox.wire import Answer, Push, Request
from tests.support.sandbox import START

CALLBACK = "http://127.0.0.1:9/hooks/meta"


@dataclass
class Result:
    """A Graph answer with its JSON taken apart."""

    answer: Answer

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Answer headers, lower-case names."""
        return self.answer.headers

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.answer.body)

    @property
    def code(self) -> tuple[int, int | None]:
        """Code and subcode of the error; fails when there is none."""
        error = self.json["error"]
        return error["code"], error.get("error_subcode")


class MetaWorld:
    """A stand-in and a clock that the test moves."""

    def __init__(self, seed: int = 1) -> None:
        self.core = MetaGraphStandIn(seed)
        self.now = START

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def call(self, method: str, path: str, params: Mapping[str, Any] | None = None, *, token: str | None = PAGE_TOKEN) -> Result:
        """One call under v26.0 (or the version in `path`); parameters go into the query."""
        headers = {"host": "127.0.0.1:9"} | ({"authorization": f"Bearer {token}"} if token else {})
        full = path if path.startswith("/v") else f"/v26.0/{path}"
        return Result(self.core.handle(Request(method, full, urlencode(params or {}), headers), self.now))

    def get(self, path: str, **params: Any) -> Result:
        """A GET with the page token."""
        return self.call("GET", path, params)

    def dial(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial."""
        return self.core.control(verb, arguments, self.now)

    def submit(self, **arguments: Any) -> str:
        """Submit a lead in the demonstration form; the id."""
        return str(self.dial("submit", **{"form_id": FORM_ID, "field_data": {"email": "ada@example.com"}, **arguments})["id"])

    def subscribe(self, **arguments: Any) -> None:
        """Subscribe a callback and pass the handshake."""
        self.dial("subscribe", callback_url=CALLBACK, **arguments)
        self.settle(200)

    def settle(self, status: int | None, *, at: datetime | None = None) -> list[Push]:
        """Take the pushes that are due and report `status` for each."""
        due = list(self.core.pushes(at or self.now))
        for push in due:
            self.core.pushed(push, status, at or self.now)
        return due


def leadgen_ids(pushes: list[Push]) -> list[str]:
    """The lead ids in a series of pushes, in order."""
    entries = [entry for push in pushes for entry in json.loads(push.body)["entry"]]
    return [change["value"]["leadgen_id"] for entry in entries for change in entry["changes"] if change["field"] == "leadgen"]
