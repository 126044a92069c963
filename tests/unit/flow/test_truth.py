"""What is true and who may be written to: survivorship, consent, links, comparing with the other side."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import RateLimited
from core.flow.consent.judge import refusal_to_send
from core.flow.delivery.policy import RetryPolicy
from core.flow.identity.keys import lead_keys
from core.flow.identity.survivorship import fold_values
from core.flow.quality.company import fold_company
from core.flow.quality.folding import fold
from core.flow.quality.mailbox import is_role_address
from core.flow.routing.links import Want, plan_links
from core.model.ids import GoldenId, KeyId, ObservationId
from core.model.records import LinkRole, LinkState, Observation, Value
from tests.support.builders import NOON, Numbers, consent, link_want, observation, plain_digest

VALUES = st.dictionaries(st.sampled_from(["email", "city", "job_title"]), st.sampled_from([None, "a", "b", "c"]), max_size=3)
OBSERVATIONS = st.lists(
    st.tuples(VALUES, st.integers(0, 2), st.sampled_from(["form", "desk"]), st.integers(0, 2)), min_size=1, max_size=6
).map(
    lambda many: [
        observation(n, values, authority=rank, observer=who, at=NOON + timedelta(minutes=minute))
        for n, (values, rank, who, minute) in enumerate(many)
    ]
)
ENTRIES = st.lists(st.builds(consent, st.sampled_from(["news", "calls"]), st.booleans(), hours=st.integers(0, 3)), max_size=6)


def told(observations: list[Observation]) -> dict[str, Any]:
    return {name: (value.value, value.observer, value.at) for name, value in fold_values(observations).items()}


def keys_of(**values: Any) -> set[str]:
    return {key.kind for key in lead_keys({name: Value(value) for name, value in values.items()}, plain_digest)}


def want(**changes: Any) -> Want:
    return Want(
        **(
            {
                "connection": "crm",
                "object": "lead",
                "mapping": "crm-leads",
                "mapping_version": "v1",
                "fields": {"email": "ada1@example.com"},
            }
            | changes
        )
    )


def planned(wants: list[Want], *existing: Any, golden: str = "g1") -> list[Any]:
    return plan_links(GoldenId(golden), KeyId("k1"), wants, list(existing), Numbers("n"))


@given(OBSERVATIONS, st.randoms(use_true_random=False))
def test_values_do_not_depend_on_the_order_nor_on_the_ids_that_arrival_makes(many: list[Observation], chance: Any) -> None:
    shuffled = chance.sample(many, len(many))
    renamed = [replace(each, id=ObservationId(f"z{position}")) for position, each in enumerate(shuffled)]

    assert told(renamed) == told(many)


@given(OBSERVATIONS)
def test_folding_what_was_folded_with_its_own_parts_again_changes_nothing(many: list[Observation]) -> None:
    assert told([*many, *many]) == told(many)


@given(OBSERVATIONS)
def test_a_filled_value_is_emptied_by_more_authority_alone(many: list[Observation]) -> None:
    for name, value in fold_values(many).items():
        filled = [each.authority for each in many if name in each.values and each.values[name].value is not None]
        emptied = [each.authority for each in many if name in each.values and each.values[name].value is None]
        assert (value.value is None) is (max(emptied, default=-1) > max(filled, default=-1))


@given(OBSERVATIONS)
def test_less_authority_never_overrules_more_at_any_time(many: list[Observation]) -> None:
    for name, value in fold_values(many).items():
        winner = max(each.authority for each in many if name in each.values)
        assert any(each.authority == winner and each.values[name].value == value.value for each in many if name in each.values)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_consent_is_judged_the_same_in_any_order(entries: list[Any], chance: Any) -> None:
    judged = [refusal_to_send(each, "news", require=True) for each in (entries, chance.sample(entries, len(entries)))]

    assert judged[0] == judged[1]


@pytest.mark.parametrize(
    ("entries", "require", "refusal"),
    [
        ([], True, "never given"),
        ([], False, None),
        ([consent("news", True)], True, None),
        ([consent("calls", True)], True, "never given"),
        ([consent("news", True), consent("news", False, hours=1)], False, "withdrawn on 2026-03-02"),
        ([consent("news", False), consent("news", True, hours=1)], True, None),
        ([consent("news", False), consent("news", True)], False, "withdrawn"),
    ],
)
def test_a_withdrawal_stands_until_later_consent(entries: list[Any], require: bool, refusal: str | None) -> None:
    found = refusal_to_send(entries, "news", require=require)

    assert (refusal is None and found is None) or (refusal is not None and refusal in (found or ""))
    assert refusal_to_send(entries, None, require=True) is None


def test_a_phone_alone_and_a_name_alone_are_no_identity() -> None:
    assert keys_of(phone="+4930231251") == set()
    assert keys_of(first_name="Ada", last_name="Byron") == set()
    assert keys_of(phone="030 23125", first_name="Ada") == set()
    assert keys_of(phone="+4912345", first_name="Ada") == set()
    assert keys_of(phone="+4930231251", first_name="Ada", last_name="Byron") == {"phone_first", "phone_last"}
    assert keys_of(email="ada@example.com") == {"email"}
    assert keys_of(email="info@example.com", first_name="Ada") == {"role_email_name"}
    assert keys_of(first_name="Ada", last_name="Byron", company="Engines") == {"name_company"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER".replace("UE", "ü")),
        ("Weiß", "WEISS"),
        ("O'Neill", "oneill"),
        ("José  María", "jose maria"),
        ("Ångström", "angstrom"),
    ],
)
def test_two_spellings_of_a_name_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Engines GmbH", "ENGINES"), ("Engines, Inc.", "engines ltd"), ("Engines GmbH & Co. KG", "Engines")]
)
def test_a_legal_form_does_not_make_another_company(one: str, other: str) -> None:
    assert fold_company(one) == fold_company(other)
    assert fold_company("GmbH") != ""


def test_desks_are_not_people() -> None:
    assert is_role_address("sales+de@example.com")
    assert not is_role_address("salesman@example.com")


def test_the_same_want_is_no_change() -> None:
    assert planned([want()], link_want()) == []


def test_a_first_want_makes_a_link_also_when_nothing_is_to_be_sent() -> None:
    (made,) = planned([want()])
    (refused,) = planned([want(refusal_code="no_consent", refusal="never given")])

    assert (made.is_new, made.state, made.wanted_version) == (True, LinkState.BEHIND, 1)
    assert (refused.is_new, refused.state, refused.reason_code) == (True, LinkState.NOT_WANTED, "no_consent")


@pytest.mark.parametrize("state", [LinkState.LEVEL, LinkState.PARKED, LinkState.BEHIND])
def test_a_new_want_counts_the_version_up_and_is_behind(state: LinkState) -> None:
    (change,) = planned([want(fields={"email": "new@example.com"})], link_want(state=state))

    assert (change.state, change.wanted_version, change.was_version, change.is_new) == (LinkState.BEHIND, 4, 3, False)


def test_a_refusal_stops_a_link_once_and_consent_starts_it_again() -> None:
    (stopped,) = planned([want(refusal_code="no_consent", refusal="withdrawn")], link_want())
    unwanted = link_want(state=LinkState.NOT_WANTED, wanted_version=4)

    assert stopped.state is LinkState.NOT_WANTED
    assert planned([want(refusal_code="no_consent", refusal="withdrawn")], unwanted) == []
    assert planned([want()], unwanted)[0].state is LinkState.BEHIND


def test_a_merge_keeps_the_link_with_a_record_there_and_sets_the_other_aside() -> None:
    changes = planned([want()], link_want(1), link_want(2, golden_id=GoldenId("g2"), remote_id="lead-2"))

    by_id = {change.id: change for change in changes}
    assert (by_id["l001"].role, by_id["l001"].state, by_id["l001"].reason_code) == (LinkRole.SECONDARY, LinkState.NOT_WANTED, "merged")
    assert (by_id["l002"].role, by_id["l002"].golden_id) == (LinkRole.PRIMARY, "g1")


def test_a_merge_takes_links_along_that_an_earlier_merge_set_aside() -> None:
    aside = link_want(3, golden_id=GoldenId("g2"), role=LinkRole.SECONDARY, state=LinkState.NOT_WANTED)

    (moved,) = planned([want()], link_want(1), aside)

    assert (moved.id, moved.golden_id, moved.role, moved.state) == ("l003", "g1", LinkRole.SECONDARY, LinkState.NOT_WANTED)


def test_a_parked_link_that_nothing_maps_to_any_more_keeps_its_reason_when_it_moves() -> None:
    parked = link_want(1, golden_id=GoldenId("g2"), state=LinkState.PARKED, reason_code="invalid", reason="too long")

    (moved,) = planned([], parked)

    assert (moved.state, moved.reason_code, moved.reason, moved.golden_id) == (LinkState.PARKED, "invalid", "too long", "g1")


@given(st.integers(0, 200), st.floats(0, 1), st.none() | st.floats(0, 10**9))
def test_a_retry_waits_within_bounds_and_never_less_than_the_vendor_asked(attempts: int, chance: float, asked: float | None) -> None:
    policy = RetryPolicy(chance=lambda: chance)

    waited = policy.delay(attempts, asked)

    assert 1 <= waited <= 86_400 * 1.2
    assert asked is None or waited >= min(asked, 86_400)
    assert RateLimited(retry_after=asked).retry_after == asked
