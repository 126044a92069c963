"""What moved on either side since the last agreement, and what is agreed from now on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.agreement.compare import MOST_BOUNCES, agree, conflicts, count_bounces, difference, is_outdated, read
from core.flow.agreement.rules import FieldRule, Rules
from core.flow.quality.same import same
from core.model.ids import LinkId
from core.model.remote import Agreement, Frozen
from core.model.vocabulary import Kind
from tests.support.builders import NOON

NAMES = ("city", "phone", "title")


def rules(**changes: Any) -> Rules:
    kinds = {"city": Kind.TEXT, "phone": Kind.PHONE, "title": Kind.TEXT}
    options = {"enforce": changes.pop("enforce", False)}
    return Rules({name: FieldRule(name, partial(same, kind), **options) for name, kind in kinds.items()}, **changes)


def known(sent: Mapping[str, Any] | None = None, seen: Mapping[str, Any] | None = None, **changes: Any) -> Agreement:
    return Agreement(LinkId("l1"), "r1", sent=sent or {}, seen=seen if seen is not None else sent or {}, **changes)


def test_our_own_write_coming_back_is_no_news() -> None:
    assert not read(known({"city": "Bremen"}), {"city": "Bremen", "unmapped": "x"}, rules())


def test_a_reading_is_sorted_into_what_moved_what_is_fresh_and_what_is_only_spelt_otherwise() -> None:
    agreement = known({"city": "Bremen", "phone": "+493023125001"})

    news = read(agreement, {"city": "Hamm", "phone": "+49 30 23125001", "title": "Head"}, rules())

    assert (news.moved, news.rewritten, news.fresh) == ({"city": "Hamm"}, {"phone": "+49 30 23125001"}, {"title": "Head"})


def test_what_a_reading_does_not_name_has_not_moved() -> None:
    assert not read(known({"city": "Bremen"}), {}, rules())


def test_empty_text_and_nothing_are_the_same_reading() -> None:
    assert not read(known({}, {"city": ""}), {"city": None}, rules())


def test_only_what_moved_is_written_and_what_is_not_wanted_any_more_is_left_alone() -> None:
    wanted = {"city": "Bremen", "phone": "+493023125002", "title": None}

    assert difference(known({"city": "Bremen", "phone": "+493023125001", "gone": "x"}), wanted, rules()) == {
        "phone": "+493023125002",
        "title": None,
    }


@pytest.mark.parametrize(
    ("fill", "ours_win", "written", "diverged"),
    [
        (True, False, {"phone"}, ("title",)),
        (False, False, set(), ("phone", "title")),
        (True, True, {"phone", "title"}, ()),
        (False, True, {"title"}, ("phone",)),
    ],
)
def test_adopting_writes_what_the_mapping_asks_for_and_lists_the_rest(
    fill: bool, ours_win: bool, written: set[str], diverged: tuple[str, ...]
) -> None:
    wanted = {"city": "x", "phone": "+493023125001", "title": "ours"}
    theirs = {"city": "x", "phone": "", "title": "theirs"}
    how = rules(fill=fill, ours_win=ours_win)

    adopted = agree(known(), wanted, theirs, theirs, how)

    assert set(difference(adopted, wanted, how)) == written
    assert adopted.diverged == diverged


def test_a_change_that_we_took_over_is_agreed() -> None:
    after = agree(known({"city": "Bremen"}), {"city": "Hamm"}, {"city": "Hamm"}, (), rules())

    assert (after.sent, after.seen, after.diverged) == ({"city": "Hamm"}, {"city": "Hamm"}, ())


def test_a_change_that_authority_refuses_has_diverged_until_a_side_moves() -> None:
    refused = agree(known({"city": "Bremen"}), {"city": "Bremen"}, {"city": "Hamm"}, (), rules())

    assert refused.diverged == ("city",)
    assert difference(refused, {"city": "Bremen"}, rules()) == {}
    assert difference(refused, {"city": "Köln"}, rules()) == {"city": "Köln"}
    assert agree(refused, {"city": "Bremen"}, {"city": "Bremen"}, (), rules()).diverged == ()


def test_an_enforced_field_is_written_again() -> None:
    how = rules(enforce=True)

    refused = agree(known({"city": "Bremen"}), {"city": "Bremen"}, {"city": "Hamm"}, (), how)

    assert (refused.diverged, difference(refused, {"city": "Bremen"}, how)) == ((), {"city": "Bremen"})


def test_where_both_moved_and_ours_counts_it_is_written() -> None:
    both = agree(known({"city": "Bremen"}), {"city": "Köln"}, {"city": "Hamm"}, (), rules())

    assert (both.diverged, difference(both, {"city": "Köln"}, rules())) == ((), {"city": "Köln"})
    assert conflicts(known({"city": "Bremen"}), {"city": "Hamm"}, {"city": "Köln"}, rules()) == {"city"}
    assert conflicts(known({"city": "Bremen"}), {"city": "Hamm"}, {"city": "Hamm"}, rules()) == set()


def test_a_field_that_comes_back_changed_too_often_is_frozen_on_both_sides() -> None:
    agreement, at = known({"city": "ours"}), NOON
    for _ in range(MOST_BOUNCES):
        agreement = count_bounces(_written(agreement, at), ["city"], at + timedelta(seconds=5))
        assert agreement.frozen == {}
        at += timedelta(minutes=1)

    frozen = count_bounces(_written(agreement, at), ["city"], at + timedelta(seconds=5))

    assert frozen.frozen == {"city": Frozen.BOUNCES}
    assert difference(frozen, {"city": "new"}, rules()) == {}


def test_what_people_change_over_days_does_not_bounce() -> None:
    agreement, at = known({"city": "ours"}), NOON
    for _ in range(3 * MOST_BOUNCES):
        agreement = count_bounces(_written(agreement, at), ["city"], at + timedelta(minutes=30))
        at += timedelta(days=1)

    assert agreement.frozen == {}


def test_a_field_that_we_did_not_write_does_not_bounce() -> None:
    agreement, at = known({"city": "ours"}), NOON
    for _ in range(3 * MOST_BOUNCES):
        agreement = count_bounces(_written(agreement, at), ["title"], at + timedelta(seconds=5))

    assert agreement.frozen == {}


def test_a_field_that_they_move_to_what_we_sent_long_ago_has_moved() -> None:
    """Ours was refused or is still to be written; what they say now counts as of now."""
    agreement = known({"city": "Bremen"}, {"city": "Paris"})

    assert read(agreement, {"city": "Bremen"}, rules()).moved == {"city": "Bremen"}


def test_our_write_that_is_still_on_its_way_comes_back_as_no_move() -> None:
    agreement = known({"city": "Bremen"}, {"city": "Paris"}, sent_fields=("city",))

    assert read(agreement, {"city": "Bremen"}, rules()).rewritten == {"city": "Bremen"}


def test_what_was_read_otherwise_since_is_not_on_its_way_any_more() -> None:
    agreement = known({"city": "Bremen"}, sent_fields=("city", "title"))

    assert agree(agreement, {"city": "Bremen"}, {"city": "Paris"}, (), rules()).sent_fields == ("title",)


@pytest.mark.parametrize(("version", "known", "is_old"), [("1", "2", True), ("2", "2", False), ("3", "2", False)])
def test_what_is_older_is_told_by_the_versions(version: str, known: str, is_old: bool) -> None:
    agreement = Agreement(LinkId("l1"), "r1", known, seen_at=NOON)

    assert is_outdated(agreement, version, NOON - timedelta(seconds=1), by_version=True) is is_old


@pytest.mark.parametrize(("version", "known", "by_version"), [(None, "2", True), ("3", None, True), ("9", "10", False)])
def test_where_versions_cannot_be_compared_the_time_of_reading_tells(version: str | None, known: str | None, by_version: bool) -> None:
    agreement = Agreement(LinkId("l1"), "r1", known, seen_at=NOON)

    assert is_outdated(agreement, version, NOON - timedelta(seconds=1), by_version=by_version)
    assert not is_outdated(agreement, version, NOON, by_version=by_version)


def _written(agreement: Agreement, at: Any) -> Agreement:
    return Agreement(
        agreement.link_id, "r1", sent=agreement.sent, bounces=agreement.bounces, frozen=agreement.frozen, sent_at=at, sent_fields=("city",)
    )


VALUES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", None, "a", "b", "c"]))


@given(VALUES, VALUES, VALUES, VALUES, st.booleans(), st.booleans(), st.booleans())
def test_a_field_settles_in_one_step(
    sent: dict[str, Any], seen: dict[str, Any], wanted: dict[str, Any], theirs: dict[str, Any], fill: bool, ours_win: bool, enforce: bool
) -> None:
    """After what was read is taken in, each field agrees, is listed as diverged, or will be written."""
    how = rules(fill=fill, ours_win=ours_win, enforce=enforce)
    agreement = known(sent, seen)
    news = read(agreement, theirs, how)
    told = {**news.moved, **news.fresh, **news.rewritten}

    after = agree(agreement, wanted, told, set(news.fresh), how)

    assert not read(after, theirs, how)
    for name in told:
        agrees = name not in wanted or how.same(name, wanted[name], theirs[name])
        assert agrees or name in after.diverged or name in difference(after, wanted, how)
        assert not (name in after.diverged and name in difference(after, wanted, how))
