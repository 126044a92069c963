"""What is agreed after a write, as far as its answer can tell."""

from __future__ import annotations

from functools import partial

from core.flow.agreement.compare import read
from core.flow.agreement.rules import FieldRule, Rules
from core.flow.agreement.writing import Answer, after_write
from core.flow.quality.same import same
from core.model.ids import LinkId
from core.model.remote import Agreement
from core.model.vocabulary import Kind
from tests.support.builders import NOON

RULES = Rules({name: FieldRule(name, partial(same, kind)) for name, kind in {"city": Kind.TEXT, "phone": Kind.PHONE}.items()})
KNOWN = Agreement(LinkId("l1"), "r1", "v1", sent={"city": "Paris"}, seen={"city": "Paris"}, seen_at=NOON)


def test_what_was_written_is_taken_to_stand_there() -> None:
    after = after_write(KNOWN, {"city": "London"}, Answer("r1", NOON, "v2"), RULES)

    assert not read(after, {"city": "London"}, RULES)
    assert (after.remote_version, after.sent_fields, after.seen_at) == ("v2", ("city",), NOON)


def test_another_spelling_of_ours_in_the_answer_is_no_news_later() -> None:
    after = after_write(KNOWN, {"phone": "+4930231251"}, Answer("r1", NOON, told={"phone": "+49 30 231251"}), RULES)

    assert not read(after, {"phone": "+49 30 231251"}, RULES)


def test_an_edit_that_the_answer_happens_to_show_is_still_news() -> None:
    after = after_write(KNOWN, {"phone": "+4930231251"}, Answer("r1", NOON, told={"city": "Ockham", "phone": "+4930231251"}), RULES)

    assert read(after, {"city": "Ockham"}, RULES).moved == {"city": "Ockham"}


def test_a_field_that_was_changed_at_once_is_news() -> None:
    after = after_write(KNOWN, {"city": "London"}, Answer("r1", NOON, told={"city": "LONDON"}), RULES)

    assert read(after, {"city": "LONDON"}, RULES).moved == {"city": "LONDON"}


def test_a_field_that_stayed_as_it_was_has_diverged() -> None:
    after = after_write(KNOWN, {"city": "London"}, Answer("r1", NOON, told={"city": "Paris"}), RULES)

    assert after.diverged == ("city",)
    assert not read(after, {"city": "Paris"}, RULES)


def test_a_refused_field_was_neither_sent_there_nor_seen() -> None:
    after = after_write(KNOWN, {"city": "London"}, Answer("r1", NOON, refused={"city"}), RULES)

    assert after.sent_fields == ()
    assert "city" not in after.seen


def test_what_was_known_of_another_record_is_forgotten() -> None:
    """The link took a record over while the one that it had asked for was being made."""
    after = after_write(KNOWN, {"phone": "+4930231251"}, Answer("r2", NOON, "v9", is_new=True), RULES)

    assert (after.remote_id, after.remote_version) == ("r2", "v9")
    assert dict(after.sent) == dict(after.seen) == {"phone": "+4930231251"}
