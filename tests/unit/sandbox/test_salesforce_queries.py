"""SOQL, pages, and reads of what has changed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.support.salesforce_sandbox import SandboxOrg

LEADS = (
    {"LastName": "Archer", "Email": "ada@example.com", "City": "Berlin", "NumberOfEmployees": 10, "DoNotCall": True},
    {"LastName": "O'Brien", "Email": "bo_b@example.com", "City": "berlin", "NumberOfEmployees": 20},
    {"LastName": "Čapek", "Email": "boxb@example.org", "NumberOfEmployees": 30},
    {"LastName": "100%", "City": "Bonn"},
)


@pytest.fixture
def org() -> SandboxOrg:
    made = SandboxOrg()
    for fields in LEADS:
        made.create(**fields)
        made.later(hours=1)
    return made


def _names(org: SandboxOrg, rest: str) -> list[str]:
    reply = org.query(f"SELECT LastName FROM Lead {rest}")
    assert reply.status == 200, reply.text
    return [record["LastName"] for record in reply.json["records"]]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("City = 'BERLIN'", "Archer O'Brien"),
        ("City != 'Berlin'", "Čapek 100%"),
        ("City <> 'Berlin'", "Čapek 100%"),
        ("City = null", "Čapek"),
        ("City != null", "Archer O'Brien 100%"),
        ("LastName = 'O\\'Brien'", "O'Brien"),
        ("LastName = '\\u010Capek'", "Čapek"),
        ("NumberOfEmployees > 10", "O'Brien Čapek"),
        ("NumberOfEmployees <= 20", "Archer O'Brien"),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees < 30", "Archer O'Brien"),
        ("Email IN ('ADA@example.com', 'boxb@example.org')", "Archer Čapek"),
        ("Email NOT IN ('ada@example.com')", "O'Brien Čapek 100%"),
        ("Email LIKE 'bo_b@%'", "O'Brien Čapek"),
        ("Email LIKE 'bo\\_b@%'", "O'Brien"),
        ("LastName LIKE '%\\%'", "100%"),
        ("NOT City = 'Berlin'", "Čapek 100%"),
        ("(NOT City LIKE 'b%') OR (DoNotCall = TRUE)", "Archer Čapek"),
        ("DoNotCall = true", "Archer"),
        ("City = 'Bonn' OR (City = 'Berlin' AND NumberOfEmployees = 20)", "O'Brien 100%"),
        ("SystemModstamp >= 2026-03-02T11:00:00Z", "Čapek 100%"),
        ("SystemModstamp > 2026-03-02T11:00:00.000+0000 AND IsConverted = false", "100%"),
        ("CreatedDate < 2026-03-02T11:00:00%2B01:00", "Archer"),
        ("Owner.Email = 'integration@example.com' AND City = 'Bonn'", "100%"),
    ],
)
def test_23_where_selects(org: SandboxOrg, where: str, found: str) -> None:
    assert _names(org, f"WHERE {where.replace('%2B', '+')} ORDER BY CreatedDate") == found.split()


def test_23_order_limit_and_offset(org: SandboxOrg) -> None:
    assert _names(org, "ORDER BY City, NumberOfEmployees DESC") == ["Čapek", "O'Brien", "Archer", "100%"]
    assert _names(org, "ORDER BY City DESC NULLS LAST, LastName ASC") == ["100%", "Archer", "O'Brien", "Čapek"]
    assert _names(org, "ORDER BY CreatedDate DESC LIMIT 2 OFFSET 1") == ["Čapek", "O'Brien"]


def test_23_records_carry_attributes_and_nested_parents(org: SandboxOrg) -> None:
    account = org.create("Account", Name="Example")
    org.create("Contact", AccountId=account)
    org.create("Contact", LastName="Zero")
    records = org.query("select Id, account.name, Account.Owner.Email from contact order by lastname").json["records"]
    assert records[0]["attributes"]["url"] == f"/services/data/v59.0/sobjects/Contact/{records[0]['Id']}"
    assert (records[0]["Account"]["Name"], records[0]["Account"]["Owner"]["Email"]) == ("Example", "integration@example.com")
    assert records[1]["Account"] is None


def test_23_ids_match_in_both_lengths(org: SandboxOrg) -> None:
    row_id = org.ids("SELECT Id FROM Lead LIMIT 1")[0]
    assert org.ids(f"SELECT Id FROM Lead WHERE Id IN ('{row_id[:15]}', '{row_id}')") == [row_id]
    assert org.query("SELECT Id FROM Lead WHERE Id = 'x'").code == "INVALID_QUERY_FILTER_OPERATOR"


def test_23_count_answers_a_number_only(org: SandboxOrg) -> None:
    assert org.query("SELECT COUNT() FROM Lead WHERE City = 'Berlin'").json == {"totalSize": 2, "done": True, "records": []}


def test_23_compound_addresses_are_put_together(org: SandboxOrg) -> None:
    record = org.query("SELECT Address FROM Lead WHERE City = 'Bonn'").json["records"][0]
    assert record["Address"]["city"] == "Bonn"


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE City = 'a' AND City = 'b' OR City = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE City = 'O'Brien'", "MALFORMED_QUERY"),
        ('SELECT Id FROM Lead WHERE City = "a"', "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE City = 'a\\x'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE (City = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT many", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead nonsense", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > 2026-03-02T11:00:00", "MALFORMED_QUERY"),
        ("SELECT Id, Shoe__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id, Shoe.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Shoe__c = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead ORDER BY Shoe__c", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-03-02T11:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE City = 7", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
    ],
)
def test_23_a_query_that_cannot_be_answered_is_refused(org: SandboxOrg, soql: str, code: str) -> None:
    reply = org.query(soql)
    assert (reply.status, reply.code) == (400, code)


def _pages(org: SandboxOrg, soql: str, hint: int | None = None) -> list[int]:
    headers = {"sforce-query-options": f"batchSize={hint}"} if hint else {}
    page = org.query(soql, headers=headers).json
    sizes, seen = [len(page["records"])], {one["Id"] for one in page["records"]}
    while not page["done"]:
        assert page["totalSize"] == 1004
        page = org.send("GET", page["nextRecordsUrl"], root="", headers=headers).json
        sizes.append(len(page["records"]))
        seen |= {one["Id"] for one in page["records"]}
    assert len(seen) == 1004
    return sizes


def _many(org: SandboxOrg) -> None:
    rows = [{"attributes": {"type": "Lead"}, "LastName": f"n{at}", "Company": "Example Ltd"} for at in range(1000)]
    for start in range(0, 1000, 200):
        org.send("POST", "/composite/sobjects", {"records": rows[start : start + 200]})


def test_23_24_pages_follow_a_locator_and_the_asked_size_is_a_hint(org: SandboxOrg) -> None:
    _many(org)
    org.control("configure", page_size=500)
    assert _pages(org, "SELECT Id FROM Lead", hint=300) == [300, 300, 270, 134]
    assert max(_pages(org, "SELECT Id FROM Lead", hint=2000)) == 500
    assert max(_pages(org, "SELECT Id FROM Lead", hint=1)) == 200


def test_23_a_locator_keeps_its_rows_and_expires_after_two_days(org: SandboxOrg) -> None:
    org.control("configure", page_size=2)
    page = org.query("SELECT Id, City FROM Lead WHERE LastName != 'Čapek' ORDER BY CreatedDate").json
    last = org.ids("SELECT Id FROM Lead WHERE City = 'Bonn'")[0]
    org.send("PATCH", f"/sobjects/Lead/{last}", {"City": "Berlin"})
    following = org.send("GET", page["nextRecordsUrl"], root="").json
    assert [record["City"] for record in following["records"]] == ["Bonn"]
    org.later(days=2, seconds=1)
    org.token = ""
    expired = org.send("GET", page["nextRecordsUrl"], root="")
    assert (expired.status, expired.code) == (400, "INVALID_QUERY_LOCATOR")


def test_23_only_query_all_shows_deleted_and_merged_rows(org: SandboxOrg) -> None:
    winner, loser = org.create(LastName="Winner"), org.create(LastName="Loser")
    org.control("merge", object="Lead", winner=winner, losers=[loser])
    soql = "SELECT Id, IsDeleted, MasterRecordId FROM Lead WHERE LastName = 'Loser'"
    assert org.query(soql).json["totalSize"] == 0
    record = org.query(soql, resource="queryAll").json["records"][0]
    assert (record["Id"], record["IsDeleted"], record["MasterRecordId"]) == (loser, True, winner)


def _changes(org: SandboxOrg, kind: str, start: timedelta, end: timedelta = timedelta()) -> str:
    window = f"start={quote((org.now - start).isoformat())}&end={quote((org.now - end).isoformat())}"
    return f"/sobjects/Lead/{kind}/?{window}"


def test_25_updated_and_deleted_cover_a_window_and_tell_how_far(org: SandboxOrg) -> None:
    first, second = org.ids("SELECT Id FROM Lead ORDER BY CreatedDate")[:2]
    org.control("update", object="Lead", id=first, fields={"City": "Bonn"})
    org.control("delete", object="Lead", id=second)
    updated = org.send("GET", _changes(org, "updated", timedelta(minutes=30))).json
    assert updated["ids"] == [first]
    assert updated["latestDateCovered"] == "2026-03-02T12:59:00.000+0000"
    deleted = org.send("GET", _changes(org, "deleted", timedelta(minutes=30))).json
    assert deleted["deletedRecords"] == [{"id": second, "deletedDate": "2026-03-02T13:00:00.000+0000"}]
    assert deleted["earliestDateAvailable"] == "2026-02-15T13:00:00.000+0000"


def test_25_windows_that_are_too_long_or_turned_round_are_refused(org: SandboxOrg) -> None:
    day = timedelta(days=1)
    for path in (_changes(org, "updated", 31 * day), _changes(org, "deleted", 16 * day), _changes(org, "updated", day, 2 * day)):
        reply = org.send("GET", path)
        assert (reply.status, reply.code) == (400, "INVALID_REPLICATION_DATE")
    broken = org.send("GET", "/sobjects/Lead/updated/?start=2026-03-02T00%3A00%3A&end=x")
    assert broken.code == "INVALID_REPLICATION_DATE"
    org.control("configure", id_limit=2)
    assert org.send("GET", _changes(org, "updated", day)).code == "EXCEEDED_ID_LIMIT"


def test_25_with_lag_a_fresh_write_is_seen_late_but_not_lost(org: SandboxOrg) -> None:
    org.control("configure", lag=30)
    row_id = org.create(LastName="Late", City="Berlin")
    assert org.query("SELECT Id FROM Lead WHERE LastName = 'Late'").json["totalSize"] == 0
    assert org.send("GET", f"/sobjects/Lead/{row_id}").status == 200
    org.later(seconds=31)
    assert org.ids("SELECT Id FROM Lead WHERE LastName = 'Late'") == [row_id]
    org.send("PATCH", f"/sobjects/Lead/{row_id}", {"City": "Bonn"})
    assert org.query("SELECT City FROM Lead WHERE LastName = 'Late'").json["records"][0]["City"] == "Berlin"
    org.later(seconds=31)
    assert org.query("SELECT City FROM Lead WHERE LastName = 'Late'").json["records"][0]["City"] == "Bonn"


def test_25_what_left_the_recycle_bin_is_known_to_the_log_alone(org: SandboxOrg) -> None:
    gone = org.create()
    org.control("delete", object="Lead", id=gone)
    assert org.control("empty_recycle_bin", object="Lead") == {"purged": 1}
    org.later(minutes=5)
    rows = org.query("SELECT Id FROM Lead", resource="queryAll").json["records"]
    assert gone not in [row["Id"] for row in rows]
    start, end = ((org.now - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M:%SZ") for ago in (10, 0))
    told = org.send("GET", f"/sobjects/Lead/deleted/?start={start}&end={end}").json["deletedRecords"]
    assert [entry["id"] for entry in told] == [gone]


def test_25_a_log_that_was_cut_short_says_so(org: SandboxOrg) -> None:
    org.control("delete", object="Lead", id=org.create())
    org.later(hours=2)
    org.control("configure", deletion_log_seconds=3600)
    start, end = ((org.now - timedelta(hours=ago)).strftime("%Y-%m-%dT%H:%M:%SZ") for ago in (3, 0))
    reply = org.send("GET", f"/sobjects/Lead/deleted/?start={start}&end={end}").json
    assert reply["deletedRecords"] == []
    assert reply["earliestDateAvailable"].startswith((org.now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
