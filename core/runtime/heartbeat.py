"""The heartbeat of each source: when it last gave something, what is usual, and a word in the log once it falls silent."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.flow.intake.rhythm import Rhythm, rhythm
from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.installation import Installation
from core.store.arrivals import read_since, recent_arrivals

LOOK_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Beat:
    """Where an object of a connection (a form) stands; `last_way` is `push` or `poll`."""

    connection: str
    object: str
    last_way: str
    rhythm: Rhythm

    @property
    def warning(self) -> str | None:
        """What to tell a person where the source is silent."""
        found = self.rhythm
        if not found.is_silent or found.usual is None:
            return None
        told = f"Nothing from '{self.connection}' ({self.object}) for {_span(found.silent_for)}; usually every {_span(found.usual)}."
        return f"{told} See whether its webhook or its access is still in place there."


def source_beats(installation: Installation) -> list[Beat]:
    """The sources of all enabled connections that ever gave something."""
    config, now = installation.config, installation.clock.now()
    found = recent_arrivals(config.database_url, config.workspace)
    return [
        Beat(each.connection, each.object, each.last_way, rhythm(each.times, now))
        for each in found
        if each.connection in config.connections and config.connections[each.connection].enabled
    ]


class SilenceWatch:
    """Looks at all sources every five minutes; a silence is logged when it is first seen, and after each start of the server.

    A source that is also read is read once for each silence, from where its last read ended, so that what its pushes missed
    comes in before the next poll. The read goes the way of every poll: the same cursor, the same records once.
    """

    def __init__(self, installation: Installation, read: Callable[[str, str], bool] = lambda connection, name: False) -> None:  # noqa: ARG005
        """Take the installation whose sources are watched, and what makes a source's read due (False: it is not read)."""
        self._installation = installation
        self._read = read
        self._asked: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._silent: set[tuple[str, str]] = set()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch in a thread, from the first interval on."""
        threading.Thread(target=self._watch, name="silence-watch", daemon=True).start()

    def stop(self) -> None:
        """End the watch; calling it without a start is fine."""
        self._stopped.set()

    def look(self) -> None:
        """Log what fell silent and what is back since the last look, close gaps, and tell what the reads before brought."""
        self._tell_backfills()
        for beat in source_beats(self._installation):
            key = (beat.connection, beat.object)
            if beat.rhythm.is_silent and key not in self._silent:
                self._silent.add(key)
                seconds = int(beat.rhythm.silent_for.total_seconds())
                warn(EventCode.SOURCE_SILENT, connection=beat.connection, object=beat.object, seconds=seconds)
                if self._read(beat.connection, beat.object):
                    self._asked[key] = (self._installation.clock.now(), beat.rhythm.last_at)
            elif not beat.rhythm.is_silent and key in self._silent:
                self._silent.remove(key)
                note(EventCode.SOURCE_BACK, connection=beat.connection, object=beat.object)

    def _tell_backfills(self) -> None:
        config = self._installation.config
        for key, (asked_at, since) in list(self._asked.items()):
            count = read_since(config.database_url, config.workspace, key, asked_at)
            note(EventCode.SOURCE_BACKFILL, connection=key[0], object=key[1], count=count, since=since.isoformat())
            del self._asked[key]

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self.look()
            except sqlite3.Error as error:  # busy or full: the next look may do
                warn(EventCode.INTAKE_UNAVAILABLE, type=type(error).__name__)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else (f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days")
