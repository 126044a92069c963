"""The whole LinkedIn stand-in: tokens and their renewal, one form, its responses, and a webhook with challenge and signature."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sandbox.wire import Answer, Push, Request, json_answer

ACCESS_TOKEN, REFRESH_TOKEN = "sandbox-linkedin-token", "sandbox-linkedin-refresh"
CLIENT_ID, CLIENT_SECRET = "sandbox-linkedin-app", "sandbox-linkedin-secret"
OWNER = "urn:li:sponsoredAccount:3"
VERSIONS = ("202609", "202610", "202611")
FORM_URN = "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:5,1)"
REVALIDATED_EVERY, MOST_FAILURES = timedelta(hours=2), 3
CHALLENGE = "11111111-2222-4333-8444-555555555555"
FORM = {
    "id": 5,
    "name": "Spring",
    "content": {
        "questions": [{"questionId": 1, "name": "email", "predefinedField": "EMAIL", "label": {"localized": {"en_US": "E-mail"}}}],
        "hiddenFields": [{"name": "utm_source", "value": "linkedin"}],
    },
}
_RANGE = re.compile(r"(?:^|&)submittedAtTimeRange=\(start:(\d+),end:(\d+)\)(?:&|$)")


class LinkedInStandIn:
    """LinkedIn's API with one owner and one form. Not thread-safe; the shell locks."""

    name = "linkedin"

    def __init__(self) -> None:
        self._responses: list[dict[str, Any]] = []
        self._pending: list[Push] = []
        self._hook = ""
        self._verified = False
        self._failures = 0
        self._granted_until: datetime | None = None

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is LinkedIn's error object."""
        parts = request.segments()
        if parts == ["oauth", "v2", "accessToken"]:
            return self._token(request, now)
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return _refusal(401, "INVALID_ACCESS_TOKEN")
        if request.headers.get("linkedin-version") not in VERSIONS:
            return _refusal(426, "NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return _refusal(400, "ILLEGAL_ARGUMENT")
        if parts == ["rest", "leadFormResponses"]:
            return self._listing(request)
        found = [each for each in self._responses if parts == ["rest", "leadFormResponses", each["id"]]]
        found += [FORM] if parts == ["rest", "leadForms", "5"] else []
        return json_answer(found[0]) if found else _refusal(404, "NOT_FOUND")

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out what is due: the challenge, and pushes once it was answered."""
        due = [push for push in self._pending if push.due <= now and (push.mark == "challenge" or self._verified)]
        self._pending = [push for push in self._pending if push not in due]
        return due

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Note whether the challenge was answered; LinkedIn does not document that it repeats pushes of leads.

        An address is validated again every two hours, and blocked after three failures in a row.
        """
        if push.mark != "challenge" or push.url != self._challenge(now).url:
            return
        self._failures = 0 if status == 200 else self._failures + 1
        self._verified = status == 200 or (self._verified and self._failures < MOST_FAILURES)
        if self._verified:
            self._pending.append(self._challenge(now + REVALIDATED_EVERY))

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: `subscribe`, `submit_many`, `delete`, `responses`, `grant`; `LookupError` for any other.

        `grant` lets the refresh token end after `days`, 365 as a rule; with 0 it has ended.
        """
        match verb:
            case "subscribe":
                self._hook = str(arguments["url"])
                self._failures = 0
                self._pending = [push for push in self._pending if push.mark != "challenge"] + [self._challenge(now)]
                return {}
            case "submit_many":
                return {"ids": [self._submit(place, now, arguments) for place in range(int(arguments.get("count", 1)))]}
            case "delete":
                self._responses = [each for each in self._responses if each["id"] != arguments["id"]]
                self._announce(str(arguments["id"]), "DELETED", now)
                return {}
            case "grant":
                self._granted_until = now + timedelta(days=float(arguments.get("days", 365)))
                return {}
            case "responses":
                return {"responses": self._responses, "verified": self._verified}
        raise LookupError(f"there is no dial '{verb}'")

    def _challenge(self, due: datetime) -> Push:
        digest = hmac.digest(CLIENT_SECRET.encode(), CHALLENGE.encode(), hashlib.sha256).hex()
        url = f"{self._hook}?challengeCode={CHALLENGE}"
        return Push(url, b"", {}, due, method="GET", timeout_seconds=3, mark="challenge", accepts=digest.encode())

    def _submit(self, place: int, now: datetime, arguments: Mapping[str, Any]) -> str:
        native_id = f"9-{len(self._responses) + 1}"
        answers = [{"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": f"person{native_id}@example.com"}}}]
        self._responses.append(
            {
                **{"id": native_id, "submittedAt": int(now.timestamp() * 1000) - place, "owner": {"sponsoredAccount": OWNER}},
                **{"leadType": "SPONSORED", "testLead": bool(arguments.get("test")), "versionedLeadGenFormUrn": FORM_URN},
                "leadMetadata": {"sponsoredLeadMetadata": {"campaign": "urn:li:sponsoredCampaign:7"}},
                "formResponse": {"answers": answers, "consentResponses": [{"consentId": 2, "accepted": True}]},
            }
        )
        self._announce(native_id, "CREATED", now)
        return native_id

    def _announce(self, native_id: str, action: str, now: datetime) -> None:
        if not self._hook:
            return
        push = {
            **{"type": "LEAD_ACTION", "leadAction": action, "leadGenFormResponse": f"urn:li:leadGenFormResponse:{native_id}"},
            **{"leadGenForm": FORM_URN, "owner": {"sponsoredAccount": OWNER}, "leadType": "SPONSORED"},
            "occurredAt": int(now.timestamp() * 1000),
        }
        body = json.dumps(push).encode()
        digest = hmac.digest(CLIENT_SECRET.encode(), b"hmacsha256=" + body, hashlib.sha256).hex()
        self._pending.append(Push(self._hook, body, {"content-type": "application/json", "x-li-signature": digest}, now))

    def _token(self, request: Request, now: datetime) -> Answer:
        if self._granted_until is None:
            self._granted_until = now + timedelta(days=365)
        left = int((self._granted_until - now).total_seconds())
        form = {name: values[-1] for name, values in request.form().items()}
        if (form.get("client_id"), form.get("client_secret"), form.get("refresh_token")) != (
            CLIENT_ID,
            CLIENT_SECRET,
            REFRESH_TOKEN,
        ) or left <= 0:
            return json_answer({"error": "invalid_grant", "error_description": "refused"}, 400)
        lives = {"expires_in": min(5_184_000, left), "refresh_token_expires_in": left}
        return json_answer({"access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN, **lives})

    def _listing(self, request: Request) -> Answer:
        """Newest first; the Rest.li syntax of the range must arrive as it is written, parentheses and all."""
        bounds, params = _RANGE.search(request.query), request.params()
        if bounds is None or params.get("owner") != [f"(sponsoredAccount:{OWNER})"]:
            return _refusal(400, "ILLEGAL_ARGUMENT")
        start, count = int(params["start"][-1]), int(params["count"][-1])
        rows = [each for each in self._responses if int(bounds[1]) <= each["submittedAt"] <= int(bounds[2])]
        rows.sort(key=lambda each: (-each["submittedAt"], each["id"]))
        return json_answer({"elements": rows[start : start + count], "paging": {"start": start, "count": count, "total": len(rows)}})


def _refusal(status: int, code: str) -> Answer:
    return json_answer({"status": status, "code": code, "message": "refused"}, status)
