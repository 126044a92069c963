"""Outbound messages: sent about writes, repeated until taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.salesforce.outbound import notification_ids
from sandbox.sender import Sender
from sandbox.wire import Answer
from tests.support.receiver import receiving
from tests.support.salesforce_sandbox import SandboxOrg

RULE = {"object": "Lead", "url": "http://hooks.test/in", "fields": ["Id", "LastName"]}


@pytest.fixture
def org() -> SandboxOrg:
    made = SandboxOrg()
    made.control("configure", outbound_messages=[RULE])
    return made


def test_36_writes_are_told_in_messages_of_at_most_a_hundred_with_the_latest_state(org: SandboxOrg) -> None:
    row_id = org.create(LastName="A & B")
    org.control("update", object="Lead", id=row_id, fields={"LastName": "C & D"})
    for _ in range(110):
        org.create()
    pushes = org.stand_in.pushes(org.now)
    assert [len(notification_ids(push.body)) for push in pushes] == [100, 12]
    assert pushes[0].url == "http://hooks.test/in"
    assert pushes[0].body.count(b"<sf:LastName>C &amp; D</sf:LastName>") == 2
    assert org.stand_in.pushes(org.now) == []


def test_36_a_message_is_repeated_with_growing_gaps_until_it_is_taken(org: SandboxOrg) -> None:
    org.create()
    push = org.stand_in.pushes(org.now)[0]
    gaps = []
    for _ in range(3):
        org.stand_in.pushed(push, 500, org.now)
        before = org.now
        while not (due := org.stand_in.pushes(org.now)):
            org.later(seconds=5)
        gaps.append(org.now - before)
        assert due[0].body == push.body
        push = due[0]
    assert gaps == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    org.stand_in.pushed(push, 200, org.now)
    org.later(hours=3)
    assert org.stand_in.pushes(org.now) == []


def test_36_a_message_nobody_takes_is_dropped_after_a_day(org: SandboxOrg) -> None:
    org.create()
    start = org.now
    push = org.stand_in.pushes(org.now)[0]
    while True:
        org.stand_in.pushed(push, None, org.now)
        org.later(hours=2)
        due = org.stand_in.pushes(org.now)
        if not due:
            break
        push = due[0]
    assert timedelta(hours=20) < org.now - start <= timedelta(hours=26)


def test_36_what_is_taken_back_is_not_told(org: SandboxOrg) -> None:
    rows = [{"attributes": {"type": "Lead"}, "LastName": "A", "Company": "E"}, {"attributes": {"type": "Lead"}}]
    org.send("POST", "/composite/sobjects", {"allOrNone": True, "records": rows})
    assert org.stand_in.pushes(org.now) == []


def test_36_in_disorder_messages_come_in_another_order_and_twice(org: SandboxOrg) -> None:
    org.control("configure", outbound_disorder=True)
    for _ in range(150):
        org.create()
    assert [len(notification_ids(push.body)) for push in org.stand_in.pushes(org.now)] == [50, 100, 100]


@pytest.mark.parametrize(
    ("ack", "told"), [("<Ack>true</Ack>", True), ("<o:Ack> true </o:Ack>", True), ("<Ack>false</Ack>", False), ("", False)]
)
def test_36_only_an_answer_that_says_so_acknowledges(org: SandboxOrg, ack: str, told: bool) -> None:
    with receiving(Answer(200, ack.encode())) as (served, _):
        org.control("configure", outbound_messages=[{**RULE, "url": f"{served.url}/in"}])
        org.create()
        (push,) = org.stand_in.pushes(org.now)
        status = Sender().send(push)
    assert status == (200 if told else None)
    org.stand_in.pushed(push, status, org.now)
    org.later(hours=1)
    assert len(org.stand_in.pushes(org.now)) == (0 if told else 1)
