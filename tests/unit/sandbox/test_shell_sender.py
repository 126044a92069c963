"""Webhook delivery: what is sent, to whom it is refused, and how outcomes are told to the core."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from sandbox.sender import NotLoopback, Sender, loopback_address
from sandbox.shell import Served
from sandbox.wire import Answer, Push
from tests.support.echo import Echo
from tests.support.receiver import receiving
from tests.support.sandbox import START, frozen_clock, serving


def push(url: str, **parts: Any) -> Push:
    return Push(url, parts.pop("body", b"{}"), parts.pop("headers", {}), parts.pop("due", START), **parts)


def test_a_push_arrives_with_its_method_address_headers_and_raw_body() -> None:
    with receiving(Answer(202)) as (target, receiver):
        body = '{"name":"Zoë"}'.encode()
        sent = push(f"{target.url}/hook?x=1", body=body, headers={"x-hub-signature-256": "sha256=00"}, method="PUT")
        assert Sender().send(sent) == 202
    [got] = receiver.received
    assert (got.method, got.path, got.query, got.body) == ("PUT", "/hook", "x=1", body)
    assert got.headers["x-hub-signature-256"] == "sha256=00"


def test_a_redirect_is_an_outcome_and_is_not_followed() -> None:
    with receiving(Answer(302, headers={"location": "/elsewhere"})) as (target, receiver):
        assert Sender().send(push(f"{target.url}/hook")) == 302
    assert len(receiver.received) == 1


def test_a_receiver_that_does_not_answer_in_time_counts_as_no_answer() -> None:
    with receiving() as (target, _):
        target.faults.add({"kind": "timeout", "seconds": 60})
        assert Sender().send(push(f"{target.url}/hook", timeout_seconds=0.1)) is None


def test_nobody_listening_counts_as_no_answer() -> None:
    with receiving() as (target, _):
        url = target.url
    assert Sender().send(push(url)) is None


def test_an_answer_other_than_the_expected_one_counts_as_no_answer() -> None:
    with receiving(Answer(200, b"42")) as (target, _):
        assert Sender().send(push(target.url, expects=b"42")) == 200
        assert Sender().send(push(target.url, expects=b"43")) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://192.0.2.1/hook",
        "http://0.0.0.0/hook",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "https://127.0.0.1/hook",
        "file:///etc/hosts",
        "",
    ],
)
def test_an_address_outside_this_machine_is_refused(url: str) -> None:
    with pytest.raises(NotLoopback):
        Sender().send(push(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:8000/", "http://127.8.8.8/"])
def test_an_address_on_this_machine_is_accepted(url: str) -> None:
    assert loopback_address(url).geturl() == url


def test_pumping_sends_what_is_due_and_tells_the_core_each_outcome() -> None:
    core = Echo()
    with receiving(Answer(200), Answer(500)) as (target, receiver), serving(core) as served:
        later = START + timedelta(hours=1)
        core.outbox = [push(f"{target.url}/{mark}", mark=mark) for mark in "ab"] + [push(target.url, mark="c", due=later)]
        assert served.pump() == 2
        assert core.outcomes == [("a", 200, START), ("b", 500, START)]
        served.clock.advance(3_600)
        assert served.pump() == 1
    assert [request.path for request in receiver.received] == ["/a", "/b", "/"]


def test_a_refused_address_is_kept_and_told_as_no_answer() -> None:
    core = Echo()
    with serving(core) as served:
        core.outbox = [push("http://example.com/hook", mark="a")]
        served.pump()
        assert core.outcomes == [("a", None, START)]
        assert "example.com" in served.refused[0]


def test_due_webhooks_go_out_by_themselves_while_serving() -> None:
    arrived = threading.Event()

    class Waiting(Echo):
        def pushed(self, push: Push, status: int | None, now: Any) -> None:
            super().pushed(push, status, now)
            arrived.set()

    core = Waiting()
    with receiving() as (target, _), serving(core, pump_every_seconds=0.01):
        core.outbox = [push(target.url, mark="a")]
        assert arrived.wait(10)
    assert core.outcomes == [("a", 200, START)]


def test_stopping_cuts_a_delivery_under_way() -> None:
    core = Echo()
    with receiving() as (target, _):
        target.faults.add({"kind": "timeout", "seconds": 3_600})
        served = Served(core, frozen_clock(), pump_every_seconds=0.01).start()
        core.outbox = [push(target.url, mark="a", timeout_seconds=600)]
        while target.journal.total == 0:
            threading.Event().wait(0.001)
        served.stop()
    assert core.outcomes == [("a", None, START)]
