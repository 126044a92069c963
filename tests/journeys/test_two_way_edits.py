"""What people change in Salesforce is in HubSpot, and the other way round: once, and nothing bounces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.journey import person
from tests.support.two_way import Both, both


def test_an_edit_in_salesforce_is_in_hubspot_and_does_not_come_back(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        # given a person in both CRMs, and nothing left to do
        crms.quiet()
        before = crms.writes()

        # when sales corrects the title in Salesforce
        crms.edit("sf", 0, job_title="Managing Director")
        crms.quiet()

        # then HubSpot has it by one write, and Salesforce was not written
        assert crms.said("hs", 0, "job_title") == ["Managing Director"]
        assert crms.writes() == {"sf": before["sf"], "hs": before["hs"] + 1}
        assert crms.people() == 1


def test_an_edit_in_hubspot_is_in_salesforce_by_its_signed_webhook_alone(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        before = crms.writes()

        # when marketing corrects the name in HubSpot, and nothing is polled
        crms.edit("hs", 0, first_name="Zoë-Marie")
        crms.go(polls=False)

        # then the webhook brought it, and polls afterwards find nothing new
        assert crms.said("sf", 0, "first_name") == ["Zoë-Marie"]
        crms.quiet()
        assert crms.writes() == {"sf": before["sf"] + 1, "hs": before["hs"]}
        assert set(crms.door.statuses) <= {200, 204}


def test_edits_of_different_fields_on_both_sides_are_both_kept(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()

        crms.edit("sf", 0, job_title="Managing Director")
        crms.edit("hs", 0, company="Example 0 Group")
        crms.quiet()

        for crm in ("sf", "hs"):
            assert crms.said(crm, 0, "job_title", "company") == ["Managing Director", "Example 0 Group"]


@pytest.mark.parametrize(("first", "second"), [("sf", "hs"), ("hs", "sf")])
def test_of_two_edits_of_the_same_field_the_later_one_stands_on_both_sides(tmp_path: Path, first: str, second: str) -> None:
    with both(tmp_path) as crms:
        crms.quiet()

        crms.edit(first, 0, job_title="Earlier")
        crms.at.clock.advance(5)
        crms.edit(second, 0, job_title="Later")
        crms.quiet()

        assert crms.said("sf", 0, "job_title") == crms.said("hs", 0, "job_title") == ["Later"]


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_blank_in_one_crm_erases_nothing_in_the_other(tmp_path: Path, crm: str) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        before = crms.writes()

        crms.edit(crm, 0, job_title="" if crm == "hs" else None)
        crms.quiet()

        other = "hs" if crm == "sf" else "sf"
        assert crms.said(other, 0, "job_title") == ["Director"]
        assert crms.said(crm, 0, "job_title") == [None]
        assert crms.writes() == before


def test_a_form_goes_into_both_crms_beside_an_edit_that_it_does_not_touch(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()
        crms.edit("sf", 0, first_name="Zoë-Marie")
        crms.at.clock.advance(120)

        # when the person fills in the form anew, with another title and no first name, before anything was polled
        crms.at.submit({"email": person(0)["email"], "job_title": "Owner"})
        crms.quiet()

        for crm in ("sf", "hs"):
            assert crms.said(crm, 0, "job_title", "first_name") == ["Owner", "Zoë-Marie"]


def test_push_and_polls_together_tell_each_change_once(tmp_path: Path) -> None:
    with both(tmp_path, people=5) as crms:
        crms.quiet()
        before = crms.writes()
        crms.at.control("hs", "configure", duplicate_webhooks=True, shuffle_webhooks=True)

        # when five are edited in HubSpot, whose webhooks come double and in disorder, and polls find the same
        for number in range(5):
            crms.edit("hs", number, job_title=f"Title {number}")
        crms.poll("hs")
        crms.push()
        crms.poll("hs")
        crms.quiet()

        # then Salesforce got each once, in one call, and each was one piece of news
        assert [crms.said("sf", number, "job_title") for number in range(5)] == [[f"Title {number}"] for number in range(5)]
        assert crms.writes() == {"sf": before["sf"] + 1, "hs": before["hs"]}
        told = crms.at.rows("SELECT count(*) FROM observation WHERE link_id IS NOT NULL")
        assert told == [(5,)]


def test_rows_that_become_visible_late_and_equal_stamps_are_not_missed(tmp_path: Path) -> None:
    with both(tmp_path, people=6, push=False) as crms:
        crms.quiet()

        # given searches that lag behind, in both CRMs
        crms.at.control("sf", "configure", lag=20)
        crms.at.control("hs", "configure", index_delay_seconds=20)

        # when people are edited in the same moment, around polls that do not see all of it yet
        for number in range(3):
            crms.edit("sf", number, job_title=f"Late {number}")
            crms.edit("hs", number + 3, job_title=f"Late {number + 3}")
        crms.at.clock.advance(19)
        crms.poll()
        crms.edit("sf", 0, company="Later Ltd")
        crms.poll()
        crms.at.clock.advance(2)
        crms.poll()
        crms.quiet()

        # then every edit is on the other side
        for number in range(6):
            assert crms.said("sf", number, "job_title") == crms.said("hs", number, "job_title") == [f"Late {number}"]
        assert crms.said("hs", 0, "company") == ["Later Ltd"]


def test_two_workflows_that_answer_every_write_are_stopped_and_the_field_is_listed(tmp_path: Path) -> None:
    with both(tmp_path) as crms:
        crms.quiet()

        # given a workflow in each CRM that insists on its own word for the same thing, and somebody who starts them
        crms.edit("sf", 0, job_title="Boss")
        answers = sum(answer_back(crms, {"sf": "CEO", "hs": "Chief executive"}) for _ in range(16))

        # then the loop is broken after a few rounds, each side has its own word, and nothing is written any more
        assert 4 <= answers <= 10
        assert [crms.said("sf", 0, "job_title"), crms.said("hs", 0, "job_title")] == [["CEO"], ["Chief executive"]]
        crms.quiet()

        # and the field is listed as frozen, while the person's other fields go on
        frozen = [str(row[0]) for row in crms.at.rows("SELECT frozen_fields FROM link WHERE frozen_fields IS NOT NULL")]
        assert any("Title" in each or "jobtitle" in each for each in frozen)
        crms.edit("sf", 0, company="Example Group")
        crms.quiet()
        assert crms.said("hs", 0, "company") == ["Example Group"]


def answer_back(crms: Both, words: Mapping[str, str]) -> int:
    """A minute of life, at whose end workflows put their own words where something else was written; how many did."""
    crms.go()
    changed = [crm for crm, word in words.items() if crms.said(crm, 0, "job_title") != [word]]
    for crm in changed:
        crms.edit(crm, 0, job_title=words[crm])
    return len(changed)
