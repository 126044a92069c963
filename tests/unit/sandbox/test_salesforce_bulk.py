"""Bulk API 2.0 jobs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.support.salesforce_sandbox import Reply, SandboxOrg

CSV = {"content-type": "text/csv; charset=UTF-8"}
EXT = "Leadloom_Id__c"


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def _open(org: SandboxOrg, operation: str = "insert", **more: Any) -> str:
    reply = org.send("POST", "/jobs/ingest", {"object": "Lead", "operation": operation, "contentType": "CSV", **more})
    assert (reply.status, reply.json["state"]) == (200, "Open")
    assert reply.json["contentUrl"] == f"services/data/v59.0/jobs/ingest/{reply.json['id']}/batches"
    return str(reply.json["id"])


def _upload(org: SandboxOrg, job: str, text: str) -> Reply:
    return org.send("PUT", f"/jobs/ingest/{job}/batches", text.encode(), headers=CSV)


def _close(org: SandboxOrg, job: str, state: str = "UploadComplete") -> Reply:
    return org.send("PATCH", f"/jobs/ingest/{job}", {"state": state})


def _run(org: SandboxOrg, text: str, operation: str = "insert", **more: Any) -> str:
    job = _open(org, operation, **more)
    assert _upload(org, job, text).status == 201
    _close(org, job)
    org.later(seconds=60)
    return job


def _job(org: SandboxOrg, job: str) -> Any:
    return org.send("GET", f"/jobs/ingest/{job}").json


def _rows(org: SandboxOrg, job: str, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(org.send("GET", f"/jobs/ingest/{job}/{kind}").text)))


def test_30_a_job_goes_through_its_states_with_delays(org: SandboxOrg) -> None:
    org.control("configure", bulk_queue_seconds=10, bulk_batch_seconds=20)
    job = _open(org)
    _upload(org, job, "LastName,Company\nArcher,Example\n")
    org.later(hours=1)
    assert _job(org, job)["state"] == "Open"
    assert _close(org, job).json["state"] == "UploadComplete"
    org.later(seconds=10)
    assert _job(org, job)["state"] == "InProgress"
    assert org.control("count", object="Lead") == {"count": 0}
    org.later(seconds=20)
    assert _job(org, job)["state"] == "JobComplete"
    assert org.control("count", object="Lead") == {"count": 1}


def test_30_an_upload_answers_201_once_and_a_second_one_is_refused(org: SandboxOrg) -> None:
    job = _open(org)
    first, second = _upload(org, job, "LastName,Company\n"), _upload(org, job, "LastName,Company\n")
    assert (first.status, first.answer.body, second.status) == (201, b"", 400)


def test_30_refused_rows_do_not_fail_the_job_and_come_with_their_columns(org: SandboxOrg) -> None:
    lines = [f"n{at},{'Example' if at % 5 else ''},k-{at}" for at in range(20)]
    job = _run(org, f"LastName,Company,{EXT}\n" + "\n".join(lines) + "\n")
    told = _job(org, job)
    assert (told["state"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == ("JobComplete", 20, 4)
    good, bad = _rows(org, job, "successfulResults"), _rows(org, job, "failedResults")
    assert {row[EXT] for row in good} | {row[EXT] for row in bad} == {f"k-{at}" for at in range(20)}
    assert [row[EXT] for row in good] != [f"k-{at}" for at in range(20) if at % 5]
    assert {row["sf__Created"] for row in good} == {"true"}
    assert bad[0]["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --"
    assert _rows(org, job, "unprocessedRecords") == []


def test_30_upsert_tells_created_and_shared_keys_fail(org: SandboxOrg) -> None:
    org.create(**{EXT: "k-1"})
    text = f"{EXT},LastName,Company\nk-1,A,E\nk-2,B,E\nk-3,C,E\nk-3,D,E\n"
    job = _run(org, text, "upsert", externalIdFieldName=EXT)
    assert {row[EXT]: row["sf__Created"] for row in _rows(org, job, "successfulResults")} == {"k-1": "false", "k-2": "true"}
    assert all("Duplicate external id specified" in row["sf__Error"] for row in _rows(org, job, "failedResults"))


def test_30_an_empty_cell_is_left_alone_and_na_clears(org: SandboxOrg) -> None:
    row_id = org.create(City="Berlin", Country="Germany")
    _run(org, f"Id,City,Country\n{row_id},,#N/A\n", "update")
    row = org.row(row_id)
    assert (row["City"], row["Country"]) == ("Berlin", None)


def test_30_rows_can_be_deleted_and_parents_named_by_external_id(org: SandboxOrg) -> None:
    account = org.create("Account", **{EXT: "acme"})
    contacts = _run(org, f"LastName,Account.{EXT}\nArcher,acme\nBaker,none\n", object="Contact")
    made = _rows(org, contacts, "successfulResults")
    assert org.row(made[0]["sf__Id"], "Contact")["AccountId"] == account
    assert _rows(org, contacts, "failedResults")[0]["sf__Error"].startswith("INVALID_FIELD:")
    _run(org, f"Id\n{made[0]['sf__Id']}\n", "delete", object="Contact")
    assert org.row(made[0]["sf__Id"], "Contact")["IsDeleted"] is True


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("LastName,Shoe__c\nArcher,44\n", {}, "InvalidBatch : Field name not found : Shoe__c"),
        ("LastName,Company\r\nArcher,Example\r\n", {}, "ClientInputError : LineEnding is invalid on user data"),
        ("LastName,Company\nArcher,Example\n", {"lineEnding": "CRLF"}, "ClientInputError : LineEnding is invalid on user data"),
        ('LastName,Company\n"Archer" ,Example\n', {}, "ClientInputError : Failed to parse CSV"),
    ],
)
def test_30_a_bad_file_fails_the_job_as_a_whole(org: SandboxOrg, text: str, more: dict[str, str], message: str) -> None:
    told = _job(org, _run(org, text, **more))
    assert told["state"] == "Failed"
    assert told["errorMessage"].startswith(message)
    assert org.control("count", object="Lead") == {"count": 0}


def test_30_a_job_that_fails_half_way_or_is_aborted_leaves_unprocessed_rows(org: SandboxOrg) -> None:
    text = "LastName,Company\n" + "".join(f"n{at},E\n" for at in range(500))
    org.control("configure", bulk_fail_after_rows=300)
    failed = _run(org, text)
    assert (_job(org, failed)["state"], len(_rows(org, failed, "unprocessedRecords"))) == ("Failed", 200)
    assert org.control("count", object="Lead") == {"count": 300}
    aborted = _open(org)
    _upload(org, aborted, text)
    assert _close(org, aborted, "Aborted").json["state"] == "Aborted"
    assert len(_rows(org, aborted, "unprocessedRecords")) == 500


def test_30_long_jobs_are_worked_off_batch_by_batch(org: SandboxOrg) -> None:
    org.control("configure", bulk_queue_seconds=0, bulk_batch_seconds=10, bulk_batch_rows=200)
    job = _open(org)
    _upload(org, job, "LastName,Company\n" + "".join(f"n{at},E\n" for at in range(500)))
    _close(org, job)
    org.later(seconds=21)
    assert (_job(org, job)["state"], _job(org, job)["numberRecordsProcessed"]) == ("InProgress", 400)
    assert org.send("GET", f"/jobs/ingest/{job}/successfulResults").status == 400
    assert org.send("DELETE", f"/jobs/ingest/{job}").status == 400


def test_30_jobs_are_deleted_or_gone_after_a_week(org: SandboxOrg) -> None:
    job, other = _run(org, "LastName,Company\nA,E\n"), _run(org, "LastName,Company\nB,E\n")
    assert org.send("DELETE", f"/jobs/ingest/{job}").status == 204
    assert org.send("GET", f"/jobs/ingest/{job}").status == 404
    org.later(days=8)
    org.token = ""
    assert org.send("GET", f"/jobs/ingest/{other}/successfulResults").status == 404


def test_30_too_large_uploads_and_unsupported_objects_are_refused(org: SandboxOrg) -> None:
    org.control("configure", bulk_upload_bytes=10)
    assert _upload(org, _open(org), "LastName,Company\n").status == 400
    assert org.send("POST", "/jobs/ingest", {"object": "User", "operation": "insert"}).code == "INVALIDENTITY"
    assert org.send("POST", "/jobs/ingest", {"object": "Lead", "operation": "upsert"}).status == 400
    assert org.send("POST", "/jobs/ingest", {"object": "Lead", "operation": "hardDelete"}).code == "FEATURENOTENABLED"


def _query_job(org: SandboxOrg, soql: str) -> str:
    reply = org.send("POST", "/jobs/query", {"operation": "query", "query": soql})
    assert (reply.status, reply.json["state"]) == (200, "UploadComplete")
    job = str(reply.json["id"])
    assert org.send("GET", f"/jobs/query/{job}/results").status == 400
    org.later(seconds=60)
    assert org.send("GET", f"/jobs/query/{job}").json["state"] == "JobComplete"
    return job


def test_31_query_results_come_in_pages_until_the_locator_is_null(org: SandboxOrg) -> None:
    for at in range(5):
        org.create(LastName=f"n{at}")
    job = _query_job(org, "SELECT LastName, Owner.Email, DoNotCall, City FROM Lead ORDER BY LastName")
    first = org.send("GET", f"/jobs/query/{job}/results?maxRecords=3")
    assert first.answer.headers["sforce-numberofrecords"] == "3"
    locator = first.answer.headers["sforce-locator"]
    last = org.send("GET", f"/jobs/query/{job}/results?maxRecords=3&locator={locator}")
    assert (last.answer.headers["sforce-locator"], last.answer.headers["sforce-numberofrecords"]) == ("null", "2")
    assert last.text == (
        '"LastName","Owner.Email","DoNotCall","City"\n'
        '"n3","integration@example.com","false",""\n'
        '"n4","integration@example.com","false",""\n'
    )


def test_31_a_query_that_cannot_be_answered_in_bulk_is_refused_at_once(org: SandboxOrg) -> None:
    for soql, code in (("SELECT Address FROM Lead", "FUNCTIONALITY_NOT_ENABLED"), ("SELECT", "MALFORMED_QUERY")):
        assert org.send("POST", "/jobs/query", {"operation": "query", "query": soql}).code == code


@pytest.mark.parametrize(("charset", "told"), [("UTF-8", "text/csv; charset=UTF-8"), (None, "text/csv")])
def test_32_results_are_utf_8_whether_they_say_so_or_not(org: SandboxOrg, charset: str | None, told: str) -> None:
    org.control("configure", csv_charset=charset)
    job = _run(org, "LastName,Company\nČapek,E\n")
    reply = org.send("GET", f"/jobs/ingest/{job}/successfulResults")
    assert reply.answer.headers["content-type"] == told
    assert "Čapek" in reply.text
