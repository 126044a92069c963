"""Whatever is sent, the HubSpot stand-in answers; and it behaves over real HTTP as it does without sockets."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import SimplePublicObjectInputForCreate
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.hubspot import HubSpotStandIn
from tests.support.hubspot import TOKEN, Account
from tests.support.sandbox import control, serving

_BEARER = {"authorization": f"Bearer {TOKEN}"}
_ADA = {"properties": {"email": "ada@example.com"}}
_NAMES = st.sampled_from(
    [
        "inputs",
        "properties",
        "id",
        "idProperty",
        "associations",
        "to",
        "types",
        "filterGroups",
        "filters",
        "sorts",
        "after",
        "options",
        "name",
        "email",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["101", "email", "0-1", "²"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=12,
)
_PATHS = st.sampled_from(
    [
        ("POST", "/crm/v3/objects/contacts"),
        ("PATCH", "/crm/v3/objects/contacts/101"),
        ("POST", "/crm/v3/objects/contacts/search"),
        ("POST", "/crm/v3/objects/contacts/merge"),
        ("POST", "/crm/v3/objects/contacts/gdpr-delete"),
        ("POST", "/crm/v3/objects/contacts/batch/create"),
        ("POST", "/crm/v3/objects/contacts/batch/upsert"),
        ("POST", "/crm/v3/objects/contacts/batch/update"),
        ("POST", "/crm/v3/objects/contacts/batch/read"),
        ("POST", "/crm/v4/associations/contacts/companies/batch/create"),
        ("PUT", "/crm/v4/objects/contacts/101/associations/companies/102"),
        ("POST", "/crm/v3/properties/contacts"),
        ("POST", "/crm-object-schemas/v3/schemas"),
        ("PUT", "/crm/v3/lists/101/memberships/add"),
        ("POST", "/submissions/v3/integration/submit/424242/form"),
        ("POST", "/oauth/v1/token"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(target=_PATHS, body=_JSON)
def test_any_body_gets_an_answer(target: tuple[str, str], body: Any) -> None:
    account = Account()
    account.control("seed_demo")
    reply = account.call(*target, body)

    assert 200 <= reply.status < 500
    assert reply.status < 400 or reply.data["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[]"])
def test_a_body_that_is_no_object_is_a_400(body: bytes) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}

    assert Account().raw("POST", "/crm/v3/objects/contacts", body, headers).status == 400


def test_the_sdk_works_over_real_http() -> None:
    with serving(HubSpotStandIn()) as served:
        api = HubSpot(access_token=TOKEN, host=served.url, retry=False).crm.contacts.basic_api
        made = api.create(SimplePublicObjectInputForCreate(properties={"email": "a+b@example.com"}, associations=[]))
        found = api.get_by_id("a+b@example.com", id_property="email", properties=["email"])
        api.api_client.rest_client.pool_manager.clear()

        assert found.id == made.id
        assert control(served, "count", object="contacts") == {"live": 1, "archived": 0}


def test_a_create_repeated_after_its_answer_was_lost_is_a_conflict() -> None:
    account = Account()
    rows = [{"properties": {"email": "ada@example.com"}}]
    account.batch("create", rows)
    again = account.batch("create", rows)

    assert (again.status, json.dumps(again.data).count("Existing ID: 101")) == (409, 1)


@pytest.mark.parametrize("status", [502, 504, 521, 523, 524])
def test_33_gateway_pages_are_html_and_nothing_was_done(status: int) -> None:
    with serving(HubSpotStandIn()) as served, httpx.Client(base_url=served.url, headers=_BEARER) as client:
        page = {"status": status, "body": "<html>Bad gateway</html>", "headers": {"content-type": "text/html"}}
        served.faults.add({"kind": "status", "match": "POST", "times": 1, **page})
        bad = client.post("/crm/v3/objects/contacts", json=_ADA)

        assert (bad.status_code, bad.headers["content-type"], bad.text) == (status, "text/html", page["body"])
        assert control(served, "count", object="contacts") == {"live": 0, "archived": 0}


def test_33_a_connection_that_is_reset_after_the_write_leaves_the_write_behind() -> None:
    with serving(HubSpotStandIn()) as served, httpx.Client(base_url=served.url, headers=_BEARER) as client:
        served.faults.add({"kind": "reset_after", "match": "POST", "times": 1})
        with pytest.raises(httpx.TransportError):
            client.post("/crm/v3/objects/contacts", json=_ADA)

        assert control(served, "count", object="contacts") == {"live": 1, "archived": 0}
        assert client.post("/crm/v3/objects/contacts", json=_ADA).status_code == 409
