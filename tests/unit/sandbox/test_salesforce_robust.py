"""Whatever a client sends, the stand-in answers as a vendor would and does not break."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.salesforce.controls import CONTROLS
from sandbox.salesforce.dials import Dials
from tests.support.salesforce_sandbox import SandboxOrg

_NAMES_TEXT = (
    "records attributes type allOrNone Lead Id id LastName Company Email OwnerId Owner Leadloom_Id__c DoNotCall AnnualRevenue Birthdate "
    "EmailBouncedDate AccountId Account compositeRequest batchRequests method url referenceId body richInput httpHeaders object operation "
    "query state externalIdFieldName lineEnding"
)
_NAMES = st.sampled_from(_NAMES_TEXT.split())
_WORDS_TEXT = (
    "Lead Contact a@example.com 00QRO000000000A POST PATCH /services/data/v59.0/sobjects/Lead @{a.id} @{a[0].b} a insert upsert "
    "Leadloom_Id__c UploadComplete SELECT+Id+FROM+Lead 2026-03-02 2026-03-02T09:00:00Z CRLF #N/A"
)
_WORDS = st.sampled_from(_WORDS_TEXT.split())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=12,
)
_ROWS = st.lists(
    st.dictionaries(_NAMES, _JSON, max_size=5) | st.just({"attributes": {"type": "Lead"}, "LastName": "A", "Company": "B"}), max_size=3
)
_PARTS = st.lists(
    st.fixed_dictionaries(
        {"method": _WORDS, "url": _WORDS | _JSON, "referenceId": st.sampled_from("abc")}, optional={"body": _JSON, "httpHeaders": _JSON}
    ),
    max_size=3,
)
_SHAPED = st.fixed_dictionaries(
    {}, optional={"records": _ROWS, "allOrNone": st.booleans(), "compositeRequest": _PARTS, "batchRequests": _PARTS}
)
_PATHS = st.sampled_from(
    ["/sobjects/Lead", "/sobjects/Contact", "/sobjects/Lead/Leadloom_Id__c/a", "/sobjects/Lead/00QRO000000000A", "/composite/sobjects",
     "/composite/sobjects/Lead/Leadloom_Id__c", "/composite", "/composite/batch", "/jobs/ingest", "/jobs/query", "/sobjects/Lead/%ff"]
)  # fmt: skip
_TOKENS_TEXT = (
    "SELECT Id Email Owner.Name COUNT() , FROM Lead WHERE ( ) = != < LIKE IN NOT AND OR 'a%' '\\\\' null TRUE 7 -1.5e3 2026-03-02 "
    "2026-13-02T99:00:00Z ORDER BY DESC LIMIT OFFSET Who.Name CreatedDate AnnualRevenue DoNotCall Task ²"
)
_TOKENS = st.lists(
    st.sampled_from(_TOKENS_TEXT.split()),
    max_size=14,
)


@settings(max_examples=120, deadline=None)
@given(method=st.sampled_from(["POST", "PATCH", "DELETE", "GET"]), path=_PATHS, body=_JSON | _SHAPED)
def test_any_json_gets_an_answer_of_the_vendor_kind(method: str, path: str, body: Any) -> None:
    org = SandboxOrg()
    reply = org.send(method, path, json.dumps(body).encode())
    assert org.send("GET", "/limits").status == 200
    assert reply.status in (200, 201, 204, 300, 400, 404, 405)
    if reply.status >= 400:
        assert all({"message", "errorCode"} <= one.keys() for one in reply.json)


@settings(max_examples=120, deadline=None)
@given(
    start=st.sampled_from([[], ["SELECT", "Id", "FROM", "Lead", "WHERE"], ["SELECT", "Id", "FROM", "Task", "ORDER", "BY"]]), tokens=_TOKENS
)
def test_any_query_text_is_answered_or_refused(start: list[str], tokens: list[str]) -> None:
    org = SandboxOrg()
    org.create(Email="a@example.com", AnnualRevenue=5)
    assert org.query(" ".join(start + tokens)).status in (200, 400)


@settings(max_examples=120, deadline=None)
@given(content=st.binary(max_size=40) | st.text(alphabet='LastName,Company"\r\n#/A ', max_size=60).map(str.encode))
def test_any_bulk_upload_ends_in_a_state(content: bytes) -> None:
    org = SandboxOrg()
    job = org.send("POST", "/jobs/ingest", {"object": "Lead", "operation": "insert"}).json["id"]
    org.send("PUT", f"/jobs/ingest/{job}/batches", content, headers={"content-type": "text/csv"})
    org.send("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
    org.later(seconds=10)
    assert org.send("GET", f"/jobs/ingest/{job}").json["state"] in ("JobComplete", "Failed")


def test_every_dial_and_every_control_verb_stands_in_the_reference() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "sandbox-salesforce.md").read_text("utf-8")
    named = {*CONTROLS, *(one.name for one in dataclasses.fields(Dials))}
    assert sorted(name for name in named if f"`{name}`" not in page) == []
