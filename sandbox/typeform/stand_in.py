"""The whole Typeform stand-in: tokens, forms, their responses, and the rules of the Responses API that a reader can trip over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

ACCESS_TOKEN = "tfp_sandbox-token"
FORM_ID = "SbxForm1"
LARGEST_PAGE = 1000
LARGEST_FORM_PAGE = 200
DEFAULT_PAGE = 25
QUESTIONS: tuple[Mapping[str, Any], ...] = (
    {"id": "qName", "ref": "name", "title": "First name", "type": "short_text"},
    {"id": "qMail", "ref": "email", "title": "Your e-mail address", "type": "email"},
    {
        "id": "qTopic",
        "ref": "topic",
        "title": "What is it about?",
        "type": "multiple_choice",
        "properties": {
            "choices": [{"id": "cA", "ref": "demo", "label": "A demonstration"}, {"id": "cB", "ref": "price", "label": "Prices"}]
        },
    },
)
"""The questions of the form that is there from the start."""


class _Refused(Exception):
    """A call is refused; rendered as Typeform's error object."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.answer = json_answer({"code": code, "description": description}, status)


@dataclass(slots=True)
class _Form:
    id: str
    title: str
    questions: list[Mapping[str, Any]]
    responses: list[dict[str, Any]] = field(default_factory=list)


class TypeformStandIn:
    """Typeform's API with one token and one form from the start. Not thread-safe; the shell locks."""

    name = "typeform"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._forms = {FORM_ID: _Form(FORM_ID, "Ask for a call", list(QUESTIONS))}
        self._count = 0
        self._lag_seconds = 0.0

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is Typeform's error object, never an exception."""
        try:
            if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
                raise _Refused(401, "AUTHENTICATION_FAILED", "Authentication credentials not found on the Request Headers")
            return json_answer(self._answer(request, now))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:  # noqa: ARG002 - part of what every stand-in offers
        """None: webhooks are tried with deliveries that the tests sign themselves."""
        return ()

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Never called, since nothing is pushed."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: `reset`, `form`, `submit_many`, `responses`, `configure`; `LookupError` for any other."""
        match verb:
            case "reset":
                self._begin()
                return {}
            case "form":
                self._forms[arguments["id"]] = _Form(
                    arguments["id"], arguments.get("title", ""), list(arguments.get("questions", QUESTIONS))
                )
                return {}
            case "configure":
                self._lag_seconds = float(arguments["listing_lag_seconds"])
                return {}
            case "submit_many":
                return {"tokens": self._submit_many(arguments, now)}
            case "responses":
                return {"responses": [each for form in self._forms.values() for each in form.responses]}
        raise LookupError(f"there is no dial '{verb}'")

    def _submit_many(self, arguments: Mapping[str, Any], now: datetime) -> list[str]:
        """Submit `count` responses, one a second, the last one now (`at` Unix seconds: all of them then)."""
        count, form = int(arguments.get("count", 1)), self._forms[arguments.get("form", FORM_ID)]
        made = []
        for place in range(count):
            second = int(arguments.get("at", now.timestamp() - (count - 1 - place)))
            made.append(self._submit(form, second, arguments))
        return made

    def _submit(self, form: _Form, second: int, arguments: Mapping[str, Any]) -> str:
        self._count += 1
        token = hashlib.sha256(f"typeform:{self._count}".encode()).hexdigest()[:32]
        mail = {"id": "qMail", "ref": "email", "type": "email"}
        answers = arguments.get("answers") or [{"type": "email", "email": f"person{self._count}@example.com", "field": mail}]
        stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        form.responses.append(
            {
                **{"landing_id": token, "token": token, "response_id": token, "landed_at": stamp, "submitted_at": stamp},
                **{"hidden": arguments.get("hidden", {}), "calculated": {"score": 0}, "answers": answers},
                "metadata": {"user_agent": "Browser/1", "platform": "other", "referer": "https://www.example.com/", "network_id": "n1"},
            }
        )
        return token

    def _answer(self, request: Request, now: datetime) -> Any:
        parts = request.segments()
        if request.method != "GET" or parts[0] != "forms" or len(parts) > 3:
            raise _Refused(404, "NOT_FOUND", "no such resource")
        if len(parts) == 1:
            return self._list_forms(request)
        form = self._forms.get(parts[1])
        if form is None:
            raise _Refused(404, "FORM_NOT_FOUND", f"Form not found: {parts[1]}")
        if len(parts) == 2:
            return {"id": form.id, "title": form.title, "fields": form.questions, "hidden": ["utm_source"], "settings": {"is_public": True}}
        if parts[2] != "responses":
            raise _Refused(404, "NOT_FOUND", "no such resource")
        return self._list_responses(request, form, now)

    def _list_forms(self, request: Request) -> Any:
        size, page = _size(request, LARGEST_FORM_PAGE), _number(request, "page", 1)
        forms = [{"id": form.id, "title": form.title} for form in self._forms.values()]
        return {"items": forms[(page - 1) * size : page * size], "total_items": len(forms), "page_count": -(-len(forms) // size)}

    def _list_responses(self, request: Request, form: _Form, now: datetime) -> Any:
        """Newest first unless sorted; `since` is inclusive; what is younger than the lag is not there yet."""
        params = request.params()
        rows = [row for row in form.responses if _stamp(row["submitted_at"]) + self._lag_seconds <= now.timestamp()]
        if "since" in params:
            since = _stamp(params["since"][-1])
            rows = [row for row in rows if _stamp(row["submitted_at"]) >= since]
        sort = params.get("sort", ["submitted_at,desc"])[-1]
        if sort not in ("submitted_at,asc", "submitted_at,desc"):
            raise _Refused(400, "VALIDATION_ERROR", "sort is not valid")
        rows.sort(key=lambda row: str(row["submitted_at"]), reverse=sort.endswith("desc"))
        size = _size(request, LARGEST_PAGE)
        return {"items": rows[:size], "total_items": len(rows), "page_count": -(-len(rows) // size)}


def _size(request: Request, largest: int) -> int:
    size = _number(request, "page_size", min(DEFAULT_PAGE, largest))
    if size > largest:
        raise _Refused(400, "VALIDATION_ERROR", f"page_size may be {largest} at most")
    return size


def _number(request: Request, name: str, default: int) -> int:
    text = request.params().get(name, [str(default)])[-1]
    if not text.isdecimal() or int(text) == 0:
        raise _Refused(400, "VALIDATION_ERROR", f"{name} must be a positive number")
    return int(text)


def _stamp(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused(400, "VALIDATION_ERROR", "since is not a time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
