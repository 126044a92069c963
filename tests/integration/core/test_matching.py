"""The match lane on the real store: what is proposed, what ends, what a person's word does, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from core.flow.identity.answered import FEWEST_ANSWERS, Answer, train
from core.flow.identity.model import Model
from core.flow.identity.profile import profile_of
from core.runtime.desk.review import answer, differs, list_open, review
from core.runtime.desk.review_model import CannotTrain, model_state, switch_model, train_model
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.lanes.worker import StepReport
from core.store.commands.matching import KeepModel
from core.store.commands.upsert import table_of
from core.store.match_tables import MatchDueRow, MatchKeyRow, MatchProfileRow, ReviewPairRow
from core.store.queries.match_status import matching_counts
from core.store.queries.matching import PROFILE_PLACE
from core.store.tables import GoldenRow
from tests.support.builders import rules
from tests.support.engine import WORKSPACE, Engine, running

MATCH = LaneName(LaneKind.MATCH)
ADA: Mapping[str, Any] = {
    "email": "ada.lovelace@example.com",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Analytical Engines",
    "phone": "+493023125001",
    "city": "Berlin",
}
TYPO = {**ADA, "email": "ada.lovelase@example.com", "last_name": "Lovelase", "phone": ""}
OTHER = {"email": "bruno.krause@example.org", "first_name": "Bruno", "last_name": "Krause", "company": "Other Ltd", "city": "Bonn"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running(rules()) as made:
        yield made


def take_in(engine: Engine, *people: Mapping[str, Any]) -> None:
    """Have people decided, one after the other."""
    for person in people:
        engine.push(f"e{engine.clock.seconds()}-{person['email']}", person)
        engine.decide()


def match(engine: Engine) -> StepReport:
    """Let the lane become due, and step it."""
    engine.clock.advance(3)
    return engine.step(MATCH)


def pairs(engine: Engine) -> list[tuple[str, str, str]]:
    """All pairs with their states."""
    return [(row.left_id, row.right_id, row.state) for row in engine.rows(ReviewPairRow)]


def people(engine: Engine) -> list[str]:
    """The living golden records, oldest first."""
    return sorted(row.id for row in engine.rows(GoldenRow) if row.state == "active")


def say(engine: Engine, word: str) -> str:
    """Answer the likeliest open pair."""
    pair = list_open(engine.store, 1)[0]
    return answer(engine.store, engine.rules, (pair.left_id, pair.right_id), word, by="kim", now=engine.clock.now())


def test_two_records_that_a_typo_keeps_apart_are_proposed(engine: Engine) -> None:
    take_in(engine, ADA, TYPO, OTHER)

    report = match(engine)

    one, other, _ = people(engine)
    assert report.counts["proposed"] == 1
    assert pairs(engine) == [(one, other, "open")]
    assert list_open(engine.store, 5)[0].probability > 0.5
    assert engine.rows(MatchDueRow) == []


def test_the_lane_is_due_after_a_decision_and_rests_when_all_is_matched(engine: Engine) -> None:
    take_in(engine, ADA)
    assert engine.due()[MATCH] == engine.clock.now() + timedelta(seconds=2)

    match(engine)

    assert MATCH not in engine.due()


def proposed(*groups: tuple[Mapping[str, Any], ...]) -> list[Any]:
    """What is proposed when these groups come one after the other."""
    with running(rules()) as engine:
        for group in groups:
            take_in(engine, *group)
            match(engine)
        return [(row.probability, row.parts) for row in engine.rows(ReviewPairRow)]


def test_a_pair_does_not_depend_on_who_came_first_or_on_the_batch() -> None:
    apart, together, reverse = proposed((OTHER, ADA), (TYPO,)), proposed((ADA, TYPO, OTHER)), proposed((TYPO, OTHER), (ADA,))

    assert len(apart) == 1
    assert [parts[1:] for _, parts in apart] == [parts[1:] for _, parts in reverse] == [parts[1:] for _, parts in together]


def test_what_a_person_told_apart_is_never_proposed_again(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    say(engine, "different")

    take_in(engine, {**TYPO, "city": "Potsdam"}, {**ADA, "job_title": "Countess"})
    match(engine)

    assert [state for _, _, state in pairs(engine)] == ["different"]
    assert list_open(engine.store, 5) == []
    assert len(people(engine)) == 2


def test_the_word_same_merges_and_the_pair_is_remembered(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    one, other = people(engine)

    assert say(engine, "same") == one

    match(engine)
    assert people(engine) == [one]
    assert pairs(engine) == [(one, other, "same")]
    assert [row.golden_id for row in engine.rows(MatchProfileRow)] == [one]


def test_nothing_is_left_of_a_record_that_was_merged_away(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    say(engine, "same")
    match(engine)

    (profile,) = engine.rows(MatchProfileRow)
    assert {row.number for row in engine.rows(MatchKeyRow)} == {profile.number}
    assert len(engine.rows(MatchKeyRow)) == len(profile.postings) // 8


def test_a_pair_ends_when_the_records_are_no_longer_alike(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)

    engine.clock.advance(60)
    take_in(
        engine, {**TYPO, "first_name": "Grace", "last_name": "Hopper", "company": "Compilers", "city": "Bonn", "phone": "+493023125077"}
    )
    match(engine)

    assert [state for _, _, state in pairs(engine)] == ["obsolete"]


def test_a_pair_that_ended_is_proposed_again_when_the_records_are_alike_again(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    for change in ({"first_name": "Grace", "last_name": "Hopper", "company": "Compilers"}, {}):
        engine.clock.advance(60)
        take_in(engine, {**TYPO, **change})
        match(engine)

    assert [state for _, _, state in pairs(engine)] == ["open"]


def test_two_records_side_by_side_say_what_differs_and_what_merging_does(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    engine.settle()

    pair = list_open(engine.store, 1)[0]
    found = review(engine.store, engine.rules, pair.left_id, pair.right_id)

    assert {each.field for each in found.fields if differs(each)} == {"email", "last_name"}
    assert any(each.words == "two records are seldom one person" for each in found.reasons)
    assert {each.connection for each in found.links} == {"crm"}


def test_a_pair_that_was_never_proposed_can_be_answered_too(engine: Engine) -> None:
    take_in(engine, ADA, OTHER)
    match(engine)
    one, other = people(engine)

    answer(engine.store, engine.rules, (other, one), "different", by="kim", now=engine.clock.now())

    assert pairs(engine) == [(one, other, "different")]


def test_personal_data_stands_neither_in_pairs_nor_in_keys(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)

    content = engine.file_bytes()
    assert b"ovela" not in content
    assert b"23125001" not in content


@pytest.mark.parametrize("death", range(1, 5))
def test_a_crash_between_proposals_leaves_no_double_and_loses_none(death: int) -> None:
    with running(rules()) as engine:
        engine._settings = engine.worker._settings.__class__(match=MatchBounds(batch=1))
        engine.restart()
        take_in(engine, ADA, TYPO, {**ADA, "email": "a.lovelace@example.org", "phone": "", "company": "Analytical Engine"})
        engine.clock.advance(3)
        engine.boundaries.deaths = {len(engine.boundaries.passed) + 2 * death}

        assert engine.survive(lambda: engine.step(MATCH))
        engine.settle()

        found = pairs(engine)
        assert len(found) == len(set(found))
        assert len(engine.rows(MatchProfileRow)) == len(people(engine)) == 3
        assert {(left, right) for left, right, _ in found} >= {tuple(people(engine)[:2])}


def test_it_gives_way_to_decisions(engine: Engine) -> None:
    take_in(engine, ADA)
    engine.push("more", OTHER)
    engine.clock.advance(3)

    report = engine.step(MATCH)

    assert report.counts["matched"] == 0
    assert engine.due()[MATCH] == engine.clock.now() + timedelta(seconds=2)


def flood(number: int) -> dict[str, Any]:
    """One of many leads of a robot: one name and company in many spellings of an address."""
    return {**ADA, "email": f"ada.lovelace{number}@example.com", "company": f"Analytical Engines {number}", "phone": "", "city": ""}


def test_a_flood_of_one_key_is_let_through_by_the_hour_and_nothing_is_lost() -> None:
    with running(rules()) as engine:
        engine._settings = engine.worker._settings.__class__(match=MatchBounds(per_key_and_hour=5, review_at=0.01))
        engine.restart()
        take_in(engine, *(flood(number) for number in range(8)))
        match(engine)
        with engine.store.snapshot() as snapshot:
            counts = matching_counts(snapshot)
        assert counts.open_pairs == 5
        assert counts.held > 0

        engine.settle()

        with engine.store.snapshot() as snapshot:
            counts = matching_counts(snapshot)
        assert (counts.open_pairs, counts.held) == (8 * 7 // 2, 0)


def trained(engine: Engine) -> None:
    """Put a model in force that follows the score."""
    model = Model.default().for_records(2)
    alike, unlike = model.score(profile_of(ADA), profile_of(TYPO)).parts, model.score(profile_of(ADA), profile_of(OTHER)).parts
    learnt = train([Answer(alike if number % 2 else unlike, is_same=bool(number % 2)) for number in range(FEWEST_ANSWERS)], 0.95)
    assert learnt.is_confirmed
    kept = KeepModel(WORKSPACE, engine.clock.now(), learnt.answers, learnt.held_out, learnt.precision, True, learnt.model.to_json())
    engine.store.write(kept)


def test_a_trained_model_merges_what_it_is_sure_of_and_only_while_it_is_switched_on(engine: Engine) -> None:
    trained(engine)
    switch_model(engine.store, on=False)
    take_in(engine, ADA, TYPO)
    match(engine)
    assert len(people(engine)) == 2

    switch_model(engine.store, on=True)
    engine.clock.advance(60)
    take_in(engine, {**TYPO, "city": "Potsdam"})
    match(engine)

    assert len(people(engine)) == 1
    (pair,) = engine.rows(ReviewPairRow)
    assert (pair.state, pair.decided_by) == ("same", "model")
    assert model_state(engine.store).answers == 0


def test_a_model_never_merges_what_a_person_told_apart(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    say(engine, "different")
    trained(engine)

    engine.clock.advance(60)
    take_in(engine, {**TYPO, "city": "Potsdam"})
    match(engine)

    assert len(people(engine)) == 2


def test_a_model_needs_a_hundred_answers(engine: Engine) -> None:
    take_in(engine, ADA, TYPO)
    match(engine)
    say(engine, "different")

    with pytest.raises(CannotTrain, match="1 of 100"):
        train_model(engine.store, 0.95, engine.clock.now())
    assert model_state(engine.store).answers == 1


def test_a_profile_of_another_version_is_made_anew(engine: Engine) -> None:
    take_in(engine, ADA)
    match(engine)
    (stored,) = engine.rows(MatchProfileRow)
    with engine.store.snapshot() as snapshot:
        sealed = engine.store.vault.seal(snapshot.key(stored.key_id), PROFILE_PLACE, b"older")
    engine.store.write(_Spoil(sealed))

    take_in(engine, TYPO)
    match(engine)

    assert [state for _, _, state in pairs(engine)] == ["open"]


@dataclass(frozen=True)
class _Spoil:
    """Puts something else in the place of every profile."""

    sealed: bytes

    def apply(self, tx: Connection) -> None:
        """Write it."""
        tx.execute(update(table_of(MatchProfileRow)).values(sealed_profile=self.sealed))
