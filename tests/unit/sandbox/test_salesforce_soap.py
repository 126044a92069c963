"""The SOAP API beyond login: merge and undelete with the access token inside the message."""

from __future__ import annotations

import pytest

from sandbox.wire import Request
from tests.support.salesforce_sandbox import Reply, SandboxOrg

OPENING = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" '
    'xmlns:r="urn:sobject.partner.soap.sforce.com">'
)


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def ask(org: SandboxOrg, inner: str, *, session: str | None = None) -> Reply:
    token = session if session is not None else org.token or org.log_in().json["access_token"]
    header = f"<e:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></e:Header>"
    body = f"{OPENING}{header}<e:Body>{inner}</e:Body></e:Envelope>".encode()
    headers = {"content-type": "text/xml", "soapaction": '""'}
    return Reply(org.stand_in.handle(Request("POST", "/services/Soap/u/64.0", "", headers, body), org.now))


def request(winner: str, *losers: str, kind: str = "Lead") -> str:
    ids = "".join(f"<recordToMergeIds>{loser}</recordToMergeIds>" for loser in losers)
    return f"<request><masterRecord><r:type>{kind}</r:type><r:Id>{winner}</r:Id></masterRecord>{ids}</request>"


def test_29_two_losers_are_merged_into_the_winner(org: SandboxOrg) -> None:
    winner, first, second = org.create(), org.create(), org.create()
    reply = ask(org, f"<merge>{request(winner, first, second)}</merge>")
    assert reply.status == 200 and f"<id>{winner}</id>" in reply.text and "<success>true</success>" in reply.text
    assert {org.row(loser)["MasterRecordId"] for loser in (first, second)} == {winner}


def test_29_three_losers_are_too_many_and_each_request_stands_alone(org: SandboxOrg) -> None:
    ids = [org.create() for _ in range(6)]
    reply = ask(org, f"<merge>{request(*ids[:4])}{request(ids[0], ids[4])}</merge>")
    assert reply.text.count("<success>false</success>") == 1 and reply.text.count("<success>true</success>") == 1
    assert [org.row(one)["IsDeleted"] for one in ids] == [False, False, False, False, True, False]


def test_29_a_merge_that_fails_half_way_changes_nothing(org: SandboxOrg) -> None:
    winner, loser, gone = org.create(), org.create(), org.create()
    org.control("delete", object="Lead", id=gone)
    reply = ask(org, f"<merge>{request(winner, loser, gone)}</merge>")
    assert "<statusCode>ENTITY_IS_DELETED</statusCode>" in reply.text
    assert org.row(loser)["IsDeleted"] is False


@pytest.mark.parametrize(("dial", "expected"), [("moves", "L1"), ("vanishes", None)])
def test_29_the_external_id_of_the_loser_moves_or_vanishes(org: SandboxOrg, dial: str, expected: str | None) -> None:
    org.control("configure", merge_external_id=dial)
    winner, loser = org.create(), org.create(Leadloom_Id__c="L1")
    ask(org, f"<merge>{request(winner, loser)}</merge>")
    assert org.row(winner).get("Leadloom_Id__c") == expected


def test_29_only_some_objects_can_be_merged(org: SandboxOrg) -> None:
    tasks = [org.create("Task") for _ in range(2)]
    assert "<statusCode>INVALID_TYPE</statusCode>" in ask(org, f"<merge>{request(*tasks, kind='Task')}</merge>").text


def test_29_undelete_takes_out_of_the_recycle_bin(org: SandboxOrg) -> None:
    gone, live = org.create(), org.create()
    org.control("delete", object="Lead", id=gone)
    reply = ask(org, f"<undelete><ids>{gone}</ids><ids>{live}</ids></undelete>")
    assert reply.text.count("<success>true</success>") == 1 and "UNDELETE_FAILED" in reply.text
    assert org.row(gone)["IsDeleted"] is False


def test_5_a_dead_session_is_a_fault(org: SandboxOrg) -> None:
    reply = ask(org, "<undelete/>", session="nobody")
    assert reply.status == 500 and "sf:INVALID_SESSION_ID" in reply.text


def test_7_soap_calls_count_and_end_with_the_day(org: SandboxOrg) -> None:
    lead = org.create()
    org.control("configure", daily_limit=2)
    ask(org, f"<undelete><ids>{lead}</ids></undelete>")
    assert org.control("calls")["by_kind"]["soap undelete"] == 1
    assert "REQUEST_LIMIT_EXCEEDED" in ask(org, "<undelete/>").text
