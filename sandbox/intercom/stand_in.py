"""The whole Intercom stand-in: one workspace's contacts, and notifications that come again once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

CLIENT_SECRET, WORKSPACE = "sandbox-intercom-secret", "sbxapp1"
AGAIN = timedelta(minutes=1)
_TIMEOUT_SECONDS = 5.0
_GONE, _THROTTLED = 410, 429


class IntercomStandIn:
    """One app in one workspace. Not thread-safe; the shell locks."""

    name = "intercom"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._contacts: dict[str, dict[str, Any]] = {}
        self._pending: list[Push] = []
        self._outcomes: list[tuple[str, int | None]] = []
        self._hook, self._state, self._sent, self._made = "", "none", 0, 0

    def handle(self, request: Request, now: datetime) -> Answer:  # noqa: ARG002 - part of what every stand-in offers
        """Refuse every call: the connector makes none."""
        return json_answer({"type": "error.list", "errors": [{"code": "not_found", "message": "not part of this sandbox"}]}, 404)

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out what is due; nothing but HEAD goes out before the address answered it."""
        due = [push for push in self._pending if push.due <= now and (push.method == "HEAD" or self._state == "live")]
        self._pending = [push for push in self._pending if push not in due]
        return due

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note an outcome: 410 ends the subscription, 429 holds all back for a minute, other failures come again once."""
        self._outcomes.append((push.mark, status))
        is_taken = status is not None and 200 <= status < 300
        if push.method == "HEAD":
            self._state = "live" if is_taken else "refused"
        elif status == _GONE:
            self._state = "ended"
        elif status == _THROTTLED:
            self._pending = [replace(each, due=max(each.due, now + AGAIN)) for each in [push, *self._pending]]
        elif not is_taken and push.attempt == 0:
            self._pending.append(replace(_again(push), due=now + AGAIN, attempt=1))

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: see the table in docs/reference/sandbox.md; `LookupError` for one that is not there."""
        if verb == "submit_many":
            return {"ids": [self._create(arguments, now) for _ in range(int(arguments.get("count", 1)))]}
        if verb == "hook":
            return {"state": self._state, "statuses": self._outcomes, "contacts": self._contacts}
        dials: Mapping[str, Callable[[Mapping[str, Any], datetime], None]] = {
            **{"subscribe": self._subscribe, "update": self._update, "delete": self._delete, "merge": self._merge},
            **{"converse": self._converse, "reset": lambda *_: self._begin()},
        }
        if verb not in dials:
            raise LookupError(f"there is no dial '{verb}'")
        dials[verb](arguments, now)
        return {}

    def _subscribe(self, arguments: Mapping[str, Any], now: datetime) -> None:
        self._hook, self._state = str(arguments["url"]), "asked"
        self._pending.append(Push(self._hook, b"", {}, now, method="HEAD", timeout_seconds=_TIMEOUT_SECONDS, mark="head"))
        self._notify("ping", {"type": "ping", "message": "Hello from the sandbox."}, now)

    def _create(self, arguments: Mapping[str, Any], now: datetime) -> str:
        self._made += 1
        native_id, role = f"5f2a1b3c4d5e6f7a{self._made:08x}", str(arguments.get("role", "lead"))
        at = int(now.timestamp())
        more = {name: value for name, value in arguments.items() if name != "count"}
        whole = {"type": "list", "data": [], "has_more": False, "total_count": 0}
        self._contacts[native_id] = {
            **{"type": "contact", "id": native_id, "external_id": None, "role": role, "created_at": at, "updated_at": at},
            **{"email": f"person{self._made}@example.com", "phone": None, "name": "Ada Byron", "unsubscribed_from_emails": False},
            **{"custom_attributes": {}, "tags": whole, "companies": whole, **more},
        }
        self._notify(f"contact.{role}.created", self._contacts[native_id], now)
        return native_id

    def _update(self, arguments: Mapping[str, Any], now: datetime) -> None:
        contact = self._contacts[str(arguments["id"])]
        contact.update({**arguments, "updated_at": int(now.timestamp())})
        self._notify(f"contact.{contact['role']}.updated", contact, now)

    def _delete(self, arguments: Mapping[str, Any], now: datetime) -> None:
        gone = self._contacts.pop(str(arguments["id"]))
        self._notify("contact.deleted", {name: gone[name] for name in ("type", "id", "external_id")}, now)

    def _merge(self, arguments: Mapping[str, Any], now: datetime) -> None:
        source, target = str(arguments["from"]), self._contacts[str(arguments["into"])]
        del self._contacts[source]
        target["updated_at"] = int(now.timestamp())
        self._notify("contact.merged", {**target, "merged_from": {"type": "contact", "id": source}}, now)

    def _converse(self, arguments: Mapping[str, Any], now: datetime) -> None:
        contact = self._contacts[str(arguments["id"])]
        author = {"type": contact["role"], **{name: contact[name] for name in ("id", "name", "email")}}
        source = {"type": "conversation", "delivered_as": "customer_initiated", "body": "<p>Prices, please.</p>", "author": author}
        at, native_id = int(now.timestamp()), str(2_100_000_000 + self._sent)
        people = {"type": "contact.list", "contacts": [{"type": "contact", "id": contact["id"]}]}
        item = {"type": "conversation", "id": native_id, "created_at": at, "updated_at": at, "state": "open"}
        self._notify("conversation.user.created", {**item, "source": source, "contacts": people}, now)

    def _notify(self, topic: str, item: Mapping[str, Any], now: datetime) -> None:
        if not self._hook:
            return
        self._sent += 1
        at = int(now.timestamp())
        document = {
            **{"type": "notification_event", "app_id": WORKSPACE, "id": f"notif_{self._sent:08x}", "topic": topic, "created_at": at},
            **{"delivery_attempts": 1, "first_sent_at": at, "data": {"type": "notification_event_data", "item": item}},
        }
        self._pending.append(_signed(Push(self._hook, b"", {}, now, timeout_seconds=_TIMEOUT_SECONDS, mark=topic), document))


def _again(push: Push) -> Push:
    """The second attempt says that it is one, so its body and its signature differ from the first one's."""
    return _signed(push, {**json.loads(push.body), "delivery_attempts": 2})


def _signed(push: Push, document: Mapping[str, Any]) -> Push:
    body = json.dumps(document).encode()
    digest = hmac.digest(CLIENT_SECRET.encode(), body, hashlib.sha1).hex()
    return replace(push, body=body, headers={"content-type": "application/json", "x-hub-signature": f"sha1={digest}"})
