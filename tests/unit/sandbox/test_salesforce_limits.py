"""Versions, counted calls and the answers at a limit."""

from __future__ import annotations

import json

import pytest

from sandbox.wire import Request
from tests.support.salesforce_sandbox import SandboxOrg


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def test_7_every_answer_tells_the_calls_used_so_far(org: SandboxOrg) -> None:
    assert org.send("GET", "/limits").answer.headers["sforce-limit-info"] == "api-usage=1/100000"
    assert org.send("GET", "/sobjects/Nothing/describe").answer.headers["sforce-limit-info"] == "api-usage=2/100000"


def test_7_a_composite_counts_once_and_a_batch_by_its_requests(org: SandboxOrg) -> None:
    reads = [{"method": "GET", "url": "/services/data/v59.0/limits", "referenceId": f"r{at}"} for at in range(3)]
    org.send("POST", "/composite", {"compositeRequest": reads})
    org.send("POST", "/composite/batch", {"batchRequests": [{"method": "GET", "url": "v59.0/limits"}] * 3})
    assert org.control("calls") == {"total": 4, "by_kind": {"composite": 1, "batch": 3}, "last_day": 4}


def test_7_calls_leave_the_count_after_a_day(org: SandboxOrg) -> None:
    org.send("GET", "/limits")
    org.later(hours=25)
    org.token = ""
    limits = org.send("GET", "/limits").json
    assert limits["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}


def test_8_both_request_limits_answer_403_without_retry_after(org: SandboxOrg) -> None:
    org.send("GET", "/limits")
    org.control("configure", concurrent_refusals=1)
    concurrent = org.send("GET", "/limits")
    org.control("use_up_calls")
    total = org.send("GET", "/limits")
    assert [concurrent.status, total.status] == [403, 403]
    assert concurrent.json[0]["message"].startswith("ConcurrentRequests")
    assert total.json == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert "retry-after" not in total.answer.headers


def test_9_versions_are_listed_and_unknown_ones_not_found(org: SandboxOrg) -> None:
    listed = json.loads(org.stand_in.handle(Request("GET", "/services/data/"), org.now).body)
    assert {"label": "Winter '24", "url": "/services/data/v59.0", "version": "59.0"} in listed
    assert "sobjects" in org.send("GET", "/").json
    for version in ("v20.0", "v99.0", "v59.5", "nonsense"):
        reply = org.send("GET", "/limits", root=f"/services/data/{version}")
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


def test_9_a_known_path_with_another_method_is_not_allowed(org: SandboxOrg) -> None:
    reply = org.send("PUT", "/limits")
    assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED")


def test_33_an_address_that_is_too_long_is_refused_at_the_edge(org: SandboxOrg) -> None:
    assert org.query("SELECT Id FROM Lead WHERE Email IN ('" + "a" * 17_000 + "')").status == 414


def test_34_pretty_print_and_a_content_type_on_reads_are_accepted(org: SandboxOrg) -> None:
    assert org.send("GET", "/limits", headers={"x-prettyprint": "1", "content-type": "application/json"}).status == 200


def test_34_a_write_in_another_content_type_is_refused(org: SandboxOrg) -> None:
    reply = org.send("POST", "/sobjects/Lead", b"LastName=Archer", headers={"content-type": "text/plain"})
    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert org.send("POST", "/sobjects/Lead", b"{", headers={}).code == "JSON_PARSER_ERROR"
