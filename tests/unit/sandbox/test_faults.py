"""Fault dials: which request they spoil, how often, and which dials are refused."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import FaultBoard, FaultKind
from sandbox.wire import Request


def board(*dials: dict[str, Any]) -> FaultBoard:
    made = FaultBoard()
    for dial in dials:
        made.add(dial)
    return made


def kinds(faults: FaultBoard, count: int, request: Request) -> list[str | None]:
    taken = [faults.take(request) for _ in range(count)]
    return [fault.kind.value if fault else None for fault in taken]


GET_LEADS = Request("GET", "/leads")


def test_a_dial_spoils_as_many_requests_as_it_says() -> None:
    faults = board({"kind": "reset", "times": 2})
    assert kinds(faults, 4, GET_LEADS) == ["reset", "reset", None, None]


def test_a_dial_lets_the_first_requests_through_when_it_skips() -> None:
    faults = board({"kind": "reset", "skip": 2})
    assert kinds(faults, 4, GET_LEADS) == [None, None, "reset", None]


def test_a_dial_set_to_always_never_ends() -> None:
    faults = board({"kind": "status", "times": -1})
    assert kinds(faults, 50, GET_LEADS) == ["status"] * 50


def test_a_dial_looks_at_method_and_path_only() -> None:
    faults = board({"kind": "status", "match": "^POST /leads$"})
    assert faults.take(GET_LEADS) is None
    assert faults.take(Request("POST", "/other", query="/leads")) is None
    assert faults.take(Request("POST", "/leads")) is not None


def test_a_request_that_does_not_match_does_not_count_as_skipped() -> None:
    faults = board({"kind": "reset", "match": "/leads", "skip": 1})
    assert faults.take(Request("GET", "/other")) is None
    assert kinds(faults, 2, GET_LEADS) == [None, "reset"]


def test_dials_are_tried_in_the_order_in_which_they_were_set() -> None:
    faults = board({"kind": "reset"}, {"kind": "slow"})
    assert kinds(faults, 3, GET_LEADS) == ["reset", "slow", None]


def test_clearing_takes_all_dials_back() -> None:
    faults = board({"kind": "reset", "times": -1})
    faults.clear()
    assert faults.take(GET_LEADS) is None
    assert faults.pending() == []


def test_pending_shows_what_is_left_of_a_dial() -> None:
    faults = board({"kind": "status", "times": 3, "status": 429})
    faults.take(GET_LEADS)
    [left] = faults.pending()
    assert (left["kind"], left["times"], left["status"]) == (FaultKind.STATUS, 2, 429)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "needs a kind"),
        ({"kind": "fire"}, "'fire'"),
        ({"kind": "reset", "tims": 2}, "tims"),
        ({"kind": "reset", "match": "("}, "regular expression"),
        ({"kind": "reset", "times": 0}, "times"),
        ({"kind": "reset", "skip": -1}, "skip"),
        ({"kind": "status", "status": 99}, "status"),
        ({"kind": "slow", "seconds": -1}, "seconds"),
    ],
)
def test_a_dial_that_makes_no_sense_is_refused_with_the_reason(arguments: dict[str, Any], complaint: str) -> None:
    faults = FaultBoard()
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        faults.add(arguments)
    assert faults.pending() == []
