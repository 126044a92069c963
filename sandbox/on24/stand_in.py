"""The whole ON24 stand-in: one client, webinars, registrants and attendees by their last activity, a token that must not rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.wire import Answer, Push, Request, json_answer

CLIENT_ID, TOKEN_KEY, TOKEN_SECRET = "22921", "SANDBOXON24KEY", "sandbox-on24-secret"
EVENT_ID = "311512"
LARGEST_PAGE = 100
TOKEN_REST = timedelta(days=60)
ZONE = ZoneInfo("America/Los_Angeles")
_FIRST_USER = 49_000_000

JsonObject = dict[str, Any]


class _Refused(Exception):
    """A call is refused; rendered as ON24's error object."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = json_answer({"message": message}, status)


class On24StandIn:
    """ON24 with one client and one webinar from the start. Not thread-safe; the shell locks."""

    name = "on24"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._events: dict[str, JsonObject] = {}
        self._registrants: dict[str, JsonObject] = {}
        self._attendees: dict[str, JsonObject] = {}
        self._used_at: datetime | None = None
        self._filled = (datetime.min.replace(tzinfo=UTC), 0.0)
        self._bucket, self._leak, self._quota = 60.0, 4.0, -1
        self._stirs = ""
        self._set_event({"id": EVENT_ID, "description": "Saving time"}, datetime(2026, 3, 12, 16, tzinfo=UTC))

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is ON24's error object, never an exception."""
        try:
            self._authenticate(request, now)
            self._count(now)
            return json_answer(self._answer(request, now))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - ON24 pushes nothing
        """Give nothing: there are no webhooks."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: see the table in docs/reference/sandbox.md; `LookupError` for one that is not there."""
        dials: Mapping[str, Callable[[Mapping[str, Any], datetime], Any]] = {
            **{"event": self._set_event, "register": self._register, "update": self._update, "attend": self._attend},
            **{"limit": self._set_limits, "registrations": self._tell, "reset": self._reset, "seed_demo": self._seed_demo},
        }
        if verb not in dials:
            raise LookupError(f"there is no dial '{verb}'")
        return dials[verb](arguments, now)

    def _reset(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        self._begin()
        return {}

    def _set_event(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:
        event_id = str(arguments["id"])
        given = {name: value for name, value in arguments.items() if name != "id"}
        told = {
            "eventid": int(event_id),
            "clientid": int(CLIENT_ID),
            "description": "A webinar",
            "livestart": _written(now),
            "istestevent": False,
        }
        self._events[event_id] = {**told, **self._events.get(event_id, {}), **given}
        return {}

    def _register(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:
        event, count = str(arguments.get("event", EVENT_ID)), int(arguments.get("count", 1))
        given = {name: value for name, value in arguments.items() if name not in ("event", "count")}
        made: list[str] = []
        for left in range(count, 0, -1):
            user = _FIRST_USER + len(self._registrants) + 1
            at = _written(now - timedelta(seconds=left))
            row = {
                **{"eventid": int(event), "eventuserid": user, "clientid": int(CLIENT_ID), "firstname": "Person", "lastname": str(user)},
                **{"email": f"person{user}@example.com", "company": "Engines", "jobtitle": "Analyst", "country": "United States"},
                **{"marketingemail": "Y", "eventemail": "Y", "userstatus": "active", "ipaddress": "192.0.2.7", "std1": "answer"},
                **{"userprofileurl": "https://data.on24.example/webcast/lead?token=personal", "createtimestamp": at, "lastactivity": at},
                **given,
            }
            self._registrants[f"{event}/{row['eventuserid']}"] = row
            made.append(f"{event}/{row['eventuserid']}")
        return {"ids": made}

    def _update(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:
        """Change a registration, which makes it active; also how one is withdrawn or forgotten (`userstatus`)."""
        changes = {name: value for name, value in arguments.items() if name != "id"}
        self._registrants[str(arguments["id"])].update({"lastactivity": _written(now), **changes})
        return {}

    def _attend(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:
        """Let a registrant come; turned again, more was counted. `active` (true): the moment of the last activity moves along."""
        registration = str(arguments["id"])
        row = self._registrants[registration]
        told = self._attendees.setdefault(
            registration,
            {
                **{name: row[name] for name in ("email", "eventid", "eventuserid", "clientid", "userstatus")},
                **{"engagementscore": 2.5, "liveminutes": 10, "archiveminutes": 0, "askedquestions": 0, "answeredpolls": 0},
                **{"firstliveactivity": _written(now), "lastliveactivity": _written(now), "userprofileurl": row["userprofileurl"]},
            },
        )
        told.update({"lastliveactivity": _written(now)} if arguments.get("active", True) else {})
        told.update({name: value for name, value in arguments.items() if name not in ("id", "active")})
        return {}

    def _set_limits(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        self._bucket, self._leak = float(arguments.get("bucket", self._bucket)), float(arguments.get("leak", self._leak))
        self._quota = int(arguments.get("quota", self._quota))
        self._stirs = str(arguments.get("stirs", self._stirs))
        return {}

    def _tell(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        return dict(self._registrants)

    def _seed_demo(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        return self._register({"count": 12}, now)

    def _authenticate(self, request: Request, now: datetime) -> None:
        given = request.headers.get("accesstokenkey"), request.headers.get("accesstokensecret")
        if not all(given):
            raise _Refused(401, "Header must contain both accessTokenKey and accessTokenSecret.")
        if given != (TOKEN_KEY, TOKEN_SECRET) or request.headers.get("x-sandbox-fault") == "expired_token":
            raise _Refused(401, "AccessTokenKey and AccessTokenSecret are wrong or invalid.")
        if self._used_at is not None and now - self._used_at > TOKEN_REST:
            raise _Refused(401, "AccessTokenKey and AccessTokenSecret are deactivated.")
        self._used_at = now

    def _count(self, now: datetime) -> None:
        """Fill a bucket that leaks; `quota` calls are left in all, -1 for any number."""
        at, level = self._filled
        level = max(level - (now - at).total_seconds() * self._leak, 0.0) + 1
        if level > self._bucket:
            raise _Refused(429, "Too many requests.")
        self._filled = (now, level)
        if self._quota == 0:
            raise _Refused(403, "You have reached the maximum number of calls for this api.")
        self._quota -= 1 if self._quota > 0 else 0

    def _answer(self, request: Request, now: datetime) -> JsonObject:
        match request.segments():
            case ["v2", "client", number, *path] if request.method == "GET" and number == CLIENT_ID:
                pass
            case ["v2", "client", number, *_]:
                raise _Refused(404, f"The client {number} doesn't exist.")
            case _:
                raise _Refused(404, "HTTP 404 Not Found")
        match path:
            case ["registrant"]:
                wanted = ("active", "deleted", "forgotten") if request.params().get("userstatus") == ["any"] else ("active", "deleted")
                rows = [row for row in self._registrants.values() if row["userstatus"] in wanted]
                return self._page(request, "registrants", [row for row in rows if _is_due(request, row["lastactivity"])], now)
            case ["attendee"]:
                return self._page(
                    request, "attendees", [row for row in self._attendees.values() if _is_due(request, row["lastliveactivity"])], now
                )
            case ["event", event] if event in self._events:
                return self._events[event]
        raise _Refused(404, "Event not found for this client or its children")

    def _page(self, request: Request, name: str, rows: Sequence[JsonObject], now: datetime) -> JsonObject:
        params = request.params()
        number, size = (int(params.get(key, [default])[-1]) for key, default in (("pageoffset", "0"), ("itemsperpage", "100")))
        if not 1 <= size <= LARGEST_PAGE:
            raise _Refused(400, "Invalid itemsPerPage, range must be between 1 and 100.")
        pages = max(-(-len(rows) // size), 1)
        if not 0 <= number < pages:
            raise _Refused(400, f"Invalid pageOffset, range must be between 0 and {pages - 1}.")
        told = [dict(row) for row in rows[number * size : (number + 1) * size]]
        if self._stirs and name == "registrants" and number + 1 < pages:
            # Somebody is active while the list is read, and moves out of it.
            self._update({"id": self._stirs, "lastactivity": _written(now + timedelta(days=30))}, now)
            self._stirs = ""
        return {"clientid": int(CLIENT_ID), f"total{name}": len(rows), "pagecount": pages, "currentpage": number, name: told}


def _is_due(request: Request, written: str) -> bool:
    """Whether a moment lies in the days asked for, which are those of ON24's zone."""
    params = request.params()
    try:
        first, last = (date.fromisoformat(params[name][-1]) for name in ("startdate", "enddate"))
    except (KeyError, ValueError):
        raise _Refused(400, "Error, incorrect date formats.") from None
    return first <= datetime.fromisoformat(written).astimezone(ZONE).date() <= last


def _written(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")
