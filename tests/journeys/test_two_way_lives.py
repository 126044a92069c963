"""What becomes of records in either CRM, converted, merged, deleted or there before us: the tie follows, and nobody is made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.journey import FIELDS, person, sync_mapping
from tests.support.two_way import NAMES, Both, both

CONTACTS = sync_mapping(
    "sf",
    name="sf contacts",
    to={"connection": "sf", "object": "Contact"},
    when='job_title == "Customer"',
    fields={name: FIELDS["sf"][name] for name in ("Email", "FirstName", "LastName", "Title")},
)


def convert(crms: Both, number: int = 0) -> str:
    """Sales converts the n-th person's lead; give the contact's id."""
    made = crms.at.control("sf", "convert_lead", id=crms.record_id("sf", number), opportunity="A deal")
    return str(made["contactId"])


def test_a_converted_lead_is_never_written_again_and_its_contact_is_tied(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        lead = crms.record_id("sf", 0)
        contact = convert(crms)
        crms.quiet()
        (frozen,) = crms.at.control("sf", "records", object="Lead", where={"Id": lead})

        # when the person comes by the form again
        crms.at.submit(person(0, job_title="Owner"))
        crms.quiet()

        # then HubSpot has it, no new lead was made, and the contact stands in the books without being written
        assert crms.said("hs", 0, "job_title") == ["Owner"]
        assert crms.at.control("sf", "records", object="Lead") == [frozen]
        assert ("predecessor", "not_wanted", "converted") in crms.states("sf")
        tied = crms.at.rows("SELECT remote_id, state FROM link WHERE connection = 'sf' AND object = 'Contact'")
        assert tied == [(contact, "not_wanted")]
        assert crms.at.parked("sf") == []


def test_a_converted_lead_goes_on_as_the_contact_that_a_mapping_writes(tmp_path: Path) -> None:
    with both(tmp_path, mappings=[CONTACTS]) as crms:
        crms.quiet()
        contact = convert(crms)
        crms.quiet()

        # when the person has become one that the contacts' mapping writes
        crms.at.submit(person(0, job_title="Customer", last_name="Writer"))
        crms.quiet()

        # then the contact that the conversion made is written, and no second one was made
        (only,) = crms.at.control("sf", "records", object="Contact")
        assert (only["Id"], only["Title"], only["LastName"]) == (contact, "Customer", "Writer")
        assert len(crms.at.records("sf")) == 1

        # and what sales corrects in the contact is in HubSpot
        crms.at.control("sf", "update", object="Contact", id=contact, fields={"FirstName": "Zoë-Marie"})
        crms.quiet()
        assert crms.said("hs", 0, "first_name") == ["Zoë-Marie"]


@pytest.mark.parametrize("keeps_id", [False, True])
def test_a_merge_in_hubspot_takes_the_tie_along_whatever_id_the_survivor_has(tmp_path: Path, keeps_id: bool) -> None:
    with both(tmp_path, people=2) as crms:
        crms.quiet()
        crms.at.control("hs", "configure", merge_keeps_primary_id=keeps_id)

        # when somebody merges the second into the first
        first, second = (crms.record_id("hs", number) for number in (0, 1))
        survivor = str(crms.at.control("hs", "merge", primary=first, loser=second)["id"])
        crms.quiet()

        # then they are one person here, tied to the survivor, and an edit in Salesforce is written there
        assert (survivor == first) is keeps_id
        assert crms.people() == 1
        primary = crms.at.rows("SELECT remote_id, state FROM link WHERE connection = 'hs' AND role = 'primary'")
        assert primary == [(survivor, "level")]
        lead = crms.at.rows("SELECT remote_id FROM link WHERE connection = 'sf' AND role = 'primary'")[0][0]
        crms.set("sf", lead, {"Title": "Owner"})
        crms.quiet()
        assert crms.by_id("hs")[survivor]["jobtitle"] == "Owner"
        assert len(crms.by_id("hs")) == 1


@pytest.mark.parametrize("external_id", ["vanishes", "moves"])
def test_a_merge_in_salesforce_takes_the_tie_along_whatever_becomes_of_our_id(tmp_path: Path, external_id: str) -> None:
    with both(tmp_path, people=2) as crms:
        crms.quiet()
        crms.at.control("sf", "configure", merge_external_id=external_id)

        # when sales merges the first into the second
        loser, winner = (crms.record_id("sf", number) for number in (0, 1))
        crms.at.control("sf", "merge", object="Lead", winner=winner, losers=[loser])
        crms.quiet()

        # then they are one person here, one lead there, and an edit in HubSpot is written to the winner
        assert crms.people() == 1
        assert list(crms.by_id("sf")) == [winner]
        primary = crms.at.rows("SELECT remote_id, state FROM link WHERE connection = 'sf' AND role = 'primary'")
        assert primary == [(winner, "level")]
        contact = crms.at.rows("SELECT remote_id FROM link WHERE connection = 'hs' AND role = 'primary'")[0][0]
        crms.at.clock.advance(60)
        crms.set("hs", contact, {"jobtitle": "Owner"})
        crms.quiet()
        assert crms.by_id("sf")[winner]["Title"] == "Owner"
        assert list(crms.by_id("sf")) == [winner]


def test_a_lead_merged_into_one_that_we_do_not_know_goes_on_there(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        crms.at.control("sf", "configure", merge_external_id="moves")
        stranger = crms.create("sf", last_name="Unknown", email="unknown@example.org")
        crms.go()

        crms.at.control("sf", "merge", object="Lead", winner=stranger, losers=[crms.record_id("sf", 0)])
        crms.quiet()
        crms.at.submit(person(0, job_title="Owner"))
        crms.quiet()

        assert list(crms.by_id("sf")) == [stranger]
        assert crms.by_id("sf")[stranger]["Title"] == "Owner"
        assert crms.people() == 1


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_deleted_record_is_not_made_anew_by_the_next_form(tmp_path: Path, crm: str) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        other = "hs" if crm == "sf" else "sf"

        # when somebody deletes the record in one CRM, and the person comes by the form again
        crms.delete(crm, crms.record_id(crm, 0))
        crms.quiet()
        crms.at.submit(person(0, job_title="Owner"))
        crms.quiet()

        # then it stays deleted, and the other CRM goes on
        assert crms.at.records(crm) == []
        assert crms.said(other, 0, "job_title") == ["Owner"]
        assert crms.states(crm) == [("primary", "not_wanted", "deleted_there")]


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_deletion_is_propagated_where_the_mapping_says_so(tmp_path: Path, crm: str) -> None:
    with both(tmp_path, people=3, on_delete="propagate") as crms:
        crms.quiet()

        crms.delete(crm, crms.record_id(crm, 0))
        crms.quiet()

        left = [person(1)["email"], person(2)["email"]]
        assert crms.at.emails("sf") == crms.at.emails("hs") == left


def test_too_many_deletions_wait_for_a_person(tmp_path: Path) -> None:
    with both(tmp_path, people=15, on_delete="propagate") as crms:
        crms.quiet()

        # when somebody empties Salesforce
        for record_id in list(crms.by_id("sf")):
            crms.delete("sf", record_id)
        crms.quiet()

        # then HubSpot is left as it is until a person says yes
        assert len(crms.by_id("hs")) == 15
        assert {code for code, _, _ in crms.at.parked("hs")} == {"safety_stop"}
        crms.at.replay()
        crms.quiet()
        assert crms.by_id("hs") == {}


def test_a_first_sync_of_two_full_crms_takes_over_what_is_there_and_makes_nothing_twice(tmp_path: Path) -> None:
    with both(tmp_path, people=0, new_records="take", fill=True) as crms:
        # given people in both CRMs, in Salesforce alone and in HubSpot alone, before the first poll
        for number in range(30):
            for crm in ("sf", "hs") if number < 10 else (("sf",) if number < 20 else ("hs",)):
                title = {"job_title": f"Title in {crm}"} if crm == "sf" or number >= 20 else {}
                crms.create(crm, **{name: value for name, value in person(number).items() if name in NAMES[crm]}, **title)
        crms.quiet()

        # then everybody is in both CRMs once, and blanks were filled from the other side
        everybody = sorted(person(number)["email"] for number in range(30))
        assert crms.at.emails("sf") == crms.at.emails("hs") == everybody
        assert crms.people() == 30
        assert crms.at.links("sf") == crms.at.links("hs") == {"level": 30}
        assert [crms.said("hs", number, "job_title") for number in (0, 15)] == [["Title in sf"], ["Title in sf"]]

        # and from then on both are followed
        crms.edit("hs", 3, company="Later Ltd")
        crms.quiet()
        assert crms.said("sf", 3, "company") == ["Later Ltd"]


def test_records_that_differ_are_taken_over_without_a_write(tmp_path: Path) -> None:
    with both(tmp_path, people=0, new_records="take") as crms:
        # given the same person in both CRMs under the same address, with another title each
        for crm in ("sf", "hs"):
            crms.create(crm, **{name: person(0)[name] for name in ("email", "last_name", "company")}, job_title=f"Title in {crm}")
        crms.quiet()

        # then they are one person, nothing is overwritten, and the difference is listed
        assert crms.people() == 1
        assert [crms.said(crm, 0, "job_title") for crm in ("sf", "hs")] == [["Title in sf"], ["Title in hs"]]
        listed = crms.at.rows("SELECT diverged_fields FROM link WHERE diverged_fields IS NOT NULL")
        assert any("itle" in str(row[0]) for row in listed)
