"""The whole TikTok stand-in: subscriptions of one app, leads of one form, and signed pushes that are repeated until taken."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

APP_ID, APP_SECRET, ACCESS_TOKEN = "7100000000000000001", "sandbox-tiktok-secret", "sandbox-tiktok-token"
ADVERTISER, FORM = "7200000000000000001", "7300000000000000001"
RETRY_MINUTES = (1, 10, 60)
"""When a push that was not taken comes again. TikTok says that pushes may repeat, not when: these times are ours."""
_FIRST_LEAD = 7_400_000_000_000_000_001
_LEAD, _ADVERT_REVIEW = 1, 2
_REFUSED, _THROTTLED, _BAD_TOKEN = 40001, 40100, 40105


class TikTokStandIn:
    """TikTok's API with one app, one advertiser and one form. Not thread-safe; the shell locks."""

    name = "tiktok"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._subscriptions: dict[str, str] = {}
        self._leads: dict[str, dict[str, Any]] = {}
        self._pending: list[Push] = []
        self._outcomes: list[int | None] = []
        self._token = ACCESS_TOKEN
        self._throttled = 0

    def handle(self, request: Request, now: datetime) -> Answer:  # noqa: ARG002 - part of what every stand-in offers
        """Answer one call. Every answer is HTTP 200; whether it worked stands in its `code`."""
        routes: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("POST", "subscribe"): self._subscribe,
            ("GET", "get"): self._listing,
            ("POST", "unsubscribe"): self._unsubscribe,
        }
        parts = request.segments()
        route = routes.get((request.method, parts[-1])) if parts[:-1] == ["open_api", "v1.3", "subscription"] else None
        if self._throttled:
            self._throttled -= 1
            return _answer(_THROTTLED)
        return route(request) if route else _answer(_REFUSED)

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out what is due."""
        due = [push for push in self._pending if push.due <= now]
        self._pending = [push for push in self._pending if push.due > now]
        return due

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note an outcome; anything but 2xx comes again at `RETRY_MINUTES`, then never."""
        self._outcomes.append(status)
        if (status is None or not 200 <= status < 300) and push.attempt < len(RETRY_MINUTES):
            due = now + timedelta(minutes=RETRY_MINUTES[push.attempt])
            self._pending.append(replace(push, due=due, attempt=push.attempt + 1))

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: see the table in docs/reference/sandbox.md; `LookupError` for one that is not there."""
        match verb:
            case "submit_many":
                return {"ids": [self._submit(arguments, now) for _ in range(int(arguments.get("count", 1)))]}
            case "review":
                self._push({"object": _ADVERT_REVIEW, "time": int(now.timestamp()), "entry": [{"id": 1}]}, now)
            case "revoke":
                self._token, self._subscriptions = "", {}
            case "subscribe":
                self._add(str(arguments["callback_url"]))
            case "throttle":
                self._throttled = int(arguments.get("times", 1))
            case "reset":
                self._begin()
            case "leads":
                return {"leads": self._leads, "statuses": self._outcomes}
            case _:
                raise LookupError(f"there is no dial '{verb}'")
        return {}

    def _submit(self, arguments: Mapping[str, Any], now: datetime) -> str:
        number = _FIRST_LEAD + len(self._leads)
        given = {"email": f"person{len(self._leads) + 1}@example.com", "name": "Zoë Ångström", **dict(arguments.get("answers", {}))}
        entry = {
            **{"id": number, "page_id": int(FORM), "advertiser_id": int(ADVERTISER), "campaign_id": 1700000000000001},
            **{"adgroup_id": 1700000000000002, "ad_id": 1700000000000003, "create_time": int(now.timestamp())},
            "lead_source": "INSTANT_FORM",
            "changes": [{"field": name, "value": value} for name, value in given.items()],
        }
        self._leads[str(number)] = entry
        for _ in range(1 + int(arguments.get("duplicates", 0))):
            self._push({"object": _LEAD, "time": int(now.timestamp()), "entry": [entry]}, now)
        return str(number)

    def _push(self, document: Mapping[str, Any], now: datetime) -> None:
        """Send it raw as UTF-8, signed over its escaped form, which is how the two come to differ."""
        body = json.dumps(document, ensure_ascii=False).encode()
        digest = hmac.digest(APP_SECRET.encode(), json.dumps(document).encode(), hashlib.sha256).hex()
        headers = {"content-type": "application/json", "x-open-signature": digest}
        self._pending += [Push(url, body, headers, now) for url in self._subscriptions.values()]

    def _subscribe(self, request: Request) -> Answer:
        wish = _object(request)
        detail = wish.get("subscription_detail")
        token = detail.get("access_token") if isinstance(detail, dict) else None
        is_ours = (wish.get("app_id"), wish.get("secret"), token) == (APP_ID, APP_SECRET, self._token)
        if not is_ours or wish.get("subscribe_entity") != "LEAD" or not wish.get("callback_url"):
            return _answer(_REFUSED)
        return _answer(0, {"subscription_id": self._add(str(wish["callback_url"]))})

    def _add(self, callback_url: str) -> str:
        native_id = str(7_500_000_000_000_000_001 + len(self._subscriptions))
        self._subscriptions[native_id] = callback_url
        return native_id

    def _listing(self, request: Request) -> Answer:
        params = {name: values[-1] for name, values in request.params().items()}
        if (params.get("app_id"), params.get("secret"), params.get("subscribe_entity")) != (APP_ID, APP_SECRET, "LEAD"):
            return _answer(_REFUSED)
        if request.headers.get("access-token") != ACCESS_TOKEN or not self._token:
            return _answer(_BAD_TOKEN)
        rows = [{"subscription_id": key, "callback_url": url} for key, url in self._subscriptions.items()]
        return _answer(0, {"subscriptions": rows, "page_info": {"page": 1, "total_page": 1, "total_number": len(rows)}})

    def _unsubscribe(self, request: Request) -> Answer:
        wish = _object(request)
        if (wish.get("app_id"), wish.get("secret")) != (APP_ID, APP_SECRET):
            return _answer(_REFUSED)
        self._subscriptions.pop(str(wish.get("subscription_id")), None)
        return _answer(0)


def _object(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _answer(code: int, content: Mapping[str, Any] | None = None) -> Answer:
    return json_answer({"code": code, "message": "refused" if code else "OK", "request_id": "sandbox", "data": content or {}})
