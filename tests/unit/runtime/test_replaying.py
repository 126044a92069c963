"""Taking items out of quarantine by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runtime.desk import acts
from core.runtime.desk.acts import matching_ids, replay
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as opened:
        yield opened


def test_a_person_who_replays_spam_says_that_it_is_none(desk: Office) -> None:
    # given a lead whose browser filled in the hidden field
    desk.submit(flag="spam")
    desk.settle()
    assert matching_ids(desk.store, connection=None, reason="spam") == ["inbox:1"]

    # when somebody takes it out by its id
    assert replay(desk.store, desk.clock, "someone", ["inbox:1"]) == 1
    desk.settle()

    # then it is a lead like any other
    assert desk.sql("SELECT state, outcome FROM inbox") == [("done", "new")]


def test_replaying_everything_leaves_spam_where_it_is(desk: Office) -> None:
    desk.submit(flag="spam")
    desk.submit({"mail": "not an address"})
    desk.settle()
    assert matching_ids(desk.store, connection=None, reason=None) == ["inbox:2"]


def test_many_items_are_replayed_in_parts(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    for _ in range(5):
        desk.submit({"mail": "not an address"})
    desk.settle()

    ids = matching_ids(desk.store, connection=None, reason=None)

    assert replay(desk.store, desk.clock, "someone", ids) == 5
    assert desk.sql("SELECT state, count(*) FROM inbox GROUP BY state") == [("ready", 5)]
    assert len(desk.sql("SELECT 1 FROM audit")) == 3
