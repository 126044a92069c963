"""Everything that was said about a field, in the order in which it counts, each with why it did not win."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.identity.survivorship import Lost, fold_values, ranked
from core.model.ids import LinkId
from core.model.records import Observation, Policy, Standing, Value
from tests.support.builders import NOON, inbound_mapping, observation, rules, submission
from tests.support.toy_world import ToyWorld

VALUES = st.dictionaries(st.sampled_from(["email", "city"]), st.sampled_from([None, "a", "b"]), max_size=2)
OBSERVATIONS = st.lists(st.tuples(VALUES, st.integers(0, 2), st.sampled_from(["form", "desk"]), st.integers(0, 2)), max_size=6).map(
    lambda many: [
        observation(n, values, authority=rank, observer=who, at=NOON + timedelta(minutes=minute))
        for n, (values, rank, who, minute) in enumerate(many)
    ]
)


@given(OBSERVATIONS)
def test_the_first_is_the_golden_value(many: list[Observation]) -> None:
    golden = fold_values(many)

    for name in ("email", "city"):
        found = ranked(many, name)
        assert [each.lost for each in found[:1]] == [None] * bool(found)
        assert {each.observation.id for each in found[:1]} == {golden[name].observation for _ in (1,) if name in golden}
        assert all(each.lost for each in found[1:])
        assert len(found) == sum(name in each.values for each in many)


@pytest.mark.parametrize(
    ("loser", "reason"),
    [
        ({"authority": 40}, Lost.AUTHORITY),
        ({"value": None}, Lost.EMPTY),
        ({"at": NOON - timedelta(days=1)}, Lost.OLDER),
        ({"observer": "desk"}, Lost.OBSERVER),
        ({"value": "Aachen"}, Lost.VALUE),
        ({}, Lost.SAME),
    ],
)
def test_whoever_lost_is_told_why(loser: dict[str, Any], reason: Lost) -> None:
    value = loser.pop("value", "Bremen")
    given: dict[str, Any] = {"authority": 60, "observer": "form", "at": NOON}
    winner = observation(2, {"city": "Bremen"}, **given)

    found = ranked([observation(1, {"city": value}, **(given | loser)), winner], "city")

    assert [each.lost for each in found] == [None, reason]
    assert found[0].observation is winner


def test_what_nobody_spoke_of_has_no_candidates() -> None:
    assert ranked([observation(1, {"city": "Bremen"})], "email") == []


def said_as(number: int, text: str, policy: Policy | None, **changes: Any) -> Observation:
    value = Value(text, standing=None if policy is None else Standing(policy))
    return replace(observation(number, {}, **changes), values={"city": value})


@pytest.mark.parametrize("other", [None, Policy.NEWEST, Policy.HELD, Policy.OURS])
def test_what_a_provider_said_later_gives_way_to_everybody_elses_word(other: Policy | None) -> None:
    link = LinkId("l1") if other in (Policy.NEWEST, Policy.OURS) else None
    theirs = replace(said_as(1, "Bonn", other, authority=1), link=link)
    later = NOON + (timedelta(days=1) if other is not Policy.OURS else timedelta(days=-1))
    filling = said_as(2, "Ulm", Policy.FILLS, authority=99, observer="facts", at=later)
    for many in ([theirs, filling], [filling, theirs]):
        assert fold_values(many)["city"].value == "Bonn"
    assert fold_values([filling])["city"].value == "Ulm"


def test_a_persons_word_outlasts_a_provider_but_not_a_crm_that_speaks_later() -> None:
    crm = replace(said_as(1, "Bonn", Policy.NEWEST), link=LinkId("l1"))
    held = said_as(2, "Trier", Policy.HELD, at=NOON + timedelta(hours=1))
    filling = said_as(3, "Ulm", Policy.FILLS, observer="facts", at=NOON + timedelta(hours=2))
    assert fold_values([crm, held, filling])["city"].value == "Trier"
    assert fold_values([replace(crm, at=NOON + timedelta(hours=3)), held, filling])["city"].value == "Bonn"


WEIGHED = st.lists(
    st.tuples(
        st.sampled_from(["Main St", "12 Main Street", "12 main  street", "Elm Rd", None]),
        st.sampled_from([None, Policy.MOST_COMPLETE, Policy.MOST_FREQUENT, Policy.NEWEST, Policy.THEIRS]),
        st.integers(0, 1),
        st.integers(0, 2),
    ),
    max_size=6,
)


def weighed(many: list[tuple[str | None, Policy | None, int, int]]) -> list[Observation]:
    """Words of submissions, and of CRM records where the policy is one that only those have."""
    found = []
    for number, (street, policy, rank, minute) in enumerate(many):
        link = LinkId(f"l{number}") if policy in (Policy.NEWEST, Policy.THEIRS) else None
        value = Value(street, standing=Standing(policy) if policy else None)
        at = NOON + timedelta(minutes=minute)
        found.append(replace(observation(number, {}, authority=rank, observer=f"o{number}", at=at), values={"street": value}, link=link))
    return found


@given(WEIGHED, st.randoms(use_true_random=False))
def test_weighing_values_does_not_depend_on_the_order_of_arrival(many: list[Any], chance: Any) -> None:
    said = weighed(many)

    golden = fold_values(said)

    assert fold_values(chance.sample(said, len(said))) == golden
    assert fold_values([*said, *said]) == golden or any(policy is Policy.MOST_FREQUENT for _, policy, _, _ in many)


@pytest.mark.parametrize(
    ("policy", "wins"),
    [(Policy.MOST_COMPLETE, "12 Main Street"), (Policy.MOST_FREQUENT, "Elm Rd")],
)
def test_submissions_of_one_authority_are_weighed_by_their_policy(policy: Policy, wins: str) -> None:
    said = weighed(
        [("Elm Rd", policy, 1, 0), ("elm  rd", policy, 1, 0), ("12 Main Street", policy, 1, 1), ("Somewhere else altogether", policy, 0, 2)]
    )

    golden = fold_values(said)["street"]

    assert str(golden.value).casefold().split() == wins.casefold().split()
    assert Lost.POLICY in {each.lost for each in ranked(said, "street")} or policy is Policy.MOST_COMPLETE


def test_a_line_of_a_source_says_how_its_submissions_are_weighed() -> None:
    mapping = inbound_mapping(fields={"email": "email", "city": {"from": "city", "authority": "most_frequent"}})
    world = ToyWorld(rules(inbound=[mapping]))
    cities = ["Bremen", "Aachen", "bremen ", "Celle"]
    world.decide([submission(n, {"email": "ada@example.com", "city": city}) for n, city in enumerate(cities, 1)])

    (golden,) = world.goldens_by_id.values()

    assert str(golden.values["city"].value).casefold() == "bremen"
