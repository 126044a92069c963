"""The door of the Graph stand-in: version, token, quota, then the node or edge that the path names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.meta_graph import refusals
from sandbox.meta_graph.dials import Dials
from sandbox.meta_graph.edges import Call, Edges
from sandbox.meta_graph.hooks import Hooks
from sandbox.meta_graph.quota import LeadgenQuota
from sandbox.meta_graph.refusals import GraphError
from sandbox.meta_graph.state import FORM_ID, PAGE_ID, PAGE_TOKEN, Graph, Page, Token
from sandbox.wire import Answer, Push, Request, json_answer

_VERSION = re.compile(r"v(\d{1,3})\.0")
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Address:
    """A path taken apart: the version that answers, the node, and the edge if one is named."""

    version: int
    warning: str | None
    node: str
    edge: str | None


class MetaGraphStandIn:
    """Meta's Graph API for lead ads, with one Page, one form and one token from the start.

    Deterministic: equal calls at equal times give equal ids, order and bytes. Not thread-safe; the shell locks.
    """

    name = "meta"

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._begin()

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one Graph call; every refusal is Graph's error envelope, never an exception."""
        trace_id = self._graph.mint.trace_id()
        headers = {"x-fb-trace-id": trace_id, "x-fb-request-id": trace_id, "cache-control": "private, no-store"}
        try:
            address = self._read_address(request)
            headers["facebook-api-version"] = f"v{address.version}.0"
            if address.warning:
                headers["x-ad-api-version-warning"] = address.warning
            answer = self._answer(request, address, now, headers)
        except GraphError as error:
            answer = error.refusal.answer(trace_id)
        return Answer(answer.status, answer.body, {**headers, **answer.headers})

    def pushes(self, now: datetime) -> Sequence[Push]:
        """The webhooks that are due, signed; also the handshake of a new subscription."""
        return self._hooks.take_due(now)

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note an outcome; anything but 2xx is retried for 36 hours."""
        self._hooks.conclude(push, status, now)

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial; `ValueError` or `LookupError` say what is wrong with the arguments. `reset` begins anew."""
        if verb == "reset":
            self._begin()
            return {}
        return self._dials.turn(verb, arguments, now)

    def _begin(self) -> None:
        self._graph = Graph(self._seed)
        self._hooks = Hooks(self._graph)
        self._quota = LeadgenQuota(self._graph)
        self._dials = Dials(self._graph, self._hooks)
        self._edges = Edges(self._graph, self._hooks)
        self._graph.pages[PAGE_ID] = Page(PAGE_ID, "Example Page")
        self._graph.tokens[PAGE_TOKEN] = Token(PAGE_ID)
        self._dials.turn("form", {"id": FORM_ID, "name": "Ask for a call"}, _FIRST_DAY)

    def _answer(self, request: Request, address: _Address, now: datetime, headers: dict[str, str]) -> Answer:
        if error := self._dials.provoked(request):
            raise error
        params = _params(request)
        key, token = self._authenticate(request, params)
        call = Call(request, params, key, token, now)
        page_id = self._edges.page_charged(address.node, address.edge)
        if page_id == token.page_id:
            headers |= self._quota.usage_header(page_id, now)
            self._quota.charge(page_id, now)
            headers |= self._quota.usage_header(page_id, now)
        return json_answer(self._edges.answer(call, address.node, address.edge))

    def _read_address(self, request: Request) -> _Address:
        segments = request.segments()
        settings = self._graph.settings
        asked = settings.oldest_version
        if found := _VERSION.fullmatch(segments[0]):
            asked, segments = int(found[1]), segments[1:]
        if not 1 < asked <= settings.current_version or not 1 <= len(segments) <= 2 or not segments[0]:
            raise refusals.no_path(request.path)
        version = max(asked, settings.oldest_version)
        warning = None
        if version != asked:
            warning = f"The call has been auto-upgraded to v{version}.0 as v{asked}.0 has been deprecated."
        return _Address(version, warning, segments[0], segments[1] if len(segments) == 2 else None)

    def _authenticate(self, request: Request, params: Mapping[str, str]) -> tuple[str, Token]:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        key = bearer.strip() if scheme.lower() in ("bearer", "oauth") else params.get("access_token", "")
        if not key:
            raise refusals.no_token()
        token = self._graph.tokens.get(key)
        if token is None:
            raise refusals.bad_token()
        if token.expired or request.headers.get("x-sandbox-fault") == "expired_token":
            raise refusals.expired_token()
        return key, token


def _params(request: Request) -> dict[str, str]:
    """Query and body parameters together: Graph takes writes as a form, as JSON or in the query; the body wins."""
    params = {name: values[-1] for name, values in request.params().items()}
    if not request.body:
        return params
    if "json" in request.headers.get("content-type", ""):
        return params | _json_params(request)
    try:
        return params | {name: values[-1] for name, values in request.form().items()}
    except UnicodeDecodeError:
        raise refusals.bad_parameter("the body is not UTF-8") from None


def _json_params(request: Request) -> dict[str, str]:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refusals.bad_parameter("the body is not a JSON object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
