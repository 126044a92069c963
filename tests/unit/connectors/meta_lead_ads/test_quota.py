"""Whether the page sends its leads to our app, and how a read bears that the page's quota is used up."""

from __future__ import annotations

import json

import pytest

from core.contract import RateLimited, Response
from tests.support.fake_graph import LEADGEN, FakeGraph, graph_error, ids, meta, read, two_forms


@pytest.fixture
def graph() -> FakeGraph:
    return two_forms()


def test_check_tells_how_to_make_the_page_send_its_leads(graph: FakeGraph) -> None:
    graph.apps = []
    (note,) = meta(graph, app_id="77").check().notes
    assert "app 77" in note
    assert "POST /11/subscribed_apps?subscribed_fields=leadgen" in note


def test_an_app_of_somebody_else_is_not_taken_for_ours_once_ours_is_named(graph: FakeGraph) -> None:
    graph.apps = [{"id": "5", "subscribed_fields": ["leadgen"]}, "odd", {"id": "77", "subscribed_fields": ["feed"]}]
    assert meta(graph).check().notes == ()
    assert "app 77" in meta(graph, app_id="77").check().notes[0]
    graph.apps.append({"id": "77", "subscribed_fields": ["leadgen"]})
    assert meta(graph, app_id="77").check().notes == ()


@pytest.mark.parametrize("minutes", [0, -1, 10**400, 1e12, "soon", None])
def test_a_wait_that_makes_no_sense_is_left_to_the_runtime(graph: FakeGraph, minutes: object) -> None:
    usage = json.dumps({"11": [{"type": "leadgen", "estimated_time_to_regain_access": minutes}]})
    graph.refuse = lambda request: Response(400, {"x-business-use-case-usage": usage}, graph_error(80005).body)
    with pytest.raises(RateLimited) as caught:
        meta(graph).check()
    assert caught.value.retry_after is None


def test_an_exhausted_quota_stops_a_backfill_which_then_goes_on_where_it_stood(graph: FakeGraph) -> None:
    usage = json.dumps({"11": [{"type": "ads", "estimated_time_to_regain_access": 0}, {"estimated_time_to_regain_access": 3}]})
    limited = Response(400, {"x-business-use-case-usage": usage}, graph_error(80005).body)
    connector, pages = meta(graph), []
    with pytest.raises(RateLimited) as caught:
        for page in connector.read(LEADGEN, None):
            pages.append(page)
            graph.refuse = lambda request: limited
    assert caught.value.retry_after == 180
    graph.refuse = lambda request: None
    rest = read(connector, pages[-1].resume)
    assert sorted(ids(pages) + ids(rest)) == sorted(graph.leads)
