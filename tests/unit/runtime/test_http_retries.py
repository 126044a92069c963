"""What is sent again within one call: only what is safe, not for long, and not as part of a storm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from core.contract import (
    AuthFailed,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Missing,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    TryLater,
    Unavailable,
)
from core.runtime.http import CallNote, Timeouts
from tests.support.http import Answer, HandClock, Seen, make_context, serve

ONCE_BROKEN = {
    "502": Answer(502),
    "503": Answer(503),
    "504": Answer(504),
    "503 with a short Retry-After": Answer(503, headers={"Retry-After": "2"}),
    "429 with a short Retry-After": Answer(429, headers={"Retry-After": "2"}),
    "answer lost": Answer(cut=True),
}


def first(broken: Answer, then: Answer | None = None) -> Callable[[Seen], Answer]:
    """Answer with the broken one first."""
    answers = [broken]
    return lambda seen: answers.pop() if answers else then or Answer()


@pytest.mark.parametrize("broken", ONCE_BROKEN.values(), ids=ONCE_BROKEN.keys())
@pytest.mark.parametrize(
    "request_", [Request("GET", "/x"), Request("PUT", "/x"), Request("DELETE", "/x"), Request("POST", "/x", repeatable=True)]
)
def test_a_repeatable_call_is_sent_again(broken: Answer, request_: Request) -> None:
    with serve(first(broken)) as server, closing(make_context(server.url)) as opened:
        assert opened.http.send(request_).status == 200
    assert len(server.seen) == 2


@pytest.mark.parametrize("broken", ONCE_BROKEN.values(), ids=ONCE_BROKEN.keys())
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_any_other_call_is_sent_once(broken: Answer, method: str) -> None:
    with serve(first(broken)) as server, closing(make_context(server.url)) as opened, pytest.raises(TryLater) as caught:
        opened.http.send(Request(method, "/x"))
    assert len(server.seen) == 1
    assert caught.value.outcome_unknown is (broken.status != 429)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 301])
def test_a_permanent_answer_is_not_asked_for_twice(status: int) -> None:
    with serve(lambda seen: Answer(status)) as server, closing(make_context(server.url)) as opened, pytest.raises(ConnectorError):
        opened.http.send(Request("GET", "/x"))
    assert len(server.seen) == 1


def test_a_call_that_was_never_sent_is_tried_again_whatever_it_is() -> None:
    tries: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        tries.append(host)
        if len(tries) < 3:
            raise OSError
        return ["127.0.0.1"]

    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, resolve=resolve)) as opened:
        assert opened.http.send(Request("POST", "/x")).status == 200
    assert len(tries) == 3


def test_retries_end_within_ten_seconds() -> None:
    clock = HandClock()
    with (
        serve(lambda seen: Answer(503)) as server,
        closing(make_context(server.url, clock=clock)) as opened,
        pytest.raises(Unavailable) as caught,
    ):
        opened.http.send(Request("GET", "/x"))
    assert 2 <= len(server.seen) <= 8
    assert sum(clock.slept) < 10
    assert not caught.value.outcome_unknown


def test_a_long_retry_after_is_left_to_the_schedule() -> None:
    with serve(lambda seen: Answer(503, headers={"Retry-After": "30"})) as server, closing(make_context(server.url)) as opened:
        with pytest.raises(Unavailable):
            opened.http.send(Request("GET", "/x"))
        with pytest.raises(RateLimited):
            opened.http.send(Request("GET", "/y"))
    assert len(server.seen) == 1


def test_in_a_storm_retries_stay_a_tenth_of_the_traffic() -> None:
    calls = 300
    with serve(lambda seen: Answer(502)) as server, closing(make_context(server.url)) as opened:
        for _ in range(calls):
            with pytest.raises(Unavailable):
                opened.http.send(Request("GET", "/x"))
    assert len(server.seen) <= calls * 1.1 + 10


def test_silence_ends_with_the_read_timeout() -> None:
    done = threading.Event()

    def silent(seen: Seen) -> Answer:
        done.wait(20)
        return Answer()

    with serve(silent) as server, closing(make_context(server.url)) as opened:
        with pytest.raises(Unavailable) as caught:
            opened.http.send(Request("POST", "/x", timeout_seconds=0.05))
        done.set()
    assert caught.value.outcome_unknown


def test_an_answer_that_drips_ends_with_the_total_timeout() -> None:
    clock = HandClock()

    def slow(seen: Seen) -> Answer:
        clock.advance(121)
        return Answer()

    with serve(slow) as server, closing(make_context(server.url, clock=clock)) as opened, pytest.raises(Unavailable, match="in time"):
        opened.http.send(Request("POST", "/x"))


def test_a_cut_off_body_is_an_unknown_outcome() -> None:
    with (
        serve(lambda seen: Answer(headers={"Content-Length": "50"})) as server,
        closing(make_context(server.url)) as opened,
        pytest.raises(Unavailable) as caught,
    ):
        opened.http.send(Request("POST", "/x"))
    assert caught.value.outcome_unknown


def test_an_answer_beyond_the_allowed_size_is_refused() -> None:
    with (
        serve(lambda seen: Answer(body=b"x" * 5000)) as server,
        closing(make_context(server.url, max_response_bytes=4999)) as opened,
        pytest.raises(ContractBroken, match="4999 bytes"),
    ):
        opened.http.send(Request("GET", "/x"))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, ContractBroken), (304, ContractBroken), (400, ContractBroken), (401, AuthFailed), (403, PermissionMissing), (404, Missing),
        (408, Unavailable), (409, ContractBroken), (413, ContractBroken), (422, ContractBroken), (425, Unavailable), (429, RateLimited),
        (500, Unavailable), (501, Unavailable), (503, Unavailable), (599, Unavailable),
    ],
)  # fmt: skip
def test_the_table_of_defaults(status: int, expected: type[ConnectorError]) -> None:
    with (
        serve(lambda seen: Answer(status)) as server,
        closing(make_context(server.url)) as opened,
        pytest.raises(ConnectorError) as caught,
    ):
        opened.http.send(Request("POST", "/x"))
    assert type(caught.value) is expected
    assert "'test'" in str(caught.value)
    if isinstance(caught.value, TryLater):
        assert caught.value.outcome_unknown is (status != 429)


def test_a_connectors_rows_come_before_the_table_and_accepted_statuses_before_both() -> None:
    def row(response: Response) -> ConnectorError | None:
        return Duplicate("known there", existing="7") if response.status == 409 else None

    with serve(lambda seen: Answer(int(seen.path[1:]))) as server, closing(make_context(server.url)) as opened:
        with pytest.raises(Duplicate):
            opened.http.send(Request("POST", "/409"), [row])
        with pytest.raises(ContractBroken):
            opened.http.send(Request("POST", "/422"), [row])
        assert opened.http.send(Request("POST", "/409", accept=frozenset({409})), [row]).status == 409
        assert opened.http.send(Request("GET", "/300", accept=frozenset({300}))).status == 300


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'[{"errorCode": "INVALID_FIELD", "message": "No such column Jo on Lead"}]', " INVALID_FIELD"),
        (b'{"category": "VALIDATION_ERROR", "message": "jo@example.com is wrong"}', " VALIDATION_ERROR"),
        (b'{"error": "invalid_grant"}', " invalid_grant"),
        (b'{"error": "jo@example.com"}', ""),
        (b"<html>Jo</html>", ""),
        (b"[]", ""),
        (b"7", ""),
    ],
)
def test_of_the_vendors_error_only_its_short_code_is_told(body: bytes, code: str) -> None:
    with (
        serve(lambda seen: Answer(400, body)) as server,
        closing(make_context(server.url)) as opened,
        pytest.raises(ContractBroken) as caught,
    ):
        opened.http.send(Request("POST", "/v1/leads"))
    assert str(caught.value) == f"Acme answered POST /v1/leads with HTTP 400{code} (connection 'test')."


def test_a_redirect_is_not_followed() -> None:
    with (
        serve(lambda seen: Answer(302, headers={"Location": "/elsewhere"})) as server,
        closing(make_context(server.url)) as opened,
        pytest.raises(ContractBroken),
    ):
        opened.http.send(Request("GET", "/x"))
    assert server.paths() == ["/x"]


def test_every_send_is_noted_with_its_attempt() -> None:
    notes: list[CallNote] = []
    with serve(first(Answer(503))) as server, closing(make_context(server.url, observe=notes.append)) as opened:
        opened.http.send(Request("GET", "/v1/leads/4711?email=jo@example.com"))
    assert [(note.method, note.path, note.status, note.attempt) for note in notes] == [
        ("GET", "/v1/leads/{id}", 503, 1),
        ("GET", "/v1/leads/{id}", 200, 2),
    ]


def test_a_vendors_cookies_are_not_kept() -> None:
    with serve(lambda seen: Answer(headers={"Set-Cookie": "session=1; Path=/"})) as server, closing(make_context(server.url)) as opened:
        opened.http.send(Request("GET", "/x"))
        opened.http.send(Request("GET", "/x"))
    assert all("cookie" not in seen.headers for seen in server.seen)


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url)) as opened:
        assert opened.http.send(Request("GET", "/x")).status == 200


def test_a_pool_that_is_stuck_is_replaced() -> None:
    stuck = 32
    all_stuck, release = threading.Barrier(stuck + 1, timeout=30), threading.Event()

    def handler(seen: Seen) -> Answer:
        if seen.path == "/stuck":
            all_stuck.wait()
            release.wait(30)
        return Answer()

    timeouts = Timeouts(connect=0.25)
    with serve(handler) as server, closing(make_context(server.url, timeouts=timeouts)) as opened, ThreadPoolExecutor(stuck) as pool:
        pending = [pool.submit(opened.http.send, Request("POST", "/stuck")) for _ in range(stuck)]
        all_stuck.wait()
        assert opened.http.send(Request("GET", "/x")).status == 200
        release.set()
        assert all(each.result().status == 200 for each in pending)
