"""The Salesforce stand-in behind the HTTP shell: faults of the wire and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.salesforce import SalesforceStandIn
from sandbox.shell import Served
from tests.support.salesforce_sandbox import CLIENT, ROOT
from tests.support.sandbox import control, serving

ROW = f"{ROOT}/sobjects/Lead/Leadloom_Id__c/k-1"
LEAD = {"LastName": "Archer", "Company": "Example Ltd"}


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(SalesforceStandIn()) as one:
        yield one


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, trust_env=False) as one:
        _log_in(one)
        yield one


def _log_in(client: httpx.Client) -> None:
    told = client.post("/services/oauth2/token", data=CLIENT).json()
    assert told["instance_url"] == str(client.base_url).rstrip("/")
    client.headers["authorization"] = f"Bearer {told['access_token']}"


def test_5_a_dialled_expiry_ends_the_token_until_the_next_login(served: Served, client: httpx.Client) -> None:
    control(served, "fault", kind="expired_token")
    for _ in range(2):
        refused = client.patch(ROW, json=LEAD)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    _log_in(client)
    assert client.patch(ROW, json=LEAD).status_code == 201


def test_33_a_lost_answer_leaves_the_row_and_the_retry_updates_it(served: Served, client: httpx.Client) -> None:
    control(served, "fault", kind="reset_after", match="^PATCH")
    with pytest.raises(httpx.TransportError):
        client.patch(ROW, json=LEAD)
    assert client.patch(ROW, json=LEAD).json()["created"] is False
    assert control(served, "count", object="Lead") == {"count": 1}


def test_33_answers_of_the_edge_are_dialled_as_they_are(served: Served, client: httpx.Client) -> None:
    control(served, "fault", kind="status", status=503, body="<html>Please wait</html>", headers={"content-type": "text/html"})
    edge = client.patch(ROW, json=LEAD)
    assert (edge.status_code, edge.text) == (503, "<html>Please wait</html>")
    assert control(served, "count", object="Lead") == {"count": 0}


def test_37_every_request_is_in_the_journal_with_the_hash_of_its_body(served: Served, client: httpx.Client) -> None:
    client.patch(ROW, json=LEAD)
    entry = served.journal.entries()[-1]
    assert (entry.method, entry.path, entry.status) == ("PATCH", ROW, 201)
    assert entry.body_size > 0
