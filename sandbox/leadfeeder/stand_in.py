"""The whole Leadfeeder stand-in: one account, companies with their visits by day, pages in JSON:API, a count of calls by the minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.wire import Answer, Push, Request, json_answer

API_TOKEN = "sandbox-leadfeeder-token"
ACCOUNT = "281914"
ZONE = "Europe/Helsinki"
LARGEST_PAGE = 100
_SITES = ("https://www.acme.example/", "https://ternlogistics.example", "http://slate-moss.example/home")
_NAMES = ("Acme Mills", "Tern Logistics", "Slate & Moss")
_A_STEP = timedelta(seconds=30)

JsonObject = dict[str, Any]


class _Refused(Exception):
    """A call is refused; rendered as JSON:API errors."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.answer = json_answer({"errors": [{"title": title}]}, status)


class LeadfeederStandIn:
    """Leadfeeder with one account and three companies from the start. Not thread-safe; the shell locks."""

    name = "leadfeeder"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._companies: dict[str, JsonObject] = {}
        self._visits: dict[str, JsonObject] = {}
        self._calls: tuple[str, int] = ("", 0)
        self._calls_a_minute, self._most, self._lag = 100, 10_000, timedelta()
        for number, (name, site) in enumerate(zip(_NAMES, _SITES, strict=True), start=1):
            self._companies[f"lead{number}"] = {"name": name, "website_url": site, "industry": "Mills", "employee_count": 40 * number}

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is a JSON:API error, never an exception."""
        try:
            if (
                request.headers.get("authorization") != f"Token token={API_TOKEN}"
                or request.headers.get("x-sandbox-fault") == "expired_token"
            ):
                raise _Refused(401, "Invalid API token")
            self._count(now)
            return json_answer(self._answer(request, now))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - Leadfeeder pushes nothing
        """Give nothing: there are no webhooks."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: see the table in docs/reference/sandbox.md; `LookupError` for one that is not there."""
        dials: Mapping[str, Callable[[Mapping[str, Any], datetime], Any]] = {
            **{"company": self._set_company, "visit": self._add_visits, "continue": self._continue, "limit": self._set_limits},
            **{"visits": self._tell_visits, "reset": self._reset, "seed_demo": self._seed_demo},
        }
        if verb not in dials:
            raise LookupError(f"there is no dial '{verb}'")
        return dials[verb](arguments, now)

    def _reset(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        self._begin()
        return {}

    def _set_company(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        self._companies.setdefault(str(arguments["id"]), {}).update({name: value for name, value in arguments.items() if name != "id"})
        return {}

    def _add_visits(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:
        """Add visits that ended by now, half a minute apart."""
        wanted = int(arguments.get("count", 1))
        given = {name: value for name, value in arguments.items() if name != "count"}
        made: list[str] = []
        for number in range(wanted):
            visit_id = f"visit{len(self._visits) + 1:06d}"
            started = now - _A_STEP * (wanted - number)
            self._visits[visit_id] = {
                **{"started_at": started.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "visit_length": 25, "page_depth": 2},
                **{"landing_page_path": "/prices?utm_source=x", "source": "google", "medium": "organic", "campaign": None},
                **{"visit_route": [{"page_path": "/prices?mail=person@example.com"}, {"page_path": "/contact"}], "device_type": "desktop"},
                **{"lead_id": f"lead{number % len(_NAMES) + 1}", "visitor_email": "person@example.com", "lf_client_id": "cookie-1"},
                **given,
                "made_at": now,
            }
            made.append(visit_id)
        return {"ids": made}

    def _continue(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        visit = self._visits[str(arguments["id"])]
        visit["page_depth"] += 1
        visit["visit_length"] += 60
        return {}

    def _set_limits(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        self._calls_a_minute = int(arguments.get("calls", self._calls_a_minute))
        self._most = int(arguments.get("rows", self._most))
        self._lag = timedelta(seconds=float(arguments.get("lag_seconds", self._lag.total_seconds())))
        return {}

    def _tell_visits(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        return {visit_id: _shown(visit) for visit_id, visit in self._visits.items()}

    def _seed_demo(self, arguments: Mapping[str, Any], now: datetime) -> JsonObject:  # noqa: ARG002 - every dial is turned alike
        return self._add_visits({"count": 12}, now)

    def _count(self, now: datetime) -> None:
        """Count by the minute of the clock, not by the last sixty seconds."""
        minute = now.strftime("%Y-%m-%dT%H:%M")
        count = self._calls[1] + 1 if self._calls[0] == minute else 1
        self._calls = (minute, count)
        if count > self._calls_a_minute:
            raise _Refused(429, f"Exceeded the API rate limit of {self._calls_a_minute} requests per minute. Try again later.")

    def _answer(self, request: Request, now: datetime) -> JsonObject:
        if request.method != "GET":
            raise _Refused(404, "Not found")
        match request.segments():
            case ["accounts"]:
                return {"data": [self._account()]}
            case ["accounts", number] if number == ACCOUNT:
                return {"data": self._account()}
            case ["accounts", number, "leads", lead] if number == ACCOUNT and lead in self._companies:
                return {"data": self._company(lead), "included": self._places([lead])}
            case ["accounts", number, "leads"] if number == ACCOUNT:
                leads = list(dict.fromkeys(visit["lead_id"] for _, visit in self._of_days(request, now)))
                known = [lead for lead in leads if lead in self._companies]
                return self._page(request, [self._company(lead) for lead in known], self._places(known))
            case ["accounts", number, "visits"] if number == ACCOUNT:
                rows = [{"id": name, "type": "visits", "attributes": _shown(visit)} for name, visit in self._of_days(request, now)]
                return self._page(request, rows, [])
        raise _Refused(404, "Not found")

    def _account(self) -> JsonObject:
        told = {"name": "Copper Kettle Foods", "subscription": "premium", "timezone": ZONE, "website_tracking_status": "active"}
        return {"id": ACCOUNT, "type": "accounts", "attributes": told}

    def _company(self, lead: str) -> JsonObject:
        ties = {"location": {"data": {"id": f"place-{lead}", "type": "locations"}}}
        told = {"quality": 6, "status": "new", "tags": [], "view_in_leadfeeder": f"https://app.leadfeeder.example/leads/{lead}"}
        return {"id": lead, "type": "leads", "attributes": {**told, **self._companies[lead]}, "relationships": ties}

    def _places(self, leads: Sequence[str]) -> list[JsonObject]:
        told = {"country": "Germany", "country_code": "DE", "region": "Berlin", "city": "Berlin"}
        return [{"id": f"place-{lead}", "type": "locations", "attributes": told} for lead in leads]

    def _of_days(self, request: Request, now: datetime) -> list[tuple[str, JsonObject]]:
        """The visits of the days asked for, which are the account's own; the latest first."""
        params = request.params()
        try:
            first, last = (date.fromisoformat(params[name][-1]) for name in ("start_date", "end_date"))
        except (KeyError, ValueError):
            raise _Refused(400, "start_date and end_date are required, as yyyy-mm-dd") from None
        found = [
            (name, visit) for name, visit in self._visits.items() if visit["made_at"] + self._lag <= now and first <= _day(visit) <= last
        ]
        return sorted(found, key=lambda each: (each[1]["started_at"], each[0]), reverse=True)

    def _page(self, request: Request, rows: Sequence[JsonObject], included: Sequence[JsonObject]) -> JsonObject:
        params = request.params()
        number, size = (int(params.get(f"page[{name}]", [default])[-1]) for name, default in (("number", "1"), ("size", "10")))
        if number < 1 or not 1 <= size <= LARGEST_PAGE:
            raise _Refused(400, "page[size] must be between 1 and 100")
        told = rows[: self._most][(number - 1) * size : number * size]
        following = f"{request.path}?page[number]={number + 1}" if number * size < min(len(rows), self._most) else None
        return {"data": told, "included": included, "links": {"self": request.path, "next": following}}


def _day(visit: JsonObject) -> date:
    started = datetime.fromisoformat(visit["started_at"])
    return (started if started.tzinfo else started.replace(tzinfo=UTC)).astimezone(ZoneInfo(ZONE)).date()


def _shown(visit: JsonObject) -> JsonObject:
    return {name: value for name, value in visit.items() if name != "made_at"}
