"""A cursor comes back as it was written, and a damaged one starts anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.cursor import MOST_SEEN, Position, Seen, digest_of, read_cursor
from core.contract import Cursor

MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
STATES = st.builds(Seen, MOMENTS, st.text("0123456789abcdef", max_size=8), st.integers(0, 5))
POSITIONS = st.builds(
    Position,
    floor=st.none() | MOMENTS,
    at=st.none() | MOMENTS,
    began=st.none() | MOMENTS,
    deleted=st.none() | MOMENTS,
    seen=st.dictionaries(st.text(min_size=1, max_size=18), STATES, max_size=5),
    note=st.none() | st.text(max_size=20),
)


@given(POSITIONS)
def test_a_position_survives_being_written_down(position: Position) -> None:
    assert read_cursor(position.to_cursor()) == position


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"v": 2}',
        '{"v": 1, "floor": "yesterday"}',
        '{"v": 1, "floor": "2026-01-01T00:00:00"}',
        '{"v": 1, "x": 2}',
    ],
)
def test_a_damaged_cursor_begins_anew(damaged: str) -> None:
    assert read_cursor(Cursor(damaged)) == Position()


def test_too_many_seen_rows_keep_the_youngest() -> None:
    seen = {f"{n}": Seen(datetime(2026, 1, 1, 0, n // 60, n % 60, tzinfo=UTC), "d") for n in range(3000)}
    kept = read_cursor(Position(seen=seen).to_cursor()).seen
    assert len(kept) == MOST_SEEN
    assert "2999" in kept and "0" not in kept


def test_a_cursor_holds_no_field_values() -> None:
    digest = digest_of({"Email": "ada@example.com"})
    cursor = Position(seen={"1": Seen(datetime(2026, 1, 1, tzinfo=UTC), digest)}).to_cursor()
    assert "ada" not in cursor and json.loads(cursor)["v"] == 1
