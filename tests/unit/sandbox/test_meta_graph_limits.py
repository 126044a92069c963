"""The LeadGen quota and the errors on demand."""

from __future__ import annotations

import json

import pytest

from sandbox.meta_graph.state import FORM_ID, PAGE_ID
from tests.support.meta import MetaWorld, Result


@pytest.fixture
def world() -> MetaWorld:
    return MetaWorld()


def usage(result: Result) -> tuple[int, int]:
    [entry] = json.loads(result.headers["x-business-use-case-usage"])[PAGE_ID]
    assert entry["type"] == "leadgen"
    return entry["call_count"], entry["estimated_time_to_regain_access"]


def test_the_quota_is_a_number_of_calls_per_lead_of_the_last_ninety_days(world: MetaWorld) -> None:
    world.dial("configure", quota_per_lead=3, quota_floor=0)
    lead_id = world.submit()
    world.submit()
    assert [world.get(lead_id).status for _ in range(7)] == [200] * 6 + [400]
    assert world.get(lead_id).code[0] == 80005


def test_the_default_is_4800_calls_per_lead(world: MetaWorld) -> None:
    lead_id = world.submit()
    for _ in range(47):
        world.get(lead_id)
    assert usage(world.get(lead_id)) == (1, 0)


def test_the_usage_header_counts_in_percent_and_names_the_minutes_to_wait(world: MetaWorld) -> None:
    world.dial("configure", quota_floor=4, quota_per_lead=0)
    assert usage(world.get(f"{FORM_ID}/leads")) == (25, 0)
    world.move(hours=1)
    assert [usage(world.get(FORM_ID))[0] for _ in range(3)] == [50, 75, 100]
    refused = world.get(FORM_ID)
    assert refused.code[0] == 80005
    assert usage(refused) == (100, 23 * 60)


def test_calls_come_back_as_the_24_hours_move_on(world: MetaWorld) -> None:
    world.dial("configure", quota_floor=2, quota_per_lead=0)
    world.get(FORM_ID)
    world.move(hours=12)
    world.get(FORM_ID)
    assert world.get(FORM_ID).status == 400
    world.move(hours=12)
    assert world.get(FORM_ID).status == 200
    assert world.get(FORM_ID).status == 400


def test_a_page_without_recent_leads_has_next_to_no_quota(world: MetaWorld) -> None:
    world.dial("configure", quota_per_lead=100, quota_floor=1)
    world.submit()
    world.move(days=91)
    assert [world.get(FORM_ID).status for _ in range(2)] == [200, 400]


def test_test_leads_earn_no_quota(world: MetaWorld) -> None:
    world.dial("configure", quota_per_lead=100, quota_floor=2)
    world.call("POST", f"{FORM_ID}/test_leads")
    assert [world.get(FORM_ID).status for _ in range(2)] == [200, 400]


def test_calls_that_are_not_about_leads_use_no_quota(world: MetaWorld) -> None:
    world.dial("configure", quota_per_lead=0, quota_floor=0)
    assert world.get("me").status == 200
    assert world.get(f"{PAGE_ID}/subscribed_apps").status == 200
    assert world.get(f"{PAGE_ID}/leadgen_forms").status == 400


@pytest.mark.parametrize(("code", "status"), [(1, 500), (2, 500), (4, 403), (17, 400), (341, 400), (190, 400), (80005, 400)])
def test_an_error_on_demand_lasts_as_often_as_dialled(world: MetaWorld, code: int, status: int) -> None:
    world.dial("fail", code=code, times=2)
    answers = [world.get("me") for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert answers[0].code[0] == code


def test_an_error_on_demand_hits_only_what_it_matches(world: MetaWorld) -> None:
    world.dial("fail", code=4, match="^GET .*/leads$", times=-1)
    assert world.get("me").status == 200
    assert world.get(f"{FORM_ID}/leads").code[0] == 4


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("fail", {"code": 5}),
        ("fail", {}),
        ("configure", {"colour": "red"}),
        ("configure", {"duplicates": -1}),
        ("configure", {"disorder": 1}),
        ("configure", {"current_version": 20}),
        ("submit", {"form_id": "1"}),
        ("submit", {"form_id": FORM_ID, "field_data": {"shoe_size": "9"}}),
        ("submit", {"form_id": FORM_ID, "colour": "red"}),
        ("submit", {"form_id": FORM_ID, "created_time": "2026-01-01T00:00:00"}),
        ("submit_many", {"leads": [{"field_data": {"email": "a@example.com"}}, {"field_data": {"shoe_size": "9"}}]}),
        ("form", {"page_id": "1"}),
        ("token", {"token": "t", "page_id": "1"}),
        ("dance", {}),
    ],
)
def test_a_dial_that_makes_no_sense_is_refused_and_changes_nothing(world: MetaWorld, verb: str, arguments: dict[str, object]) -> None:
    before = world.dial("configure"), world.dial("leads")
    with pytest.raises((ValueError, LookupError)):
        world.dial(verb, **arguments)
    assert (world.dial("configure"), world.dial("leads")) == before


def test_the_leads_dial_shows_what_was_submitted(world: MetaWorld) -> None:
    lead_id = world.submit(created_time="2026-01-01T00:00:00+00:00")
    [lead] = world.dial("leads", form_id=FORM_ID)["leads"]
    assert (lead["id"], lead["created_time"], lead["is_test"], lead["is_expired"]) == (lead_id, "2026-01-01T00:00:00+0000", False, False)


def test_the_demonstration_seed_fills_the_first_form_and_pushes_nothing(world: MetaWorld) -> None:
    world.subscribe()
    assert len(world.dial("seed_demo")["ids"]) == 12
    assert len(world.get(f"{FORM_ID}/leads", limit=100).json["data"]) == 12
    assert world.settle(200) == []
