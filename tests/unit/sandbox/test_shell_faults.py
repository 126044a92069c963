"""Faults on the wire: what the client sees, and whether the core has applied the request."""

from __future__ import annotations

import errno
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.shell import Served
from tests.support.echo import Echo
from tests.support.sandbox import control, frozen_clock, serving


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Echo()) as running:
        yield running


def ask(served: Served, path: str = "/leads", timeout: float = 10) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=timeout)
    try:
        connection.request("POST", path, b"x")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def applied(served: Served) -> int:
    assert isinstance(served.stand_in, Echo)
    return len(served.stand_in.applied)


def last_entry(served: Served) -> tuple[int, str | None]:
    entry = served.journal.entries()[-1]
    return entry.status, entry.fault


def test_a_status_fault_answers_its_own_words_and_applies_nothing(served: Served) -> None:
    control(served, "fault", kind="status", status=429, body="slow down", headers={"retry-after": "7"})
    assert ask(served) == (429, b"slow down")
    assert (applied(served), last_entry(served)) == (0, (429, "status"))
    assert ask(served)[0] == 200


def test_a_reset_breaks_the_connection_before_anything_is_applied(served: Served) -> None:
    served.faults.add({"kind": "reset"})
    with pytest.raises(ConnectionResetError) as lost:
        ask(served)
    assert lost.value.errno == errno.ECONNRESET
    assert (applied(served), last_entry(served)) == (0, (0, "reset"))


def test_a_reset_after_breaks_the_connection_once_the_request_is_applied(served: Served) -> None:
    served.faults.add({"kind": "reset_after"})
    with pytest.raises(ConnectionResetError) as lost:
        ask(served)
    assert lost.value.errno == errno.ECONNRESET
    assert (applied(served), last_entry(served)) == (1, (0, "reset_after"))


@pytest.mark.parametrize(("kind", "times_applied"), [("timeout", 0), ("timeout_after", 1)])
def test_a_timeout_never_answers(served: Served, kind: str, times_applied: int) -> None:
    served.faults.add({"kind": kind, "seconds": 60})
    with pytest.raises(TimeoutError):
        ask(served, timeout=0.2)
    assert (applied(served), last_entry(served)) == (times_applied, (0, kind))


def test_a_timeout_closes_the_connection_in_the_end(served: Served) -> None:
    served.faults.add({"kind": "timeout", "seconds": 0.05})
    with pytest.raises(http.client.RemoteDisconnected):
        ask(served)


def test_a_slow_answer_comes_late_but_whole(served: Served) -> None:
    served.faults.add({"kind": "slow", "seconds": 0.3})
    with pytest.raises(TimeoutError):
        ask(served, timeout=0.05)
    served.faults.add({"kind": "slow", "seconds": 0.05})
    status, body = ask(served)
    assert (status, json.loads(body)["path"]) == (200, "/leads")
    assert applied(served) == 2


def test_a_slow_answer_does_not_hold_up_others(served: Served) -> None:
    served.faults.add({"kind": "timeout", "match": "/slow", "seconds": 60})
    stuck = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=10)
    stuck.request("GET", "/slow")
    while served.journal.total == 0:
        threading.Event().wait(0.001)
    assert ask(served, "/other")[0] == 200
    stuck.close()


def test_a_truncated_answer_announces_more_than_it_sends(served: Served) -> None:
    served.faults.add({"kind": "truncated_after"})
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask(served)
    sent, missing = len(cut.value.partial), cut.value.expected or 0
    assert sent == (sent + missing) // 2 > 0
    assert (applied(served), last_entry(served)) == (1, (200, "truncated_after"))


def test_a_truncated_answer_without_a_body_is_a_lost_connection(served: Served) -> None:
    served.faults.add({"kind": "truncated_after"})
    with pytest.raises(ConnectionResetError):
        ask(served, "/nothing")
    assert applied(served) == 1


def test_an_expired_token_is_told_to_the_core_and_not_written_into_the_journal(served: Served) -> None:
    served.faults.add({"kind": "expired_token"})
    _, body = ask(served)
    assert json.loads(body)["headers"]["x-sandbox-fault"] == "expired_token"
    assert "x-sandbox-fault" not in served.journal.entries()[0].headers
    assert "x-sandbox-fault" not in json.loads(ask(served)[1])["headers"]


def test_faults_can_be_cleared_from_outside(served: Served) -> None:
    control(served, "fault", kind="status", times=-1)
    control(served, "faults/clear")
    assert ask(served)[0] == 200


@pytest.mark.parametrize("kind", ["timeout", "timeout_after", "slow"])
def test_stopping_ends_a_wait_at_once(kind: str) -> None:
    served = Served(Echo(), frozen_clock()).start()
    served.faults.add({"kind": kind, "seconds": 3_600})
    seen: list[Any] = []

    def wait() -> None:
        try:
            seen.append(ask(served, timeout=30))
        except (OSError, http.client.HTTPException) as end:
            seen.append(end)

    client = threading.Thread(target=wait)
    client.start()
    while served.journal.total == 0:
        client.join(0.001)
    served.stop()
    client.join(5)
    assert not client.is_alive()
    assert isinstance(seen[0], (OSError, http.client.HTTPException))
