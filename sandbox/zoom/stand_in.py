"""The whole Zoom stand-in: server-to-server tokens, webinars, registrants by page token, reports of who attended, webhooks."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sandbox.wire import Answer, Push, Request, json_answer
from sandbox.zoom.hooks import Hooks

ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET = "sbx-account", "sandbox-zoom-client", "sandbox-zoom-client-secret"
WEBINAR_ID = "81000000001"
USER = "host@example.com"
TOKEN_LIFE, PAGE_LIFE = timedelta(hours=1), timedelta(minutes=15)
LARGEST_PAGE, DEFAULT_PAGE = 300, 30
_OWNERS = ("me", USER)


class _Refused(Exception):
    """A call is refused; rendered as Zoom's error object."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = json_answer({"code": code, "message": message}, status)


@dataclass(slots=True)
class _Webinar:
    id: str
    topic: str
    start_time: str
    uuid: str
    registrants: list[dict[str, Any]] = field(default_factory=list)
    participants: list[dict[str, Any]] = field(default_factory=list)
    held: bool = False

    def node(self) -> dict[str, Any]:
        return {"id": int(self.id), "uuid": self.uuid, "topic": self.topic, "type": 5, "start_time": self.start_time, "duration": 60}


class ZoomStandIn:
    """Zoom with one app, one host and one webinar from the start. Not thread-safe; the shell locks."""

    name = "zoom"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._webinars = {WEBINAR_ID: _Webinar(WEBINAR_ID, "Saving time", "2026-03-12T16:00:00Z", "/sbx//uuid==")}
        self._tokens: dict[str, datetime] = {}
        self._pages: dict[str, tuple[datetime, int]] = {}
        self._count = 0
        self._hooks = Hooks()

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is Zoom's error object, never an exception."""
        try:
            if request.path == "/oauth/token":
                return self._token(request, now)
            made = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
            if made is None or now >= made + TOKEN_LIFE or request.headers.get("x-sandbox-fault") == "expired_token":
                raise _Refused(401, 124, "Invalid access token.")
            return json_answer(self._answer(request, now))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:
        """The webhooks that are due, signed; also the handshake of a new address."""
        return self._hooks.take_due(now)

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note an outcome; anything but 2xx is repeated after 5, 30 and 90 minutes."""
        self._hooks.conclude(push, status, now)

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: see the table in docs/reference/sandbox.md; `LookupError` for one that is not there."""
        match verb:
            case "register":
                return {"ids": [self._register(arguments, now) for _ in range(int(arguments.get("count", 1)))]}
            case "registrations":
                return {f"{webinar.id}/{row['id']}": row for webinar in self._webinars.values() for row in webinar.registrants}
            case "hook":
                return {"state": self._hooks.state, "statuses": self._hooks.statuses}
        dials = {
            **{"reset": self._reset, "subscribe": self._subscribe, "webinar": self._add_webinar},
            **{"status": self._set_status, "hold": self._hold, "seed_demo": self._seed_demo},
        }
        if verb not in dials:
            raise LookupError(f"there is no dial '{verb}'")
        dials[verb](arguments, now)
        return {}

    def _reset(self, arguments: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG002 - every dial is turned alike
        self._begin()

    def _subscribe(self, arguments: Mapping[str, Any], now: datetime) -> None:
        self._hooks.subscribe(str(arguments["url"]), now)

    def _add_webinar(self, arguments: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG002 - every dial is turned alike
        given = {"topic": "A webinar", "start_time": "2026-03-12T16:00:00Z", "uuid": f"uuid-{arguments['id']}==", **arguments}
        self._webinars[str(given["id"])] = _Webinar(str(given["id"]), given["topic"], given["start_time"], given["uuid"])

    def _hold(self, arguments: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG002 - every dial is turned alike
        webinar = self._webinars[str(arguments.get("webinar", WEBINAR_ID))]
        webinar.held, webinar.participants = True, list(arguments.get("participants", ()))

    def _seed_demo(self, arguments: Mapping[str, Any], now: datetime) -> None:  # noqa: ARG002 - every dial is turned alike
        self._register({"first_name": "Ilse", "last_name": "Vandamme", "email": "ilse.vandamme@example.com"}, now)

    def _register(self, arguments: Mapping[str, Any], now: datetime) -> str:
        self._count += 1
        webinar = self._webinars[str(arguments.get("webinar", WEBINAR_ID))]
        row = {
            **{"id": _mint("registrant", self._count), "first_name": "Person", "last_name": str(self._count)},
            **{"email": f"person{self._count}@example.com", "org": "Engines", "job_title": "Analyst", "phone": "", "status": "approved"},
            **{"custom_questions": [{"title": "May we write to you?", "value": "Yes"}]},
            **{"join_url": f"https://example.zoom.us/w/{webinar.id}?tk=personal"},
            **{"create_time": now.strftime("%Y-%m-%dT%H:%M:%SZ")},
            **{name: value for name, value in arguments.items() if name not in ("webinar", "count")},
        }
        webinar.registrants.append(row)
        self._announce("created", webinar, row, now)
        return f"{webinar.id}/{row['id']}"

    def _set_status(self, arguments: Mapping[str, Any], now: datetime) -> None:
        webinar_id, _, registrant = str(arguments["id"]).partition("/")
        webinar, status = self._webinars[webinar_id], str(arguments["status"])
        (row,) = [row for row in webinar.registrants if row["id"] == registrant]
        row["status"] = status
        self._announce(status, webinar, row, now)

    def _announce(self, what: str, webinar: _Webinar, row: dict[str, Any], now: datetime) -> None:
        registrant = {name: value for name, value in row.items() if name != "create_time"}
        self._hooks.announce(f"webinar.registration_{what}", {**webinar.node(), "id": webinar.id, "registrant": registrant}, now)

    def _token(self, request: Request, now: datetime) -> Answer:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        form = request.form()
        if request.headers.get("authorization") != f"Basic {pair}":
            return json_answer({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 400)
        if form.get("grant_type") != ["account_credentials"] or form.get("account_id") != [ACCOUNT_ID]:
            return json_answer({"reason": "Bad Request", "error": "invalid_request"}, 400)
        value = _mint("token", len(self._tokens) + 1)
        self._tokens[value] = now
        return json_answer({"access_token": value, "token_type": "bearer", "expires_in": 3599, "scope": "webinar:read:admin"})

    def _answer(self, request: Request, now: datetime) -> Any:
        parts = request.segments()
        if request.method != "GET" or parts[0] != "v2":
            raise _Refused(404, 404, "no such resource")
        match parts[1:]:
            case ["users", user, "webinars"] if user in _OWNERS:
                return self._page(request, "webinars", [webinar.node() for webinar in self._webinars.values()], now)
            case ["webinars", number]:
                return self._webinar(number).node()
            case ["webinars", number, "registrants"]:
                status = request.params().get("status", ["approved"])[-1]
                rows = [row for row in self._webinar(number).registrants if row["status"] == status]
                return self._page(request, "registrants", rows, now)
            case ["past_webinars", number, "instances"]:
                webinar = self._webinar(number)
                return {"webinars": [{"uuid": webinar.uuid, "start_time": webinar.start_time}] if webinar.held else []}
            case ["report", "webinars", uuid, "participants"]:
                return self._page(request, "participants", self._held(uuid).participants, now)
            case ["past_webinars", uuid, "absentees"]:
                held = self._held(uuid)
                came = {row.get("user_email") for row in held.participants}
                absent = [row for row in held.registrants if row["status"] == "approved" and row["email"] not in came]
                return self._page(request, "registrants", absent, now)
        raise _Refused(404, 1001, "User does not exist.")

    def _webinar(self, number: str) -> _Webinar:
        if number not in self._webinars:
            raise _Refused(404, 3001, f"Webinar does not exist: {number}.")
        return self._webinars[number]

    def _held(self, segment: str) -> _Webinar:
        """The held webinar of a uuid; one that begins with a slash or holds two has to be encoded twice."""
        for webinar in self._webinars.values():
            twice = webinar.uuid.startswith("/") or "//" in webinar.uuid
            if webinar.held and (unquote(segment) if twice and segment != webinar.uuid else "" if twice else segment) == webinar.uuid:
                return webinar
        raise _Refused(404, 3001, "Webinar does not exist.")

    def _page(self, request: Request, key: str, rows: Sequence[Any], now: datetime) -> Any:
        params = request.params()
        size = int(params.get("page_size", [str(DEFAULT_PAGE)])[-1])
        if not 1 <= size <= LARGEST_PAGE:
            raise _Refused(400, 300, "Invalid page size.")
        start = 0
        if after := params.get("next_page_token", [""])[-1]:
            made, start = self._pages.get(after, (datetime.min.replace(tzinfo=UTC), 0))
            if now > made + PAGE_LIFE:
                raise _Refused(400, 300, "The next page token is invalid or expired.")
        following = ""
        if start + size < len(rows):
            following = _mint("page", len(self._pages) + 1)
            self._pages[following] = (now, start + size)
        return {"page_size": size, "total_records": len(rows), "next_page_token": following, key: list(rows[start : start + size])}


def _mint(sort: str, number: int) -> str:
    digest = hashlib.sha256(f"zoom:{sort}:{number}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
