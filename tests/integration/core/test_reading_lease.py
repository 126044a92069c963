"""A reader that lost its lane stops; that is nobody's bug."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract import Change, ContractBroken, Cursor, NativeId, ObjectName, Page
from core.flow.intake.poll import Reading, read_source
from core.store.commands.lanes import LeaseLost
from core.store.tables import CursorRow
from tests.support.builders import rules
from tests.support.engine import Engine, running


class Source:
    """Yields two pages, or breaks after the first."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.breaks = breaks

    def read(self, object_name: ObjectName, _: Cursor | None) -> Iterator[Page]:
        yield Page([Change(object_name, NativeId("1"))], Cursor("one"))
        if self.breaks:
            raise KeyError("a bug")
        yield Page([Change(object_name, NativeId("2"))], Cursor("two"))


def reading(engine: Engine, source: Source) -> Reading:
    return Reading("crm", "lead", source, "read:crm:lead", 0, "decide", engine.clock.now, lambda: None)


def test_losing_the_lease_is_told_as_such_and_not_as_a_bug_of_the_connector() -> None:
    with running(rules()) as engine, pytest.raises(LeaseLost):
        read_source(engine.store, reading(engine, Source()))


def test_a_connector_that_breaks_keeps_what_it_read_before() -> None:
    with running(rules()) as engine:
        engine.read()  # the lane exists and its token is 1
        found = Reading("crm", "lead", Source(breaks=True), "read:crm:lead", 1, "decide", engine.clock.now, lambda: None)

        counts, error = read_source(engine.store, found)

        assert isinstance(error, ContractBroken)
        assert counts["records"] == 1
        assert [row.value for row in engine.rows(CursorRow)] == ["one"]
