"""Reads and writes of the Graph stand-in: versions, tokens, fields, paging, expiry, test leads."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.meta_graph.state import APP_ID, FORM_ID, PAGE_ID, PAGE_TOKEN
from sandbox.wire import Request
from tests.support.meta import MetaWorld, Result
from tests.support.sandbox import START


@pytest.fixture
def world() -> MetaWorld:
    return MetaWorld()


def ids(result: Result) -> list[str]:
    return [row["id"] for row in result.json["data"]]


def after(seconds: int) -> str:
    return json.dumps([{"field": "time_created", "operator": "GREATER_THAN", "value": seconds}])


def test_a_lead_without_a_field_list_has_id_time_and_answers_only(world: MetaWorld) -> None:
    lead_id = world.submit(field_data={"email": "ada@example.com", "company_name": ["A", "B"]}, ad_id="9")
    assert world.get(lead_id).json == {
        "created_time": "2026-03-02T09:00:00+0000",
        "id": lead_id,
        "field_data": [{"name": "email", "values": ["ada@example.com"]}, {"name": "company_name", "values": ["A", "B"]}],
    }


def test_only_the_selected_fields_come_and_absent_ones_are_left_out(world: MetaWorld) -> None:
    lead_id = world.submit(ad_id="9", campaign_name="Spring")
    lead = world.get(lead_id, fields="ad_id,form_id,platform,is_organic,campaign_id,campaign_name").json
    assert lead == {"id": lead_id, "ad_id": "9", "form_id": FORM_ID, "platform": "fb", "is_organic": False, "campaign_name": "Spring"}


def test_nested_field_selection_narrows_what_lies_inside(world: MetaWorld) -> None:
    lead = world.get(world.submit(), fields="field_data{values},created_time").json
    assert lead["field_data"] == [{"values": ["ada@example.com"]}]


@pytest.mark.parametrize("fields", ["id,shoe_size", "field_data{name", "id}"])
def test_a_field_list_that_makes_no_sense_refuses_the_whole_call(world: MetaWorld, fields: str) -> None:
    assert world.get(world.submit(), fields=fields).code == (100, None)


@pytest.mark.parametrize("path", ["4242", "4242/leads", f"{FORM_ID}x"])
def test_an_unknown_id_is_100_33(world: MetaWorld, path: str) -> None:
    result = world.get(path)
    assert (result.status, result.code) == (400, (100, 33))


def test_an_error_has_graphs_shape(world: MetaWorld) -> None:
    error = world.get("4242").json["error"]
    assert set(error) == {"message", "type", "code", "error_subcode", "fbtrace_id"}
    assert error["fbtrace_id"] != world.get("4242").json["error"]["fbtrace_id"]


def test_a_call_without_a_token_or_with_a_foreign_one_is_refused(world: MetaWorld) -> None:
    lead_id = world.submit()
    assert world.call("GET", lead_id, token=None).code == (104, None)
    refused = world.call("GET", lead_id, token="nonsense")
    assert refused.code == (190, None)
    assert "invalid_token" in refused.headers["www-authenticate"]


def test_the_token_may_come_in_the_query(world: MetaWorld) -> None:
    assert world.call("GET", "me", {"access_token": PAGE_TOKEN}, token=None).json["id"] == PAGE_ID


def test_an_expired_token_is_190_463(world: MetaWorld) -> None:
    world.dial("token", token="old", expired=True)
    assert world.call("GET", "me", token="old").code == (190, 463)
    headers = {"authorization": f"Bearer {PAGE_TOKEN}", "x-sandbox-fault": "expired_token"}
    assert Result(world.core.handle(Request("GET", "/v26.0/me", headers=headers), world.now)).code == (190, 463)


def test_a_token_without_the_permission_cannot_read_leads(world: MetaWorld) -> None:
    world.dial("token", token="weak", scopes=["pages_show_list"])
    for path in (world.submit(), f"{FORM_ID}/leads"):
        result = world.call("GET", path, token="weak")
        assert (result.status, result.code) == (403, (200, None))


def test_another_pages_lead_is_as_good_as_absent(world: MetaWorld) -> None:
    page_id = world.dial("page", name="Other")["id"]
    world.dial("token", token="other", page_id=page_id)
    assert world.call("GET", world.submit(), token="other").code == (100, 33)
    assert world.call("GET", f"{FORM_ID}/leads", token="other").code == (100, 33)


def test_the_current_version_answers_without_a_warning(world: MetaWorld) -> None:
    result = world.get("/v26.0/me")
    assert result.headers["facebook-api-version"] == "v26.0"
    assert "x-ad-api-version-warning" not in result.headers


def test_a_version_past_its_time_is_upgraded_with_a_warning(world: MetaWorld) -> None:
    result = world.get("/v22.0/me")
    assert (result.status, result.headers["facebook-api-version"]) == (200, "v23.0")
    assert "v22.0" in result.headers["x-ad-api-version-warning"]


@pytest.mark.parametrize("path", ["/v27.0/me", "/v0.0/me", "/v26.0/", "/v26.0/me/leads/extra"])
def test_a_version_or_path_that_does_not_exist_is_an_error(world: MetaWorld, path: str) -> None:
    assert world.get(path).code == (2500, None)


def test_a_form_tells_its_questions_and_options(world: MetaWorld) -> None:
    form_id = world.dial(
        "form", name="Budget", questions=["email", {"key": "budget", "label": "Your budget?", "options": [{"key": "b1", "value": "< 1k"}]}]
    )["id"]
    form = world.get(form_id, fields="name,status,questions{key,type,label,options}").json
    assert (form["name"], form["status"]) == ("Budget", "ACTIVE")
    assert form["questions"] == [
        {"key": "email", "type": "EMAIL", "label": "Email"},
        {"key": "budget", "type": "CUSTOM", "label": "Your budget?", "options": [{"key": "b1", "value": "< 1k"}]},
    ]


def test_tracking_parameters_come_back_as_further_answers(world: MetaWorld) -> None:
    form_id = world.dial("form", questions=["email"], tracking_parameters={"utm_source": "meta"})["id"]
    lead = world.get(world.submit(form_id=form_id)).json
    assert {"name": "utm_source", "values": ["meta"]} in lead["field_data"]


def test_disclaimer_answers_are_kept_as_given(world: MetaWorld) -> None:
    consent = [{"checkbox_key": "newsletter", "is_checked": "1"}]
    lead = world.get(world.submit(custom_disclaimer_responses=consent), fields="custom_disclaimer_responses").json
    assert lead["custom_disclaimer_responses"] == consent


def test_leads_are_readable_for_ninety_days_and_counted_as_expired_afterwards(world: MetaWorld) -> None:
    lead_id = world.submit()
    world.move(days=90, seconds=-1)
    assert world.get(lead_id).status == 200
    counts = world.get(FORM_ID, fields="leads_count,expired_leads_count").json
    assert (counts["leads_count"], counts["expired_leads_count"]) == (1, 0)
    world.move(seconds=1)
    assert world.get(lead_id).code == (100, 33)
    assert world.get(f"{FORM_ID}/leads").json == {"data": []}
    counts = world.get(FORM_ID, fields="leads_count,expired_leads_count").json
    assert (counts["leads_count"], counts["expired_leads_count"]) == (0, 1)


def test_leads_of_a_form_come_newest_first_and_equal_times_by_arrival(world: MetaWorld) -> None:
    first, second = world.submit(), world.submit()
    world.move(seconds=5)
    third = world.submit()
    assert ids(world.get(f"{FORM_ID}/leads")) == [third, second, first]


def test_the_time_filter_leaves_out_equal_seconds(world: MetaWorld) -> None:
    world.submit()
    world.move(seconds=1)
    later = world.submit()
    assert ids(world.get(f"{FORM_ID}/leads", filtering=after(int(START.timestamp())))) == [later]
    assert ids(world.get(f"{FORM_ID}/leads", filtering=after(int(START.timestamp()) + 1))) == []


@pytest.mark.parametrize(
    "filtering",
    [
        "nonsense",
        "{}",
        '[{"field":"email"}]',
        '[{"field":"time_created","operator":"NEAR","value":1}]',
        '[{"field":"time_created","operator":"LESS_THAN"}]',
    ],
)
def test_a_filter_that_is_not_understood_is_refused_rather_than_ignored(world: MetaWorld, filtering: str) -> None:
    assert world.get(f"{FORM_ID}/leads", filtering=filtering).code == (100, None)


def walk(world: MetaWorld, result: Result) -> list[str]:
    """Follow `paging.next` to the end, as a client does."""
    found = ids(result)
    while "next" in result.json.get("paging", {}):
        link = urlsplit(result.json["paging"]["next"])
        result = Result(world.core.handle(Request("GET", link.path, link.query, {"host": link.netloc}), world.now))
        found += ids(result)
    return found


def test_following_next_walks_every_lead_once(world: MetaWorld) -> None:
    made = world.dial("submit_many", count=60)["ids"]
    first = world.get(f"{FORM_ID}/leads", limit=7, fields="id")
    assert walk(world, first) == made[::-1]
    link = urlsplit(first.json["paging"]["next"])
    assert (link.scheme, link.netloc, parse_qs(link.query)["limit"]) == ("http", "127.0.0.1:9", ["7"])


def test_the_default_page_holds_25_and_a_large_limit_is_cut(world: MetaWorld) -> None:
    world.dial("configure", largest_page=40)
    world.dial("submit_many", count=60)
    assert len(ids(world.get(f"{FORM_ID}/leads"))) == 25
    cut = world.get(f"{FORM_ID}/leads", limit=5_000)
    assert len(ids(cut)) == 40
    assert "next" in cut.json["paging"]


def test_a_cursor_stays_true_while_leads_arrive(world: MetaWorld) -> None:
    made = world.dial("submit_many", count=6)["ids"]
    first = world.get(f"{FORM_ID}/leads", limit=3)
    world.submit()
    second = world.get(f"{FORM_ID}/leads", limit=3, after=first.json["paging"]["cursors"]["after"])
    assert ids(first) + ids(second) == made[::-1]


def test_a_cursor_leads_back_too(world: MetaWorld) -> None:
    world.dial("submit_many", count=6)
    first = world.get(f"{FORM_ID}/leads", limit=3)
    second = world.get(f"{FORM_ID}/leads", limit=3, after=first.json["paging"]["cursors"]["after"])
    assert "next" not in second.json["paging"]
    back = world.get(f"{FORM_ID}/leads", limit=3, before=second.json["paging"]["cursors"]["before"])
    assert ids(back) == ids(first)


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "many"}, {"after": "%%%"}, {"after": "eHl6"}])
def test_paging_parameters_that_make_no_sense_are_refused(world: MetaWorld, params: dict[str, Any]) -> None:
    world.submit()
    assert world.get(f"{FORM_ID}/leads", **params).code == (100, None)


def test_a_lead_can_show_late_in_the_list_with_its_true_time(world: MetaWorld) -> None:
    world.dial("configure", listing_lag_seconds=30)
    lead_id = world.submit()
    assert ids(world.get(f"{FORM_ID}/leads")) == []
    assert world.get(lead_id).status == 200
    world.move(seconds=30)
    assert world.get(f"{FORM_ID}/leads").json["data"][0]["created_time"] == "2026-03-02T09:00:00+0000"


def test_a_lead_can_be_unreadable_for_a_while_after_its_push(world: MetaWorld) -> None:
    world.dial("configure", reading_lag_seconds=5)
    lead_id = world.submit()
    assert world.get(lead_id).code == (100, 33)
    world.move(seconds=5)
    assert world.get(lead_id).status == 200


def test_a_form_has_one_test_lead_at_a_time_with_dummy_values(world: MetaWorld) -> None:
    lead_id = world.call("POST", f"{FORM_ID}/test_leads").json["id"]
    assert world.call("POST", f"{FORM_ID}/test_leads").code == (100, None)
    [lead] = world.get(f"{FORM_ID}/test_leads").json["data"]
    assert lead["id"] == lead_id
    assert {"name": "email", "values": ["<test lead: dummy data for email>"]} in lead["field_data"]
    assert ids(world.get(f"{FORM_ID}/leads")) == []
    assert world.get(FORM_ID, fields="leads_count").json["leads_count"] == 0
    assert world.call("DELETE", f"{FORM_ID}/test_leads").json == {"success": True}
    assert world.get(f"{FORM_ID}/test_leads").json == {"data": []}
    assert world.call("POST", f"{FORM_ID}/test_leads").status == 200


def test_a_test_lead_takes_given_answers_and_can_be_deleted_by_its_id(world: MetaWorld) -> None:
    answers = json.dumps([{"name": "email", "values": ["test@example.com"]}])
    lead_id = world.call("POST", f"{FORM_ID}/test_leads", {"field_data": answers}).json["id"]
    assert world.get(lead_id).json["field_data"][0] == {"name": "email", "values": ["test@example.com"]}
    assert world.call("DELETE", lead_id).json == {"success": True}
    assert world.get(lead_id).code == (100, 33)


@pytest.mark.parametrize("answers", ["nonsense", '[{"name":"shoe_size","values":["9"]}]', '[{"values":[]}]', "5"])
def test_a_test_lead_with_wrong_answers_is_refused(world: MetaWorld, answers: str) -> None:
    assert world.call("POST", f"{FORM_ID}/test_leads", {"field_data": answers}).code == (100, None)


def test_real_leads_and_forms_cannot_be_written_over_graph(world: MetaWorld) -> None:
    for path in (world.submit(), FORM_ID, PAGE_ID, f"{FORM_ID}/leads"):
        assert world.call("DELETE", path).code == (100, 33)


def test_a_page_installs_and_removes_the_app(world: MetaWorld) -> None:
    assert world.get(f"{PAGE_ID}/subscribed_apps").json == {"data": []}
    assert world.call("POST", f"{PAGE_ID}/subscribed_apps").code == (100, None)
    world.call("POST", f"{PAGE_ID}/subscribed_apps", {"subscribed_fields": "leadgen,feed"})
    [app] = world.get(f"{PAGE_ID}/subscribed_apps").json["data"]
    assert (app["id"], app["subscribed_fields"]) == (APP_ID, ["feed", "leadgen"])
    assert world.call("DELETE", f"{PAGE_ID}/subscribed_apps").json == {"success": True}
    assert world.get(f"{PAGE_ID}/subscribed_apps").json == {"data": []}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/x-www-form-urlencoded", b"subscribed_fields=leadgen"), ("application/json", b'{"subscribed_fields":"leadgen"}')],
)
def test_writes_may_come_as_a_form_or_as_json(world: MetaWorld, content_type: str, body: bytes) -> None:
    headers = {"authorization": f"Bearer {PAGE_TOKEN}", "content-type": content_type}
    answer = world.core.handle(Request("POST", f"/v26.0/{PAGE_ID}/subscribed_apps", headers=headers, body=body), world.now)
    assert json.loads(answer.body) == {"success": True}


@pytest.mark.parametrize(("content_type", "body"), [("application/json", b"{broken"), ("application/json", b"[]"), ("text/plain", b"\xff")])
def test_a_body_that_cannot_be_read_is_an_error_of_graph(world: MetaWorld, content_type: str, body: bytes) -> None:
    headers = {"authorization": f"Bearer {PAGE_TOKEN}", "content-type": content_type}
    answer = world.core.handle(Request("POST", f"/v26.0/{PAGE_ID}/subscribed_apps", headers=headers, body=body), world.now)
    assert Result(answer).code == (100, None)


def test_the_forms_of_a_page_are_listed_with_paging(world: MetaWorld) -> None:
    further = [world.dial("form", name=f"Form {number}")["id"] for number in range(3)]
    first = world.get(f"{PAGE_ID}/leadgen_forms", limit=2)
    assert first.json["data"][0] == {"id": further[2], "name": "Form 2", "status": "ACTIVE", "locale": "en_US"}
    assert walk(world, first) == [*further[::-1], FORM_ID]


def test_me_is_the_page_of_the_token(world: MetaWorld) -> None:
    assert world.get("me").json == {"id": PAGE_ID, "name": "Example Page"}
    assert ids(world.get("me/leadgen_forms")) == [FORM_ID]


@pytest.mark.parametrize("path", [f"{FORM_ID}/photos", f"{PAGE_ID}/photos"])
def test_an_edge_that_does_not_exist_is_100(world: MetaWorld, path: str) -> None:
    assert world.get(path).code == (100, None)


def test_the_same_history_gives_the_same_bytes() -> None:
    def history() -> tuple[bytes, ...]:
        world = MetaWorld(seed=7)
        world.dial("submit_many", count=5)
        return tuple(world.get(path).answer.body for path in (f"{FORM_ID}/leads", "4242"))

    assert history() == history()


def test_ids_never_repeat() -> None:
    made = MetaWorld().dial("submit_many", count=5_000)["ids"]
    assert len(set(made)) == 5_000
    assert {len(each) for each in made} == {16}


def test_a_reset_begins_anew(world: MetaWorld) -> None:
    lead_id = world.submit()
    world.dial("configure", largest_page=1)
    world.dial("reset")
    assert world.get(lead_id).code == (100, 33)
    assert world.dial("configure")["largest_page"] == 500
    assert world.submit() == lead_id
