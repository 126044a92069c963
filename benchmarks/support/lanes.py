"""Holding the deciding lane, as another worker would, so that what comes in stays in the inbox for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from benchmarks.support.processes import wait_for
from benchmarks.support.site import Site
from core.runtime.control import ControlLine
from core.store.commands.lanes import FinishLane, TakeLease


@contextmanager
def deciding_held(site: Site) -> Iterator[None]:
    """Nothing is decided inside the block; at its end the lane goes on with everything that has come in."""
    line = ControlLine(site.folder / "var")
    wait_for("the deciding lane", lambda: _lease(line) is not None)
    token = int(site.query("SELECT token FROM lane WHERE name = 'decide'")[0][0])
    try:
        yield
    finally:
        line.write(FinishLane("main", "decide", token, datetime.now(UTC)))
        line.ask("wake", None)


def _lease(line: ControlLine) -> int | None:
    now = datetime.now(UTC)
    return line.write(TakeLease("main", "decide", "", now, now + timedelta(hours=1)))
