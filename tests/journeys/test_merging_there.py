"""People merged here, and what becomes of their records in Salesforce and HubSpot: merged there, left, or told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.model.ids import GoldenId
from core.runtime.desk.conflicts import Filter, list_conflicts
from core.runtime.desk.merging import merge
from core.runtime.desk.unmerging import plan_unmerge, unmerge
from core.runtime.releases import running_rules
from tests.support.journey import World
from tests.support.two_way import Both, both

CALLS = {"sf": r"^POST /services/Soap/u/", "hs": r"/contacts/merge$"}
DAY = 86_400.0


def rules(at: World) -> Any:
    return running_rules(at.installation.config, at.connections.configured(), at.store)


def join(crms: Both) -> Any:
    """A person says that the two are one."""
    at = crms.at
    one, other = sorted(row[0] for row in at.rows("SELECT id FROM golden WHERE state = 'active'"))
    return merge(at.store, rules(at), (GoldenId(one), GoldenId(other)), by="person:ada", why="", now=at.clock.now())


def taken_back(crms: Both, lost: GoldenId) -> None:
    at = crms.at
    plan = plan_unmerge(at.store, rules(at), lost, recreate=True)
    unmerge(at.store, rules(at), plan, by="person:ada", now=at.clock.now(), recreate=True)


def roles(crms: Both, crm: str) -> list[tuple[str, str, str | None]]:
    return sorted(crms.at.rows("SELECT role, state, reason_code FROM link WHERE connection = :c", c=crm))


MERGED = [("primary", "level", None), ("secondary", "not_wanted", "merged_there")]


@pytest.mark.parametrize("keeps_id", [False, True])
def test_both_crms_merge_the_records_and_an_edit_goes_to_the_survivors(tmp_path: Path, keeps_id: bool) -> None:
    with both(tmp_path, people=2, on_merge="merge") as crms:
        crms.quiet()
        crms.at.control("hs", "configure", merge_keeps_primary_id=keeps_id)

        join(crms)
        crms.quiet()

        assert crms.people() == 1
        assert {crm: len(crms.by_id(crm)) for crm in ("sf", "hs")} == {"sf": 1, "hs": 1}
        assert {crm: roles(crms, crm) for crm in ("sf", "hs")} == {"sf": MERGED, "hs": MERGED}
        ((lead, _),) = crms.by_id("sf").items()
        crms.set("sf", lead, {"Title": "Owner"})
        crms.quiet()
        ((_, contact),) = crms.by_id("hs").items()
        assert contact["jobtitle"] == "Owner"


@pytest.mark.parametrize("kind", ["reset_after", "truncated_after", "reset"])
@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_lost_answer_to_a_merge_is_found_out(tmp_path: Path, crm: str, kind: str) -> None:
    with both(tmp_path, people=2, on_merge="merge") as crms:
        crms.quiet()
        crms.at.fault(crm, match=CALLS[crm], kind=kind)

        join(crms)
        crms.at.run_for(DAY / 24)
        crms.quiet()

        assert kind in [entry.fault for entry in crms.at.asked(crm)]
        assert len(crms.by_id(crm)) == 1
        assert roles(crms, crm) == MERGED
        assert crms.at.parked(crm) == []


@pytest.mark.parametrize("on_merge", ["relink", "flag"])
def test_without_a_merge_there_both_records_stay(tmp_path: Path, on_merge: str) -> None:
    with both(tmp_path, people=2, on_merge=on_merge) as crms:
        crms.quiet()

        join(crms)
        crms.quiet()

        assert {crm: len(crms.by_id(crm)) for crm in ("sf", "hs")} == {"sf": 2, "hs": 2}
        assert crms.people() == 1
        listed = list_conflicts(crms.at.store, rules(crms.at), Filter(), 10)
        assert len([each for each in listed if each.kind.value == "double"]) == (2 if on_merge == "flag" else 0)


def test_a_merge_taken_back_makes_the_lost_records_anew_where_that_was_approved(tmp_path: Path) -> None:
    with both(tmp_path, people=2, on_merge="merge") as crms:
        crms.quiet()
        done = join(crms)
        crms.quiet()

        taken_back(crms, done.loser)
        crms.quiet()

        # HubSpot keeps the lost one's address with the survivor, so that a person must take it out there first
        assert crms.people() == 2
        assert {crm: len(crms.by_id(crm)) for crm in ("sf", "hs")} == {"sf": 2, "hs": 1}
        assert crms.at.parked("sf") == []
        (waits,) = crms.at.parked("hs")
        assert "belongs to another of our records" in str(waits)
