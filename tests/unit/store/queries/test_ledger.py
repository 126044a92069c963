"""The ledger: it balances after an honest history, and names what is wrong after each kind of damage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.desk.questions import Ledger, ledger
from tests.support.office import SYNC, Office, office, write_office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def history(desk: Office) -> None:
    """Two people, one of them twice; a double delivery, a test, a robot, and an address that is none."""
    desk.submit({"mail": "kim@example.com", "news": "yes"}, event="first")
    desk.submit({"mail": "kim@example.com", "news": "yes"}, event="first")
    desk.submit({"mail": "kim@example.com", "company": "Slate"})
    desk.submit({"mail": "ines@example.com"})
    desk.submit(flag="test")
    desk.submit(flag="spam")
    desk.submit({"mail": "not an address"})
    desk.settle()


def count(desk: Office) -> Ledger:
    return ledger(desk.store, desk.installation)


def test_the_books_of_an_empty_installation_balance(desk: Office) -> None:
    books = count(desk)

    assert books.balanced
    assert books.intake == () and books.delivery == ()


def test_every_acknowledged_submission_is_in_exactly_one_column(desk: Office) -> None:
    history(desk)
    desk.submit()

    books = count(desk)

    (site,) = books.intake
    assert (site.acknowledged, site.new, site.merged, site.duplicates, site.test, site.waiting, site.quarantined) == (8, 2, 1, 1, 1, 1, 2)
    assert site.quarantined_by_reason == {"invalid_value": 1, "spam": 1}
    assert books.balanced, books.discrepancies


def test_every_link_is_level_or_says_why_not(desk: Office) -> None:
    history(desk)
    desk.submit()
    desk.step("decide")

    (crm,) = count(desk).delivery

    assert (crm.connection, crm.object) == ("crm", "lead")
    assert (crm.links, crm.level, crm.waiting, crm.parked, crm.not_wanted) == (3, 2, 1, 0, 0)


def test_records_that_are_not_wanted_are_counted_by_reason(tmp_path: Path) -> None:
    inbound = {**SYNC, "consent": {"purpose": "marketing", "require": True}}
    with office(tmp_path, *_with(inbound)) as desk:
        desk.submit({"news": "yes"})
        desk.submit()
        desk.settle()

        books = count(desk)

    (crm,) = books.delivery
    assert (crm.level, crm.not_wanted, crm.reasons) == (1, 1, {"no_consent": 1})
    assert books.balanced, books.discrepancies


def _with(sync: dict[str, object]) -> tuple[dict[str, object], ...]:
    from tests.support.office import INBOUND

    return dict(INBOUND), sync


def test_a_merge_of_two_people_leaves_the_books_balanced(desk: Office) -> None:
    desk.submit({"mail": "kim@example.com", "first": "Kim", "last": "Osei", "company": "Slate"})
    desk.submit({"mail": "k.osei@example.org", "first": "Kim", "last": "Osei", "company": "Tern"})
    desk.settle()
    desk.submit({"mail": "k.osei@example.org", "first": "Kim", "last": "Osei", "company": "Slate"})
    desk.settle()

    books = count(desk)

    assert desk.sql("SELECT count(*) FROM golden WHERE state = 'merged'") == [(1,)]
    (site,) = books.intake
    assert (site.new, site.merged) == (2, 1)
    assert books.balanced, books.discrepancies


DAMAGE = [
    ("DELETE FROM inbox WHERE id = 1", "7 acknowledged, but 5 accounted for"),
    ("UPDATE intake_total SET acknowledged = acknowledged + 1", "8 acknowledged, but 7 accounted for"),
    ("DELETE FROM observation WHERE inbox_id = 3", "exactly one observation: inbox:3."),
    ("UPDATE observation SET inbox_id = 1 WHERE inbox_id = 3", "exactly one observation: inbox:1, inbox:3."),
    ("UPDATE inbox SET golden_id = 'elsewhere' WHERE id = 3", "another golden record than their observation does: inbox:3."),
    ("UPDATE golden SET state = 'lost' WHERE born_of = 4", "no active golden record: inbox:4."),
    ("UPDATE golden SET born_of = NULL WHERE born_of = 4", "did not give birth to exactly one golden record: inbox:4."),
    ("UPDATE inbox SET outcome = 'merged' WHERE id = 1", "were born of no submission that counts as new"),
    ("UPDATE inbox SET state = 'ready', next_at = NULL WHERE id = 7", "wait without a next action: inbox:7."),
    ("UPDATE inbox SET state = 'gone' WHERE id = 7", "no way that the ledger knows: inbox:7."),
    ("UPDATE inbox SET reason_code = NULL WHERE state = 'quarantined'", "in quarantine without a reason"),
    ("DELETE FROM link WHERE rowid = 1", "exactly one primary link to 'crm' lead (mapping 'crm')"),
    ("UPDATE link SET state = 'behind', next_at = NULL WHERE rowid = 1", "links wait without a next action: link:"),
    ("UPDATE link SET state = 'parked', reason_code = NULL WHERE rowid = 1", "parked or not wanted without a reason: link:"),
    ("UPDATE link SET wanted_version = wanted_version + 1 WHERE rowid = 1", "called level but have no remote record, or an older want"),
    ("UPDATE link SET remote_id = NULL WHERE rowid = 1", "called level but have no remote record, or an older want"),
    ("UPDATE link SET state = 'limbo' WHERE rowid = 1", "2 links, but 1 in a known state"),
    ("UPDATE link SET golden_id = 'elsewhere' WHERE rowid = 1", "links belong to no active golden record: link:"),
]


@pytest.mark.parametrize(("damage", "complaint"), DAMAGE, ids=[damage for damage, _ in DAMAGE])
def test_damage_is_found_and_named(desk: Office, damage: str, complaint: str) -> None:
    history(desk)
    assert count(desk).balanced

    desk.sql(damage)

    books = count(desk)
    assert not books.balanced
    assert complaint in "\n".join(books.discrepancies)


def test_many_faults_of_a_kind_are_named_a_few_times_and_counted(desk: Office) -> None:
    for _ in range(8):
        desk.submit()
    desk.settle()
    desk.sql("DELETE FROM observation")

    complaints = count(desk).discrepancies

    assert any("8 submissions" in text and "and 3 more." in text for text in complaints)


def test_a_mapping_that_writes_to_nobody_yet_is_a_discrepancy(desk: Office, tmp_path: Path) -> None:
    desk.submit()
    desk.settle()

    write_office(tmp_path, *_with({**SYNC, "to": {"connection": "crm", "object": "contact"}}))

    assert "exactly one primary link to 'crm' contact" in "\n".join(count(desk).discrepancies)
