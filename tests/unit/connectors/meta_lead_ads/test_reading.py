"""Reading leads from the Graph API: backfill by form, cursors, look-up by id, the shape of a lead, and errors."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from core.contract import (
    Authenticates,
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Cursor,
    Finds,
    Flag,
    Invalid,
    Match,
    Missing,
    ObjectName,
    PermissionMissing,
    RateLimited,
    Reads,
    Response,
    Unavailable,
    load_manifest,
)
from tests.support.fake_graph import LEADGEN, START, FakeGraph, graph_error, ids, meta, read, two_forms


@pytest.fixture
def graph() -> FakeGraph:
    return two_forms()


def test_the_manifest_is_valid_and_the_roles_are_played(graph: FakeGraph) -> None:
    document = YAML(typ="safe").load(Path("connectors/meta_lead_ads/manifest.yaml"))
    assert load_manifest(document).id == "meta_lead_ads"
    assert isinstance(meta(graph), Authenticates)
    assert isinstance(meta(graph), Reads)
    assert isinstance(meta(graph), Finds)


def test_a_full_read_gives_every_lead_of_every_form_once(graph: FakeGraph) -> None:
    assert sorted(ids(read(meta(graph)))) == sorted(graph.leads)


def test_only_the_configured_forms_are_read(graph: FakeGraph) -> None:
    assert sorted(ids(read(meta(graph, forms=[32])))) == [f"20{number}" for number in range(5)]


def test_going_on_from_any_page_gives_exactly_the_rest(graph: FakeGraph) -> None:
    pages = read(meta(graph))
    for number, page in enumerate(pages[:-1], start=1):
        rest = read(meta(graph), page.resume)
        assert sorted(ids(rest)) == sorted(ids(pages[number:])), f"after page {number}"


def test_a_poll_without_news_tells_at_most_the_overlap_again(graph: FakeGraph) -> None:
    resume = read(meta(graph))[-1].resume
    again = read(meta(graph), resume)
    assert sorted(ids(again)) == ["100", "101", "102", "103", "104", "204"]
    assert again[-1].resume == resume


def test_a_lead_that_became_visible_late_is_told_within_the_overlap(graph: FakeGraph) -> None:
    resume = read(meta(graph))[-1].resume
    graph.lead("299", "32", 75)
    graph.lead("298", "32", 80)
    assert {"298", "299"} <= set(ids(read(meta(graph), resume)))


def test_a_lead_of_the_same_second_as_the_newest_is_told_without_any_overlap(graph: FakeGraph) -> None:
    resume = read(meta(graph, overlap_seconds=0, forms=[32]))[-1].resume
    graph.lead("297", "32", 80)
    assert sorted(ids(read(meta(graph, overlap_seconds=0, forms=[32]), resume))) == ["204", "297"]


def test_a_lead_that_arrives_while_paging_is_told_by_the_next_poll(graph: FakeGraph) -> None:
    pages = meta(graph, forms=[31]).read(LEADGEN, None)
    first = next(pages)
    graph.lead("110", "31", 60)
    told = ids([first, *pages])
    resume = list(meta(graph, forms=[31]).read(LEADGEN, first.resume))[-1].resume
    assert set(told) | set(ids(read(meta(graph, forms=[31]), resume))) == {lead for lead in graph.leads if lead.startswith("1")}


def test_a_page_cursor_that_has_died_costs_a_repetition_and_no_lead(graph: FakeGraph) -> None:
    pages = read(meta(graph))
    died = [graph_error(100, None, "invalid cursor")]
    graph.refuse = lambda request: died.pop() if died and dict(request.params).get("after") and request.url.endswith("leads") else None
    rest = read(meta(graph), pages[0].resume)
    assert not died
    assert set(ids(rest)) >= set(ids(pages[1:]))


def test_an_archived_form_is_read_once_more_and_then_left_alone(graph: FakeGraph) -> None:
    resume = read(meta(graph))[-1].resume
    graph.forms["32"]["status"] = "ARCHIVED"
    graph.lead("296", "32", 90)
    last = read(meta(graph), resume)
    assert "296" in ids(last)
    graph.requests.clear()
    read(meta(graph), last[-1].resume)
    assert not [request for request in graph.requests if request.url.endswith("/32/leads")]


def test_a_listing_that_repeats_itself_ends_with_an_error(graph: FakeGraph) -> None:
    body = {"data": [], "paging": {"next": "x", "cursors": {"after": "same"}}}
    graph.refuse = lambda request: Response(200, {}, json.dumps(body).encode()) if request.url.endswith("/leads") else None
    with pytest.raises(ContractBroken):
        read(meta(graph))


def test_a_form_that_cannot_be_read_names_the_setting(graph: FakeGraph) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read(meta(graph, forms=["39"]))
    assert caught.value.setting == "forms"


def test_a_foreign_cursor_and_an_unknown_object_are_refused(graph: FakeGraph) -> None:
    with pytest.raises(ConfigInvalid):
        read(meta(graph), Cursor("2026-01-01"))
    with pytest.raises(ConfigInvalid):
        list(meta(graph).read(ObjectName("Lead"), None))


def test_a_lead_without_an_id_is_rejected_and_the_others_are_told(graph: FakeGraph) -> None:
    graph.lead("", "31", 9)
    pages = read(meta(graph))
    assert len(ids(pages)) == 10
    (reject,) = [reject for page in pages for reject in page.rejects]
    assert reject.error.code == "invalid"


def test_a_lead_is_found_by_its_id_and_one_that_is_gone_is_no_hit(graph: FakeGraph) -> None:
    here, gone = Match.on("id", "101"), Match.on("id", "999")
    found = meta(graph).find(LEADGEN, [here, gone])
    assert [change.id for change in found[here]] == ["101"]
    assert found[gone] == ()


def test_a_lead_is_not_found_by_anything_else(graph: FakeGraph) -> None:
    with pytest.raises(Invalid):
        meta(graph).find(LEADGEN, [Match.on("email", "a@example.com")])


def test_another_lead_than_the_one_asked_for_is_never_taken(graph: FakeGraph) -> None:
    graph.leads["998"] = {**graph.leads["101"]}
    with pytest.raises(ContractBroken):
        meta(graph).find(LEADGEN, [Match.on("id", "998")])


def test_an_id_cannot_lead_to_another_path(graph: FakeGraph) -> None:
    meta(graph).find(LEADGEN, [Match.on("id", "../11/accounts?fields=access_token")])
    assert graph.requests[-1].url == "/v26.0/..%2F11%2Faccounts%3Ffields%3Daccess_token"


def test_answers_become_a_mapping_with_the_words_that_the_person_saw(graph: FakeGraph) -> None:
    options = [{"key": "opt_1", "value": "1-10 people"}, {"key": "opt_2", "value": "More"}]
    graph.form("33", questions=[{"key": "size", "label": "Size?", "type": "CUSTOM", "options": options}, {"key": "email", "type": "EMAIL"}])
    data = [
        {"name": "email", "values": ["ada@example.com"]},
        {"name": "size", "values": ["opt_1"]},
        {"name": "topics", "values": ["a", "b"]},
        {"name": "skipped", "values": []},
    ]
    graph.lead(
        "301", "33", 1, field_data=data, custom_disclaimer_responses=[{"checkbox_key": "news", "is_checked": "1"}, {"checkbox_key": "sms"}]
    )
    (change,) = meta(graph).find(LEADGEN, [Match.on("id", "301")])[Match.on("id", "301")]
    assert change.fields["field_data"] == {"email": "ada@example.com", "size": "opt_1", "topics": ["a", "b"], "skipped": None}
    assert change.fields["choice_labels"] == {"size": "1-10 people"}
    assert change.fields["disclaimers"] == {"news": True, "sms": False}
    assert change.fields["form"] == {"id": "33", "name": "Form 33"}
    assert change.changed_at == START + timedelta(minutes=1)
    assert change.flag is Flag.NONE


def test_a_test_lead_is_marked(graph: FakeGraph) -> None:
    graph.lead("302", "31", 1, field_data=[{"name": "full_name", "values": ["<test lead: dummy data for full_name>"]}])
    (change,) = meta(graph).find(LEADGEN, [Match.on("id", "302")])[Match.on("id", "302")]
    assert change.flag is Flag.TEST


def test_a_form_is_asked_for_once_and_its_refusal_costs_labels_only(graph: FakeGraph) -> None:
    graph.refuse = lambda request: graph_error(200, None, "needs pages_manage_ads") if request.url == "/v26.0/31" else None
    pages = read(meta(graph))
    assert len(ids(pages)) == 10
    assert len([request for request in graph.requests if request.url == "/v26.0/31"]) == 1


def test_ad_fields_are_asked_for_only_where_wanted(graph: FakeGraph) -> None:
    read(meta(graph, ad_names=False))
    assert not [request for request in graph.requests if "campaign_name" in dict(request.params).get("fields", "")]


def test_check_names_the_page_and_notes_a_missing_subscription(graph: FakeGraph) -> None:
    assert meta(graph).check().account == "Example page (11)"
    assert meta(graph).check().notes == ()
    graph.apps = [{"id": "5", "subscribed_fields": ["feed"]}]
    assert "leadgen" in meta(graph).check().notes[0]
    graph.refuse = lambda request: graph_error(210) if request.url.endswith("subscribed_apps") else None
    assert "pages_manage_metadata" in meta(graph).check().notes[0]


def test_describe_tells_the_questions_of_the_forms(graph: FakeGraph) -> None:
    graph.form("33", questions=[{"key": "work_email", "label": "Work e-mail", "type": "WORK_EMAIL"}])
    (spec,) = meta(graph).describe()
    field = spec.field("field_data.work_email")
    assert field is not None
    assert (field.label, field.kind.value, field.updatable) == ("Work e-mail", "email", False)


def test_the_token_is_the_configured_one_and_no_url_carries_it(graph: FakeGraph) -> None:
    token = meta(graph, page_access_token="page-token-canary").token(None, graph)
    assert (token.value, token.base_url, token.expires_at) == ("page-token-canary", "https://graph.facebook.com", None)
    read(meta(graph, page_access_token="page-token-canary"))
    assert "canary" not in repr(graph.requests)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (graph_error(190, 463), AuthFailed),
        (graph_error(102, status=401), AuthFailed),
        (graph_error(104), AuthFailed),
        (graph_error(2500), ConfigInvalid),
        (graph_error(10, status=403), PermissionMissing),
        (graph_error(200), PermissionMissing),
        (graph_error(294), PermissionMissing),
        (graph_error(100, 33), Missing),
        (graph_error(803), Missing),
        (graph_error(100), Invalid),
        (graph_error(1, status=500), Unavailable),
        (graph_error(2, status=503), Unavailable),
        (graph_error(999, is_transient=True), Unavailable),
        (graph_error(4), RateLimited),
        (graph_error(17), RateLimited),
        (graph_error(341), RateLimited),
        (graph_error(80005), RateLimited),
    ],
)
def test_an_error_code_says_what_to_do_next(graph: FakeGraph, response: Response, kind: type[ConnectorError]) -> None:
    graph.refuse = lambda request: response
    with pytest.raises(kind):
        meta(graph).check()


def test_a_missing_permission_is_named_and_a_quoted_token_is_not_repeated(graph: FakeGraph) -> None:
    graph.refuse = lambda request: graph_error(200, None, "(#200) Requires pages_read_engagement permission")
    with pytest.raises(PermissionMissing) as missing:
        meta(graph).check()
    assert missing.value.scope == "pages_read_engagement"
    graph.refuse = lambda request: graph_error(190, None, "Malformed access token EAAcanary")
    with pytest.raises(AuthFailed) as failed:
        meta(graph).check()
    assert "canary" not in failed.value.message


def test_the_wait_is_taken_from_metas_header(graph: FakeGraph) -> None:
    usage = json.dumps({"11": [{"type": "leadgen", "call_count": 100, "estimated_time_to_regain_access": 7}]})
    limited = graph_error(80005)
    graph.refuse = lambda request: Response(400, {"x-business-use-case-usage": usage}, limited.body)
    with pytest.raises(RateLimited) as caught:
        meta(graph).check()
    assert caught.value.retry_after == 420


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error":"text"}', b'{"error":{}}'])
def test_an_answer_that_is_no_graph_error_is_left_to_the_runtime(graph: FakeGraph, body: bytes) -> None:
    graph.refuse = lambda request: Response(502, {"content-type": "text/html"}, body)
    with pytest.raises(Unavailable):
        meta(graph).check()
