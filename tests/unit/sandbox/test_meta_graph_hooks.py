"""Webhooks of the Graph stand-in: handshake, signature, content, batches, retries, duplicates, disorder."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest

from sandbox.meta_graph import MetaGraphStandIn
from sandbox.meta_graph.hooks import sign
from sandbox.meta_graph.state import APP_SECRET, FORM_ID, PAGE_ID
from sandbox.wire import Answer
from tests.support.meta import CALLBACK, MetaWorld, leadgen_ids
from tests.support.receiver import receiving
from tests.support.sandbox import START, control, serving


@pytest.fixture
def world() -> MetaWorld:
    subscribed = MetaWorld()
    subscribed.subscribe()
    return subscribed


def test_the_handshake_asks_with_mode_token_and_challenge() -> None:
    world = MetaWorld()
    challenge = world.dial("subscribe", callback_url=CALLBACK, verify_token="let me in")["challenge"]
    [handshake] = world.core.pushes(world.now)
    assert handshake.method == "GET"
    assert handshake.url == f"{CALLBACK}?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token=let+me+in"
    assert handshake.expects == challenge.encode()


@pytest.mark.parametrize(("status", "state"), [(200, "verified"), (403, "refused"), (None, "refused")])
def test_only_a_callback_that_passes_the_handshake_gets_pushes(status: int | None, state: str) -> None:
    world = MetaWorld()
    world.dial("subscribe", callback_url=CALLBACK)
    world.submit()
    world.settle(status)
    assert world.dial("pushes")["subscription"]["state"] == state
    assert len(world.settle(200)) == (1 if state == "verified" else 0)


def test_a_push_is_signed_over_its_raw_bytes_with_the_app_secret() -> None:
    assert (
        sign('{"id":"1","name":"Zoë"}'.encode(), "topsecret") == "sha256=b79fab3c920b57a0eae231f41f8e4a4f01cd7146525eb4c8d5e0690854578494"
    )
    world = MetaWorld()
    world.subscribe(app_secret="another")
    world.submit()
    [push] = world.settle(200)
    assert push.headers["x-hub-signature-256"] == sign(push.body, "another") != sign(push.body, APP_SECRET)


def test_a_push_carries_ids_only(world: MetaWorld) -> None:
    lead_id = world.submit(ad_id="91", adset_id="92")
    [push] = world.settle(200)
    seconds = int(START.timestamp())
    value = {"leadgen_id": lead_id, "page_id": PAGE_ID, "form_id": FORM_ID, "created_time": seconds, "ad_id": "91", "adgroup_id": "92"}
    change = {"field": "leadgen", "value": value}
    assert json.loads(push.body) == {"object": "page", "entry": [{"id": PAGE_ID, "time": seconds, "changes": [change]}]}
    assert b"ada@example.com" not in push.body


def test_organic_and_test_leads_are_pushed_without_ad_ids(world: MetaWorld) -> None:
    world.submit()
    world.call("POST", f"{FORM_ID}/test_leads")
    for push in world.settle(200):
        assert "ad_id" not in json.loads(push.body)["entry"][0]["changes"][0]["value"]


def test_nothing_is_pushed_before_the_page_has_installed_the_app() -> None:
    world = MetaWorld()
    world.subscribe(install=False)
    assert world.dial("submit", form_id=FORM_ID)["push_scheduled"] is False
    world.call("POST", f"{PAGE_ID}/subscribed_apps", {"subscribed_fields": "leadgen"})
    lead_id = world.submit()
    assert leadgen_ids(world.settle(200)) == [lead_id]


def test_a_push_can_be_delayed(world: MetaWorld) -> None:
    world.dial("configure", push_delay_seconds=10)
    world.submit()
    assert world.settle(200) == []
    world.move(seconds=10)
    assert len(world.settle(200)) == 1


def test_several_changes_and_pages_can_share_a_post(world: MetaWorld) -> None:
    page_id = world.dial("page")["id"]
    other_form = world.dial("form", page_id=page_id)["id"]
    world.subscribe()
    world.dial("configure", changes_per_post=4)
    made = [world.submit(form_id=form) for form in (FORM_ID, FORM_ID, other_form, FORM_ID, FORM_ID)]
    pushes = world.settle(200)
    assert [[(entry["id"], len(entry["changes"])) for entry in json.loads(push.body)["entry"]] for push in pushes] == [
        [(PAGE_ID, 2), (page_id, 1), (PAGE_ID, 1)],
        [(PAGE_ID, 1)],
    ]
    assert leadgen_ids(pushes) == made


def test_changes_of_other_fields_can_be_mixed_in(world: MetaWorld) -> None:
    world.dial("configure", foreign_changes=True)
    world.submit()
    [push] = world.settle(200)
    assert [change["field"] for change in json.loads(push.body)["entry"][0]["changes"]] == ["feed", "leadgen"]


def test_pushes_can_be_duplicated(world: MetaWorld) -> None:
    world.dial("configure", duplicates=2)
    lead_id = world.submit()
    assert leadgen_ids(world.settle(200)) == [lead_id] * 3


def test_pushes_can_be_disordered_without_losing_any(world: MetaWorld) -> None:
    world.dial("configure", disorder=True)
    made = world.dial("submit_many", count=7)["ids"]
    pushed = leadgen_ids(world.settle(200))
    assert sorted(pushed) == sorted(made)
    assert pushed not in (made, made[::-1])


def test_a_push_goes_out_for_a_lead_that_cannot_be_read(world: MetaWorld) -> None:
    lead_id = world.submit(readable=False)
    assert leadgen_ids(world.settle(200)) == [lead_id]
    assert world.get(lead_id).code == (100, 33)
    assert world.get(f"{FORM_ID}/leads").json == {"data": []}


def test_a_lead_can_be_submitted_without_a_push(world: MetaWorld) -> None:
    world.submit(push=False)
    assert world.settle(200) == []


@pytest.mark.parametrize("status", [None, 500, 401, 302, 410])
def test_a_push_that_is_not_accepted_is_tried_again_at_once_with_the_same_bytes(world: MetaWorld, status: int | None) -> None:
    world.submit()
    [first] = world.settle(status)
    [second] = world.settle(200)
    assert (second.body, second.headers, second.attempt) == (first.body, first.headers, 1)
    world.move(days=3)
    assert world.settle(200) == []


def test_retries_grow_rarer_and_end_after_36_hours(world: MetaWorld) -> None:
    world.submit()
    tried = []
    for _ in range(60 * 40):
        tried += [world.now for _ in world.settle(500)]
        world.move(minutes=1)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits == sorted(waits)
    assert timedelta(hours=24) < tried[-1] - tried[0] <= timedelta(hours=36)
    [delivery] = world.dial("pushes")["deliveries"]
    assert (delivery["state"], len(delivery["statuses"])) == ("dropped", len(tried))


def test_the_whole_way_over_http_from_handshake_to_fetch() -> None:
    with receiving(Answer(500), Answer(200)) as (target, receiver), serving(MetaGraphStandIn()) as served:
        control(served, "subscribe", callback_url=f"{target.url}/hooks/meta")
        assert served.pump() == 1
        assert control(served, "pushes")["subscription"]["state"] == "verified"
        lead_id = control(served, "submit", field_data={"email": "ada@example.com"})["id"]
        assert (served.pump(), served.pump(), served.pump()) == (1, 1, 0)
    handshake, refused, accepted = receiver.received
    assert handshake.method == "GET"
    assert refused.body == accepted.body
    assert lead_id.encode() in accepted.body
    assert accepted.headers["x-hub-signature-256"] == sign(accepted.body, APP_SECRET)


def test_a_callback_that_echoes_something_else_is_not_subscribed() -> None:
    with receiving() as (target, receiver), serving(MetaGraphStandIn()) as served:
        target.faults.add({"kind": "status", "status": 200, "body": "welcome"})
        control(served, "subscribe", callback_url=target.url)
        served.pump()
        assert control(served, "pushes")["subscription"]["state"] == "refused"
    assert receiver.received == []
