"""Two golden records that a person makes one, or tells apart: remembered, and never overruled by a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.flow.pipeline import Rules
from core.flow.regrouping import CannotMerge
from core.model.ids import GoldenId
from core.model.merges import Verdict
from core.runtime.desk.merging import ToldApart, merge, tell_different
from core.runtime.desk.unmerging import CannotUnmerge, merges, plan_unmerge, unmerge
from core.runtime.releases import running_rules
from core.store.queries.decision import KnownPeople
from core.store.queries.merging import apart_of, merges_of, verdict_of
from tests.support.office import INBOUND, SYNC, Office, office

PHONED: Mapping[str, Any] = {**INBOUND, "fields": {**INBOUND["fields"], "email": "mail", "phone": "phone"}}
KIM, WORK = {"mail": "kim@example.com", "last": "Osei"}, {"mail": "k.osei@example.org", "last": "Osei", "phone": "+493023125001"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, PHONED, SYNC) as opened:
        yield opened


def people(desk: Office) -> list[GoldenId]:
    """The living golden records, oldest first."""
    return [GoldenId(row[0]) for row in desk.sql("SELECT id FROM golden WHERE state = 'active' ORDER BY id")]


def rules(desk: Office) -> Rules:
    """The mappings in force."""
    return running_rules(desk.installation.config, desk.connections.configured(), desk.store)


def two(desk: Office) -> tuple[GoldenId, GoldenId]:
    """Two people, delivered."""
    desk.submit(KIM)
    desk.step("decide")
    desk.submit(WORK)
    desk.settle()
    one, other = people(desk)
    return one, other


def joined(desk: Office, by: str = "person:ada") -> Any:
    """The two made one."""
    return merge(desk.store, rules(desk), two(desk), by=by, why="seen side by side", now=desk.clock.now())


def said(desk: Office, one: GoldenId, other: GoldenId) -> Verdict | None:
    """What is remembered of a pair."""
    with desk.store.snapshot() as snapshot:
        return verdict_of(snapshot, [(one, other)]).get((one, other))


def test_a_merge_by_a_person_leaves_one_record_with_its_history(desk: Office) -> None:
    done = joined(desk)

    assert people(desk) == [done.survivor]
    with desk.store.snapshot() as snapshot:
        (event,) = merges_of(snapshot, [done.survivor])
        golden = KnownPeople(snapshot).goldens([done.survivor])[done.survivor]
    assert (event.id, event.loser, event.survivor, event.by, event.why) == (
        done.event,
        done.loser,
        done.survivor,
        "person:ada",
        "seen side by side",
    )
    assert (len(event.lost.observations), len(event.lost.links), len(event.lost.inbox), len(event.lost.consents)) == (1, 1, 1, 0)
    assert {key.kind for key in event.lost.keys} == {"email", "phone_first", "phone_last"}
    assert {link.remote_id for link in (*event.lost.links, *event.kept.links)} == {link.remote_id for link in golden.links}
    assert golden.values["email"].value == "k.osei@example.org"


def test_a_merge_by_a_key_is_told_with_the_submission_that_caused_it(desk: Office) -> None:
    two(desk)
    desk.submit({"mail": "kim@example.com", "last": "Osei", "phone": "+493023125001"})
    desk.step("decide")

    (survivor,) = people(desk)
    with desk.store.snapshot() as snapshot:
        (event,) = merges_of(snapshot, [survivor])
    assert event.by == "key:phone_first"
    assert event.inbox_id == 3
    assert "phone_first" in event.why


def test_records_told_apart_are_not_merged_by_a_key(desk: Office) -> None:
    one, other = two(desk)
    tell_different(desk.store, (other, one), by="person:ada", now=desk.clock.now())

    desk.submit({"mail": "kim@example.com", "last": "Osei", "phone": "+493023125001"})
    desk.step("decide")

    assert people(desk) == [one, other]
    (row,) = desk.sql("SELECT golden_id, outcome, reason_code, reason FROM inbox WHERE id = 3")
    assert row[:3] == (one, "merged", "told_apart"), "the owner of the e-mail gets it: an address says more than a phone"
    assert other in row[3] and "phone_first" in row[3]


def test_what_was_told_apart_stays_apart_when_one_of_them_is_merged_into_a_third(desk: Office) -> None:
    one, other = two(desk)
    desk.submit({"mail": "third@example.net", "last": "Third"})
    desk.step("decide")
    third = people(desk)[2]
    tell_different(desk.store, (other, third), by="person:ada", now=desk.clock.now())

    merge(desk.store, rules(desk), (one, third), by="person:ada", why="", now=desk.clock.now())
    desk.submit({"mail": "third@example.net", "last": "Osei", "phone": "+493023125001"})
    desk.step("decide")

    assert people(desk) == [one, other]
    assert said(desk, one, other) is Verdict.DIFFERENT


def test_a_model_does_not_overrule_a_person_but_a_person_may_change_their_mind(desk: Office) -> None:
    pair = two(desk)
    tell_different(desk.store, pair, by="person:ada", now=desk.clock.now())

    with pytest.raises(ToldApart, match="different"):
        merge(desk.store, rules(desk), pair, by="model", why="p 0.99", now=desk.clock.now())
    done = merge(desk.store, rules(desk), pair, by="person:ben", why="", now=desk.clock.now())

    assert people(desk) == [done.survivor]
    assert desk.sql("SELECT verdict, by FROM verdict") == [("same", "person:ben")]


def test_a_model_leaves_no_verdict(desk: Office) -> None:
    joined(desk, by="model")

    assert desk.sql("SELECT count(*) FROM verdict") == [(0,)]


def test_what_is_one_already_or_not_there_cannot_be_merged(desk: Office) -> None:
    done = joined(desk)

    with pytest.raises(CannotMerge, match="one record already"):
        merge(desk.store, rules(desk), (done.loser, done.survivor), by="person:ada", why="", now=desk.clock.now())
    with pytest.raises(CannotMerge, match="no golden record 'nobody'"):
        tell_different(desk.store, (done.survivor, GoldenId("nobody")), by="person:ada", now=desk.clock.now())


def test_explain_tells_of_a_submission_that_linked_two_who_were_told_apart(desk: Office) -> None:
    pair = two(desk)
    tell_different(desk.store, pair, by="person:ada", now=desk.clock.now())
    desk.submit({"mail": "kim@example.com", "last": "Osei", "phone": "+493023125001"})
    desk.step("decide")

    with desk.store.snapshot() as snapshot:
        verdict, submission = apart_of(snapshot, pair[0])

    assert verdict.startswith(f"Told apart from {pair[1]} by person:ada")
    assert submission.startswith("inbox:3: It also has the phone_first") and pair[1] in submission


def test_of_a_merge_that_was_taken_back_only_the_fact_is_kept(desk: Office) -> None:
    done = joined(desk)
    plan = plan_unmerge(desk.store, rules(desk), done.survivor)
    unmerge(desk.store, rules(desk), plan, by="person:ben", now=desk.clock.now())

    (event,) = merges(desk.store, done.loser)
    assert (event.id, event.undone_by, event.lost.observations, event.kept.links) == (done.event, "person:ben", (), ())
    with pytest.raises(CannotUnmerge, match="No merge"):
        plan_unmerge(desk.store, rules(desk), done.survivor)


def test_several_merges_into_one_have_to_be_named(desk: Office) -> None:
    done = joined(desk)
    desk.submit({"mail": "third@example.net", "last": "Third"})
    desk.step("decide")
    third = people(desk)[1]
    merge(desk.store, rules(desk), (done.survivor, third), by="person:ada", why="", now=desk.clock.now())

    with pytest.raises(CannotUnmerge, match="--event"):
        plan_unmerge(desk.store, rules(desk), done.survivor)
    assert plan_unmerge(desk.store, rules(desk), done.survivor, event_id=done.event).event.loser == done.loser
    assert plan_unmerge(desk.store, rules(desk), third).event.loser == third


def test_what_came_since_goes_to_the_side_whose_keys_it_carries_else_it_stays_and_is_told(desk: Office) -> None:
    done = joined(desk)
    desk.submit({**WORK, "company": "Looms"})
    desk.submit({**KIM, "phone": WORK["phone"]})
    desk.settle()

    plan = plan_unmerge(desk.store, rules(desk), done.loser)
    unmerge(desk.store, rules(desk), plan, by="person:ben", now=desk.clock.now())

    assert [each.inbox_id for each in plan.parting.unsure] == [4], "it has keys of both"
    homes = dict(desk.sql("SELECT id, golden_id FROM inbox"))
    assert homes == {1: done.survivor, 2: done.loser, 3: done.loser, 4: done.survivor}
