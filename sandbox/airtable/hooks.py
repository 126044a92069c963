"""Webhooks of the base: seven days from the last renewal, a ping that carries nothing, and nobody told when one ends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

MAC_SECRET = base64.b64encode(b"sandbox-airtable-mac-secret").decode()
LIFE = timedelta(days=7)
KEPT = timedelta(days=7)
LARGEST_PAGE = 50


class Hooks:
    """All webhooks of one base."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._hooks: dict[str, dict[str, Any]] = {}
        self._pending: list[Push] = []
        self._noted: dict[str, list[dict[str, Any]]] = {}

    def answer(self, request: Request, now: datetime) -> Answer | None:
        """Answer a call about webhooks; None for any other."""
        parts = request.segments()
        if parts[:4] != ["v0", "bases", self._base, "webhooks"]:
            return None
        if request.method == "GET" and len(parts) == 4:
            return json_answer({"webhooks": list(self._hooks.values())})
        hook = self._hooks.get(parts[4]) if len(parts) == 6 else None
        if request.method == "GET" and hook is not None and parts[5] == "payloads" and _ends(hook) > now:
            return json_answer(self._payloads(parts[4], request, now))
        if request.method != "POST" or hook is None or _ends(hook) <= now:
            return json_answer({"error": {"type": "NOT_FOUND", "message": "refused"}}, 404)
        if parts[5] == "refresh":
            hook["expirationTime"] = _text(now + LIFE)
            return json_answer({"expirationTime": hook["expirationTime"]})
        hook["areNotificationsEnabled"] = request.json()["enable"]
        return Answer(200)

    def changed(self, now: datetime, table: str, change: Mapping[str, Any]) -> None:
        """Something in a table changed: every webhook that lives notes it and pings."""
        for hook_id, hook in self._hooks.items():
            if hook["isHookEnabled"] and _ends(hook) > now:
                noted = self._noted.setdefault(hook_id, [])
                noted.append({"timestamp": _text(now), "payloadFormat": "v0", "changedTablesById": {table: dict(change)}})
                hook["cursorForNextPayload"] = len(noted) + 1
            if hook["areNotificationsEnabled"] and hook["isHookEnabled"] and _ends(hook) > now:
                self._pending.append(self._ping(hook, now))

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out the pings that are due."""
        due = [push for push in self._pending if push.due <= now]
        self._pending = [push for push in self._pending if push.due > now]
        return due

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: `subscribe` (`url`), `mute`, `unsubscribe`, `webhooks`; `LookupError` for any other."""
        match verb:
            case "subscribe":
                hook = {"id": f"achSandbox{len(self._hooks) + 1}", "notificationUrl": arguments["url"], "cursorForNextPayload": 1}
                states = {"areNotificationsEnabled": True, "isHookEnabled": True, "expirationTime": _text(now + LIFE)}
                self._hooks[hook["id"]] = {**hook, **states}
                return {"id": hook["id"], "macSecretBase64": MAC_SECRET}
            case "mute":
                self._hooks[arguments["id"]]["areNotificationsEnabled"] = False
                return {}
            case "unsubscribe":
                del self._hooks[arguments["id"]]
                return {}
            case "webhooks":
                return {"webhooks": list(self._hooks.values())}
        raise LookupError(f"there is no dial '{verb}'")

    def _payloads(self, hook_id: str, request: Request, now: datetime) -> Any:
        """From a place on, without those that are too old; places are never given again."""
        params = {name: values[-1] for name, values in request.params().items()}
        first, size = int(params.get("cursor", "1")), min(int(params.get("limit", "50")), LARGEST_PAGE)
        noted = self._noted.get(hook_id, [])
        kept = [place for place, each in enumerate(noted, 1) if place >= first and datetime.fromisoformat(each["timestamp"]) > now - KEPT]
        page = kept[:size]
        after = page[-1] + 1 if page else max(first, len(noted) + 1)
        return {"payloads": [noted[place - 1] for place in page], "cursor": after, "mightHaveMore": len(kept) > size}

    def _ping(self, hook: Mapping[str, Any], now: datetime) -> Push:
        body = json.dumps({"base": {"id": self._base}, "webhook": {"id": hook["id"]}, "timestamp": _text(now)}).encode()
        headers = {"content-type": "application/json", "x-airtable-content-mac": sign(body, MAC_SECRET)}
        return Push(str(hook["notificationUrl"]), body, headers, now)


def sign(body: bytes, secret: str) -> str:
    """The MAC of a ping as Airtable writes it."""
    return "hmac-sha256=" + hmac.digest(base64.b64decode(secret), body, hashlib.sha256).hex()


def _ends(hook: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(hook["expirationTime"])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
