"""The outside world of the demonstration: Meta's pushes, the website's posts, and visitors who mean no good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from demo.processes import DemoFailed, wait_until
from demo.submissions import Fate, Plan, Submission, Way

AT_ONCE = 8
"""Posts under way at a time."""
_FORM_ID = "300000000000001"
_PUSH_TOKEN = "sandbox-meta-page-token"  # noqa: S105 - the stand-in's, the same for everybody


@dataclass(slots=True)
class Sent:
    """When each person's first submission left, by e-mail address, and the unwelcome posts with their answers."""

    at: dict[str, datetime] = field(default_factory=dict)
    refused: list[tuple[str, int, int]] = field(default_factory=list)

    def note(self, submission: Submission, at: datetime) -> None:
        """Keep the first moment per person."""
        if submission.email and submission.fate is Fate.ACCEPTED:
            self.at.setdefault(submission.who, at)


class Stranger:
    """Turns the dials of a stand-in and counts what it holds."""

    def __init__(self, url: str) -> None:
        """Take the stand-in's address."""
        self._http = httpx.Client(base_url=url, timeout=30)
        self.url = url

    def turn(self, verb: str, **arguments: Any) -> Any:
        """Carry out a control verb; raises DemoFailed with the stand-in's reason."""
        answer = self._http.post(f"/_sandbox/{verb}", json=arguments)
        if answer.status_code != 200:
            raise DemoFailed(f"The sandbox refused '{verb}': {answer.text}")
        return answer.json()

    def journal(self) -> list[dict[str, Any]]:
        """The requests that it was sent."""
        entries: list[dict[str, Any]] = self._http.get("/_sandbox/journal").json()["entries"]
        return entries

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """Send a request as a client of the vendor would."""
        return self._http.post(path, **arguments)


def subscribe_meta(meta: Stranger, server: str) -> None:
    """Have the Meta stand-in subscribe: its handshake asks our endpoint, as Meta's app settings do."""
    meta.turn("subscribe", callback_url=f"{server}/hooks/facebook-page")

    def verified() -> bool | None:
        state = meta.turn("pushes")["subscription"]["state"]
        if state == "refused":
            raise DemoFailed("The webhook handshake with the Meta stand-in was refused.")
        return True if state == "verified" else None

    wait_until(verified, 10, "The Meta stand-in's handshake was not answered")


def submit_to_meta(meta: Stranger, plan: Plan, sent: Sent) -> None:
    """People fill in the instant form; the stand-in pushes each lead, signed, some of them twice."""
    for submission in plan.of(Way.META_PUSH):
        sent.note(submission, datetime.now(UTC))
        if submission.fate is Fate.TEST:
            answer = meta.post(f"/v26.0/{_FORM_ID}/test_leads", headers={"Authorization": f"Bearer {_PUSH_TOKEN}"})
            if answer.status_code != 200:
                raise DemoFailed(f"The Meta stand-in refused a test lead: {answer.text}")
            continue
        meta.turn("configure", duplicates=submission.times - 1)
        meta.turn("submit", field_data=submission.fields)


def post_forms(server: str, token: str, plan: Plan, sent: Sent) -> None:
    """Visitors post the website's form, several at a time; every post must be acknowledged."""
    url = f"{server}/hooks/contact-form/{token}"
    with httpx.Client(timeout=30, limits=httpx.Limits(max_connections=AT_ONCE)) as http, ThreadPoolExecutor(AT_ONCE) as pool:

        def post(submission: Submission) -> None:
            sent.note(submission, datetime.now(UTC))
            for _ in range(submission.times):
                answer = http.post(url, **_body(submission))
                if answer.status_code != 200:
                    raise DemoFailed(f"A post of the web form was answered {answer.status_code}: {answer.text[:300]}")

        _all(pool, post, _people_first(plan.of(Way.FORM, Way.JSON, Way.MULTIPART)))


def post_what_must_be_refused(server: str, token: str, sent: Sent) -> None:
    """Send what has no business at the door; each has its documented answer."""
    form, meta = f"{server}/hooks/contact-form/{token}", f"{server}/hooks/facebook-page"
    push = {"object": "page", "entry": [{"id": "1", "changes": [{"field": "leadgen", "value": {"leadgen_id": "1"}}]}]}
    json_type = {"Content-Type": "application/json"}
    tries: list[tuple[str, int, str, bytes, dict[str, str]]] = [
        ("push with a wrong signature", 401, meta, json.dumps(push).encode(), {**json_type, "X-Hub-Signature-256": f"sha256={'0' * 64}"}),
        ("push without a signature", 401, meta, json.dumps(push).encode(), json_type),
        ("post to a guessed address", 404, f"{server}/hooks/contact-form/guessed-guessed-guessed", b"{}", json_type),
        ("post of 1.5 MiB", 413, form, b"email=" + b"x" * 1_572_864, {"Content-Type": "application/x-www-form-urlencoded"}),
        ("post of plain text", 415, form, b"hello", {"Content-Type": "text/plain"}),
        ("post of broken JSON", 400, form, b'{"email": ', json_type),
    ]
    with httpx.Client(timeout=30) as http:
        for what, expected, url, content, headers in tries:
            sent.refused.append((what, expected, http.post(url, content=content, headers=headers).status_code))


def _body(submission: Submission) -> dict[str, Any]:
    if submission.way is Way.JSON:
        return {"json": submission.fields}
    if submission.way is Way.MULTIPART:
        return {"files": {name: (None, value) for name, value in submission.fields.items()}}
    return {"data": submission.fields}


def _people_first(submissions: Iterable[Submission]) -> list[Submission]:
    """First everybody once, then those who come again: so that a repeated person's time counts from the first post."""
    return sorted(submissions, key=lambda submission: "first_name" not in submission.fields)


def _all(pool: ThreadPoolExecutor, act: Callable[[Submission], None], submissions: Iterable[Submission]) -> None:
    for done in [pool.submit(act, submission) for submission in submissions]:
        done.result()
