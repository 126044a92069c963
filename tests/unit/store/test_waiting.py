"""The first look at what waits, and times as all ways to write a row agree on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.dialects.sqlite import dialect

from core.store.codec import time_text
from core.store.commands.intake import AcceptEvents
from core.store.commands.lanes import WakeLane
from core.store.commands.upsert import table_of
from core.store.database import open_prepared, sqlite_url
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.tables import Inbox
from core.store.vault import PlainVault
from core.store.waiting import may_be_due
from core.store.writer import GroupWriter

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_submission_or_a_lane_is_waited_for_from_its_time_on(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "w.db")
    writer = GroupWriter(open_prepared(url))
    assert not may_be_due(url, "main", NOW)

    writer.write(WakeLane("main", "replan", "", NOW + timedelta(hours=1)))
    assert not may_be_due(url, "main", NOW)
    assert may_be_due(url, "main", NOW + timedelta(hours=1))

    arrival = Arrival("e1", "lead", "e1", "push", b"{}", {"a": 1})
    writer.write(AcceptEvents((seal_arrival(PlainVault(), "main", "form", arrival, NOW),)))
    assert may_be_due(url, "main", NOW)
    assert not may_be_due(url, "main", NOW - timedelta(seconds=1))
    assert not may_be_due(url, "other", NOW)
    writer.close()


def test_a_time_is_written_in_the_words_of_sqlalchemy() -> None:
    kind = table_of(Inbox).c.received_at.type.dialect_impl(dialect())
    write = kind.bind_processor(dialect())
    assert write is not None
    for moment in (NOW, NOW.replace(microsecond=7), datetime(1000, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)):
        assert time_text(moment) == write(moment)
