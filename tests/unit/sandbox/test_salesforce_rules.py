"""What an org's own automation does to writes, and what CRM users do to records."""

from __future__ import annotations

import pytest

from tests.support.salesforce_sandbox import SandboxOrg

ALLOW = {"sforce-duplicate-rule-header": "allowSave=true; includeRecordDetails=true"}
TWIN = {"LastName": "Archer", "Company": "Example Ltd", "Email": "ADA@example.com"}


@pytest.fixture
def org() -> SandboxOrg:
    return SandboxOrg()


def test_19_a_duplicate_is_refused_with_the_misspelt_key_and_a_match_in_the_other_object(org: SandboxOrg) -> None:
    contact = org.create("Contact", Email="ada@example.com")
    org.control("configure", duplicate_rule={"mode": "alert"})
    reply = org.send("POST", "/sobjects/Lead", TWIN)
    assert (reply.status, reply.code) == (400, "DUPLICATES_DETECTED")
    result = reply.json[0]["duplicateResut"]
    assert result["allowSave"] is True
    match = result["matchResults"][0]
    assert (match["entityType"], match["size"]) == ("Contact", 1)
    record = match["matchRecords"][0]["record"]
    assert record["Id"] == contact
    assert "LastName" not in record


def test_19_record_details_and_the_other_key_come_when_asked_for(org: SandboxOrg) -> None:
    org.create(Email="ada@example.com")
    org.control("configure", duplicate_rule={"mode": "block", "key": "duplicateResult"})
    result = org.send("POST", "/sobjects/Lead", TWIN, headers=ALLOW).json[0]["duplicateResult"]
    assert result["matchResults"][0]["matchRecords"][0]["record"]["LastName"] == "Archer"


def test_19_insisting_helps_against_an_alert_but_not_against_a_block(org: SandboxOrg) -> None:
    org.create(Email="ada@example.com")
    org.control("configure", duplicate_rule={"mode": "alert"})
    assert org.send("POST", "/sobjects/Lead", TWIN, headers=ALLOW).status == 201
    org.control("configure", duplicate_rule={"mode": "block"})
    assert org.send("POST", "/sobjects/Lead", TWIN, headers=ALLOW).code == "DUPLICATES_DETECTED"


def test_19_several_matched_fields_must_all_agree(org: SandboxOrg) -> None:
    org.create(Email="ada@example.com", FirstName="Ada")
    org.control("configure", duplicate_rule={"mode": "block", "on": ["Email", "FirstName"]})
    assert org.send("POST", "/sobjects/Lead", TWIN | {"FirstName": "Eve"}).status == 201
    assert org.send("POST", "/sobjects/Lead", TWIN | {"FirstName": "ada"}).status == 400


def test_20_assignment_rules_change_the_owner_unless_switched_off(org: SandboxOrg) -> None:
    users = org.control("users")
    org.control("configure", assignment_owner=users["crm"])
    ruled = org.create()
    plain = org.send("POST", "/sobjects/Lead", TWIN, headers={"sforce-auto-assign": "FALSE"}).json["id"]
    assert [org.row(one)["OwnerId"] for one in (ruled, plain)] == [users["crm"], users["integration"]]
    org.send("PATCH", f"/sobjects/Lead/{plain}", {"City": "Berlin"})
    assert org.row(plain)["OwnerId"] == users["crm"]


def test_a_validation_rule_refuses_a_forbidden_value(org: SandboxOrg) -> None:
    rule = {"object": "Lead", "field": "City", "forbid_value": "Atlantis", "message": "No such city."}
    org.control("configure", validation_rules=[rule])
    reply = org.send("POST", "/sobjects/Lead", TWIN | {"City": "Atlantis"})
    assert reply.json == [{"message": "No such city.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["City"]}]


def test_27_a_row_is_locked_for_the_first_tries(org: SandboxOrg) -> None:
    locked, free = org.create(), org.create()
    org.control("configure", locks=[{"ids": [locked], "times": 2}])
    statuses = [org.send("PATCH", f"/sobjects/Lead/{locked}", {"City": "Berlin"}).status for _ in range(3)]
    assert statuses == [400, 400, 204]
    assert org.send("PATCH", f"/sobjects/Lead/{free}", {"City": "Berlin"}).status == 204


def test_27_a_locked_parent_and_a_lock_on_anything_stop_a_write(org: SandboxOrg) -> None:
    account = org.create("Account")
    org.control("configure", locks=[{"ids": [account], "times": -1}])
    reply = org.send("POST", "/sobjects/Contact", {"LastName": "Archer", "AccountId": account})
    assert (reply.status, reply.code) == (400, "UNABLE_TO_LOCK_ROW")
    assert account in reply.json[0]["message"]
    org.control("configure", locks=[{"times": 1}])
    assert [org.send("POST", "/sobjects/Lead", TWIN).status for _ in range(2)] == [400, 201]


def test_28_a_converted_lead_names_its_contact_and_takes_no_writes(org: SandboxOrg) -> None:
    lead, campaign = org.create(Email="ada@example.com", City="Berlin"), org.create("Campaign", Name="Spring Fair")
    member = org.create("CampaignMember", CampaignId=campaign, LeadId=lead)
    made = org.control("convert_lead", id=lead, opportunity="Ten chairs")
    row = org.row(lead)
    assert (row["IsConverted"], row["ConvertedDate"], row["ConvertedContactId"]) == (True, "2026-03-02", made["contactId"])
    assert org.row(made["contactId"], "Contact")["MailingCity"] == "Berlin"
    assert org.row(made["opportunityId"], "Opportunity")["AccountId"] == made["accountId"]
    assert org.row(member, "CampaignMember")["ContactId"] == made["contactId"]
    reply = org.send("PATCH", f"/sobjects/Lead/{lead}", {"City": "Bonn"})
    assert (reply.status, reply.code) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_28_conversion_into_an_existing_contact_fills_only_blanks(org: SandboxOrg) -> None:
    lead = org.create(FirstName="Ada", Phone="555-0101", Leadloom_Id__c="k-1")
    contact = org.create("Contact", FirstName="Adeline")
    account = org.create("Account")
    org.control("convert_lead", id=lead, account_id=account, contact_id=contact, map_fields={"Leadloom_Id__c": "Leadloom_Id__c"})
    row = org.row(contact, "Contact")
    assert (row["FirstName"], row["Phone"], row["Leadloom_Id__c"]) == ("Adeline", "555-0101", "k-1")


@pytest.mark.parametrize(("dial", "kept"), [("vanishes", "k-winner"), ("moves", "k-loser")])
def test_29_a_merge_deletes_the_loser_and_its_external_id_moves_or_vanishes(org: SandboxOrg, dial: str, kept: str) -> None:
    winner, loser = (org.create("Contact", Leadloom_Id__c=f"k-{name}") for name in ("winner", "loser"))
    task = org.create("Task", WhoId=loser, Subject="Call")
    org.control("configure", merge_external_id=dial)
    org.control("merge", object="Contact", winner=winner, losers=[loser])
    row = org.row(loser, "Contact")
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)
    assert org.row(winner, "Contact")["Leadloom_Id__c"] == kept
    assert org.row(task, "Task")["WhoId"] == winner
    assert org.send("GET", "/sobjects/Contact/Leadloom_Id__c/k-loser").status == (200 if dial == "moves" else 404)


def test_an_undeleted_row_lives_again_unless_its_unique_value_is_taken(org: SandboxOrg) -> None:
    first = org.create(Leadloom_Id__c="k-1")
    org.control("delete", object="Lead", id=first)
    second = org.create(Leadloom_Id__c="k-1")
    with pytest.raises(ValueError, match="DUPLICATE_VALUE"):
        org.control("undelete", object="Lead", id=first)
    org.control("delete", object="Lead", id=second)
    org.control("undelete", object="Lead", id=first)
    assert org.ids("SELECT Id FROM Lead") == [first]


def test_a_row_is_found_by_the_external_id_of_its_parent(org: SandboxOrg) -> None:
    account = org.create("Account", Leadloom_Id__c="acme")
    contact = org.create("Contact", Account={"Leadloom_Id__c": "ACME"})
    assert org.row(contact, "Contact")["AccountId"] == account
    missing = org.send("POST", "/sobjects/Contact", {"LastName": "Archer", "Account": {"Leadloom_Id__c": "none"}})
    assert missing.code == "INVALID_FIELD"


def test_an_inactive_user_cannot_own_records(org: SandboxOrg) -> None:
    user = org.control("users")["crm"]
    org.control("update", object="User", id=user, fields={"IsActive": False})
    assert org.send("POST", "/sobjects/Lead", TWIN | {"OwnerId": user}).code == "INACTIVE_OWNER_OR_USER"


def test_reset_brings_back_a_fresh_org_and_unknown_dials_and_verbs_are_told(org: SandboxOrg) -> None:
    org.create()
    org.control("reset")
    assert org.control("count", object="Lead") == {"count": 0}
    with pytest.raises(ValueError, match="daily_limit"):
        org.control("configure", dayly_limit=1)
    with pytest.raises(ValueError, match="convert_lead"):
        org.control("convertlead")


def test_a_control_verb_that_is_refused_half_way_changes_nothing(org: SandboxOrg) -> None:
    lead = org.create(FirstName="Ada")
    with pytest.raises(ValueError, match="No such column"):
        org.control("convert_lead", id=lead, map_fields={"FirstName": "Shoe__c"})
    assert org.control("count", object="Account") == {"count": 0}
    assert org.row(lead)["IsConverted"] is False
