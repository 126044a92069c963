"""The unmodified simple-salesforce against the stand-in, through a session that never opens a socket."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceMoreThanOneRecord, SalesforceResourceNotFound
from simple_salesforce.format import format_external_id, format_soql

from sandbox.wire import Request
from tests.support.salesforce_sandbox import SandboxOrg

EXT = "Leadloom_Id__c"


class InProcess(BaseAdapter):
    """Hands every request straight to the stand-in; each takes a second, so that bulk jobs get on."""

    def __init__(self, org: SandboxOrg) -> None:
        super().__init__()
        self.org = org

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = urlsplit(str(request.url))
        headers = {name.lower(): str(value) for name, value in request.headers.items()} | {"host": url.netloc}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        answer = self.org.stand_in.handle(Request(str(request.method), url.path, url.query, headers, body), self.org.now)
        self.org.later(seconds=1)
        response = requests.Response()
        response.status_code, response.raw, response.url = answer.status, io.BytesIO(answer.body), str(request.url)
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.request = request
        return response

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


@pytest.fixture
def crm(org: SandboxOrg) -> Any:
    session = requests.Session()
    session.mount("https://", InProcess(org))
    return Salesforce(consumer_key="sandbox-key", consumer_secret="sandbox-secret", domain="acme.my", session=session)


def test_login_and_describe(org: SandboxOrg, crm: Any) -> None:
    assert crm.sf_instance == "acme.my.salesforce.com"
    assert {"Lead", "Contact"} <= {one["name"] for one in crm.describe()["sobjects"]}
    lengths = {one["name"]: one["length"] for one in crm.Lead.describe()["fields"]}
    assert (lengths["LastName"], lengths["Company"], lengths[EXT]) == (80, 255, 64)
    assert crm.limits()["DailyApiRequests"]["Max"] == 100_000
    assert crm.api_usage["api-usage"].total == 100_000
    assert org.control("logins")["by_grant"] == {"client_credentials": 1}


def test_soap_login_with_a_security_token(org: SandboxOrg) -> None:
    session = requests.Session()
    session.mount("https://", InProcess(org))
    crm: Any = Salesforce(username="integration@example.com", password="sandbox-password", security_token="sandbox-token", session=session)
    assert crm.query("SELECT Id FROM Lead")["totalSize"] == 0


def test_create_get_update_delete(org: SandboxOrg, crm: Any) -> None:
    made = crm.Lead.create({"LastName": "Archer", "Company": "Example Ltd"})
    assert crm.Lead.update(made["id"], {"City": "Berlin"}) == 204
    assert crm.Lead.get(made["id"])["City"] == "Berlin"
    assert crm.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        crm.Lead.get(made["id"])
    with pytest.raises(SalesforceMalformedRequest) as refused:
        crm.Lead.create({"LastName": "Archer"})
    errors: Any = refused.value.content
    assert errors[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    org.control("expire_tokens")
    assert crm.Lead.create({"LastName": "Archer", "Company": "Example Ltd"})["success"] is True


def test_upsert_by_an_awkward_external_id(org: SandboxOrg, crm: Any) -> None:
    where, body = format_external_id(EXT, "a/b?c#d e"), {"LastName": "Archer", "Company": "Example Ltd"}
    assert crm.Lead.upsert(where, body) == 201
    assert crm.Lead.upsert(where, {"City": "Berlin"}) == 200
    assert org.control("records", object="Lead")[0][EXT] == "a/b?c#d e"
    org.control("add_field", object="Lead", name="Old_Key__c", length=20, external_id=True)
    for _ in range(2):
        org.create(Old_Key__c="7")
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        crm.Lead.upsert("Old_Key__c/7", {"City": "Bonn"})
    assert len(several.value.content) == 2


def test_collections_and_query_all_in_pages(org: SandboxOrg, crm: Any) -> None:
    rows = [{"attributes": {"type": "Lead"}, "LastName": "O'Brien", "Company": "E", EXT: f"k-{at}"} for at in range(450)]
    for start in range(0, 450, 200):
        body = {"allOrNone": False, "records": rows[start : start + 200]}
        results = crm.restful(f"composite/sobjects/Lead/{EXT}", method="PATCH", json=body)
        assert all(result["created"] for result in results)
    org.control("configure", page_size=200)
    found = crm.query_all(format_soql("SELECT Id, Owner.Email FROM Lead WHERE LastName = {}", "O'Brien"))
    assert (found["totalSize"], len(found["records"])) == (450, 450)


def test_updated_and_deleted(org: SandboxOrg, crm: Any) -> None:
    start = org.now
    kept, gone = (crm.Lead.create({"LastName": "Archer", "Company": "E"})["id"] for _ in range(2))
    crm.Lead.delete(gone)
    org.later(minutes=5)
    assert crm.Lead.updated(start, org.now)["ids"] == [kept]
    assert [one["id"] for one in crm.Lead.deleted(start, org.now)["deletedRecords"]] == [gone]


def test_bulk_ingest_and_query(org: SandboxOrg, crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: org.later(seconds=seconds))
    rows = [{"LastName": f"Čapek{at}", "Company": "E" if at % 3 else "", EXT: f"k-{at}"} for at in range(6)]
    report = crm.bulk2.Lead.upsert(records=rows, external_id_field=EXT)[0]
    assert (report["numberRecordsTotal"], report["numberRecordsFailed"]) == (6, 2)
    failed = list(csv.DictReader(io.StringIO(crm.bulk2.Lead.get_failed_records(report["job_id"]))))
    assert {row[EXT] for row in failed} == {"k-0", "k-3"}
    pages = list(crm.bulk2.Lead.query("SELECT LastName FROM Lead ORDER BY LastName", max_records=3))
    assert "".join(pages).count("Čapek") == 4
