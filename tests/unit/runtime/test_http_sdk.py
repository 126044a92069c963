"""The vendors' SDKs run over the runtime's transport: one token, one host, no retries of their own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import hubspot
import pytest
import requests
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException
from simple_salesforce.api import Salesforce

from core.contract import AuthFailed, Http, RateLimited, Token, Unavailable
from core.runtime.http import MemoryTokens, OpenedContext
from tests.support.http import Answer, HandClock, Seen, make_context, serve


def as_json(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())


def salesforce(opened: OpenedContext) -> Any:
    session = opened.context.sdk.requests_session()
    return Salesforce(session_id="sdk-token", instance="sdk.invalid", session=session, version="62.0")


def contacts(opened: OpenedContext) -> Any:
    api = hubspot.Client.create(access_token="sdk-token").crm.contacts.basic_api
    api.api_client.rest_client.pool_manager = opened.context.sdk.urllib3_pool()
    return api


def renewing(*values: str) -> Callable[[Token | None, Http], Token]:
    left = list(values)
    return lambda previous, http: Token(left.pop(0))


def test_simple_salesforce_queries_and_writes_with_the_runtimes_token() -> None:
    def handler(seen: Seen) -> Answer:
        if "/query" in seen.path:
            return as_json({"totalSize": 1, "done": True, "records": [{"Id": "00Q1"}]})
        return as_json({"id": "00Q2", "success": True, "errors": []}, 201)

    with serve(handler) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        sf = salesforce(opened)
        assert sf.query("SELECT Id FROM Lead WHERE Email = 'jo+1@example.com'")["records"][0]["Id"] == "00Q1"
        assert sf.Lead.create({"LastName": "Müller"}, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})["id"] == "00Q2"
    query, create = server.seen
    assert query.path == "/services/data/v62.0/query/?q=SELECT+Id+FROM+Lead+WHERE+Email+%3D+%27jo%2B1%40example.com%27"
    assert create.path == "/services/data/v62.0/sobjects/Lead/"
    assert json.loads(create.body) == {"LastName": "Müller"}
    assert create.headers["sforce-duplicate-rule-header"] == "allowSave=true"
    assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer ours"}


@pytest.mark.parametrize("record_id", ["Ext__c///evil.example/x", "//evil.example/x", "http://evil.example/x", "a/../../Account/1", "a?b"])
def test_simple_salesforces_id_trap_never_reaches_another_host(record_id: str) -> None:
    with (
        serve(lambda seen: as_json({"id": "1", "success": True})) as server,
        closing(make_context(server.url, token=Token("ours"))) as opened,
    ):
        salesforce(opened).Lead.upsert(record_id, {"LastName": "Jo"})
    assert len(server.seen) == 1
    assert server.seen[0].headers["host"] in server.url


def test_simple_salesforce_with_a_persistent_401_logs_in_at_most_twice() -> None:
    refused = as_json([{"errorCode": "INVALID_SESSION_ID", "message": "expired"}], 401)
    with serve(lambda seen: refused) as server:
        opened = make_context(server.url, authenticate=renewing("a", "b"), tokens=MemoryTokens(Token("old")))
        for _ in range(3):
            with pytest.raises(AuthFailed, match="'test'"):
                salesforce(opened).Lead.get("00Q1")
        opened.close()
    assert len(server.seen) <= 3


def test_an_expired_token_is_renewed_and_custom_headers_survive_the_second_send() -> None:
    def handler(seen: Seen) -> Answer:
        return as_json({"id": "1", "success": True}) if seen.headers["authorization"] == "Bearer new" else Answer(401)

    with serve(handler) as server:
        opened = make_context(server.url, authenticate=renewing("new"), tokens=MemoryTokens(Token("old")))
        salesforce(opened).Lead.create({"LastName": "Jo"}, headers={"Sforce-Call-Options": "client=leadloom"})
        opened.close()
    assert [seen.headers["sforce-call-options"] for seen in server.seen] == ["client=leadloom", "client=leadloom"]


@pytest.mark.parametrize("status", [300, 301, 302, 400, 403, 404, 409, 422, 429, 500, 503])
def test_a_session_gets_every_final_status_as_a_real_response(status: int) -> None:
    answer = Answer(
        status,
        b'[{"errorCode": "X"}]',
        {"Content-Type": "application/json;charset=UTF-8", "Location": "/away", "Sforce-Limit-Info": "a=1/2"},
    )
    with serve(lambda seen: answer) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        response = opened.context.sdk.requests_session().post("https://sdk.invalid/x", data="{}", timeout=(3, 7))
    assert isinstance(response, requests.Response)
    assert response.status_code == status
    assert response.json() == [{"errorCode": "X"}]
    assert response.headers["sforce-limit-info"] == "a=1/2"
    assert server.paths() == ["/x"]


def test_a_session_sends_every_kind_of_body() -> None:
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        session = opened.context.sdk.requests_session()
        session.put("https://sdk.invalid/a", data=io.BytesIO(b"csv"))
        session.put("https://sdk.invalid/b", data=iter([b"c", b"sv"]))
        session.put("https://sdk.invalid/c", data=b"csv")
        session.post("https://sdk.invalid/d", data={"a": "ü"})
        session.get("https://sdk.invalid/e?x=%2F&y=a+b", params={"z": "1"})
    assert [seen.body for seen in server.seen[:4]] == [b"csv", b"csv", b"csv", b"a=%C3%BC"]
    assert server.seen[4].path == "/e?x=%2F&y=a+b&z=1"


def test_a_transport_failure_under_an_sdk_is_the_contracts_error() -> None:
    with serve(lambda seen: Answer(cut=True)) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        with pytest.raises(Unavailable) as caught:
            salesforce(opened).Lead.create({"LastName": "Jo"})
        with pytest.raises(Unavailable):
            contacts(opened).create({"properties": {}})
    assert len(server.seen) == 2
    assert caught.value.outcome_unknown


def test_hubspot_reads_and_writes_with_the_runtimes_token() -> None:
    record = {
        "id": "1",
        "properties": {"email": "jo@example.com"},
        "createdAt": "2026-03-02T09:00:00Z",
        "updatedAt": "2026-03-02T09:00:00Z",
    }

    def handler(seen: Seen) -> Answer:
        if seen.method == "DELETE":
            return Answer(204, b"")
        if seen.method == "POST":
            return as_json(record, 201)
        return as_json(record if "/1" in seen.path else {"results": [record]})

    with serve(handler) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        api = contacts(opened)
        assert api.get_page(limit=2, properties=["email"]).results[0].id == "1"
        assert api.get_by_id("1", properties=["email"]).properties["email"] == "jo@example.com"
        assert api.create({"properties": {"email": "jo@example.com"}}).id == "1"
        assert api.update("1", {"properties": {"email": "jo@example.com"}}).id == "1"
        api.archive("1")
    assert server.paths()[0] == "/crm/v3/objects/contacts?limit=2&properties=email"
    assert [seen.method for seen in server.seen] == ["GET", "GET", "POST", "PATCH", "DELETE"]
    assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer ours"}


def test_hubspots_own_errors_arrive_as_its_sdk_raises_them() -> None:
    with (
        serve(lambda seen: as_json({"category": "OBJECT_NOT_FOUND"}, int(seen.path.rpartition("/")[2].partition("?")[0]))) as server,
        closing(make_context(server.url, token=Token("ours"))) as opened,
    ):
        with pytest.raises(NotFoundException):
            contacts(opened).get_by_id("404")
        with pytest.raises(ApiException) as caught:
            contacts(opened).get_by_id("409")
        with pytest.raises(AuthFailed):
            contacts(opened).get_by_id("401")
    assert caught.value.status == 409
    assert json.loads(caught.value.body)["category"] == "OBJECT_NOT_FOUND"
    assert len(server.seen) == 3


def test_an_sdk_shares_gate_and_limits_with_plain_calls() -> None:
    clock = HandClock()
    answer = Answer(429, headers={"Retry-After": "60"})
    with serve(lambda seen: answer) as server, closing(make_context(server.url, token=Token("ours"), clock=clock)) as opened:
        assert opened.context.sdk.requests_session().get("https://sdk.invalid/x").status_code == 429
        with pytest.raises(RateLimited):
            contacts(opened).get_page()
    assert len(server.seen) == 1


def test_the_sdks_libraries_are_loaded_only_when_a_connector_asks() -> None:
    code = (
        "import sys, core.runtime.http, core.runtime.registry; print([n for n in ('requests', 'urllib3', 'hubspot') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_pool_sends_forms_and_files() -> None:
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, token=Token("ours"))) as opened:
        pool = opened.context.sdk.urllib3_pool()
        pool.request("POST", "https://sdk.invalid/form", fields={"a": "b c"}, encode_multipart=False, headers={"Content-Type": "x"})
        pool.request("POST", "https://sdk.invalid/file", fields={"file": ("a.csv", b"1,2")})
        pool.request("POST", "https://sdk.invalid/json", json={"a": 1})
        pool.request("GET", "https://sdk.invalid/q", fields=[("a", "1"), ("a", "2")], timeout=4)
        streamed = pool.request("GET", "https://sdk.invalid/s", preload_content=False)
        assert streamed.read() == b"{}"
    form, file, json_, query, _ = server.seen
    assert (form.body, form.headers["content-type"]) == (b"a=b+c", "application/x-www-form-urlencoded")
    assert file.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'filename="a.csv"' in file.body
    assert (json_.body, json_.headers["content-type"]) == (b'{"a": 1}', "application/json")
    assert query.path == "/q?a=1&a=2"
