"""The mappings in force: the files as they are saved, or the release that was applied last; one whole set of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from core.contract import Clock
from core.flow.pipeline import Rules
from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.connections import Connections
from core.runtime.mapping_files import Remembered
from core.runtime.mappings import MappingFile, MappingSet, watched_paths
from core.runtime.reference_lists import ReferenceLists
from core.runtime.releases import How, load_files, newest_release, read_release, save_release
from core.store.queries.mappings import release_number
from core.store.store import Store

_Stamp = tuple[tuple[str, int, int, int], ...]
_READINGS = 5
"""How often the folder is read anew because it changed while it was read."""


class LiveRules:
    """Gives the rules in force to all lanes of a process. Threads may share it.

    Whoever asks gets one set, which does not change under them: a batch is mapped by it from its first record to its last.
    What was in force outlives the process in the store: an engine that starts while a file is broken goes on as the one
    before it did, instead of deciding without that mapping.
    """

    def __init__(
        self, folder: Path, connections: Connections, store: Store, clock: Clock, activate: Literal["on_save", "on_apply"] = "on_save"
    ) -> None:
        """Take the folder and when its files go into force; it is read with the first call."""
        self._folder = folder
        self._connections = connections
        self._store = store
        self._clock = clock
        self._on_apply = activate == "on_apply"
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._release = 0
        self._rules = Rules()
        self._lists = ReferenceLists(store)
        self._read = Remembered()
        self._known: dict[tuple[str, str], MappingFile] = {}

    def __call__(self) -> Rules:
        """Give the rules; costs one look at the folder or at the newest release. Who comes while they are read waits for it."""
        with self._lock:
            if self._on_apply:
                self._follow_releases()
            else:
                self._follow_files()
            return self._lists(self._rules)

    def _follow_files(self) -> None:
        stamp = _stamp(self._folder)
        if stamp != self._stamp:
            self._stamp, files = self._read_files(stamp)
            self._enforce(files, How.SAVED)

    def _follow_releases(self) -> None:
        with self._store.snapshot() as snapshot:
            number = release_number(snapshot)
        if number == 0:
            self._enforce(self._read_files(_stamp(self._folder))[1], How.APPLIED)
            return
        if number != self._release:
            self._use_release()

    def _read_files(self, stamp: _Stamp) -> tuple[_Stamp, Sequence[MappingFile]]:
        """Read the folder until it stayed as it was meanwhile: an editor may be half way through."""
        for _ in range(_READINGS):
            read_at = stamp
            loaded, kept = load_files(self._folder, self._connections.configured(), self._store, self._read)
            stamp = _stamp(self._folder)
            if stamp == read_at:
                break
        if loaded.problems:
            warn(EventCode.MAPPINGS_INVALID, problems=len(loaded.problems))
        return read_at, (*loaded.files, *kept)

    def _enforce(self, files: Sequence[MappingFile], how: How) -> None:
        self._release = save_release(self._store, self._clock, files, how)
        self._take(files)

    def _use_release(self) -> None:
        release, texts = newest_release(self._store)
        if release is None:
            return
        files, problems = read_release(self._folder, self._connections.configured(), release, texts)
        if problems:
            warn(EventCode.MAPPINGS_INVALID, problems=len(problems))
        self._release = release.number
        self._take(files)

    def _take(self, files: Sequence[MappingFile]) -> None:
        """Put them in force; a mapping that stays as it is stays the same object, and is not compiled again."""
        self._known = {key: self._known.get(key, file) for file in files if (key := (file.mapping.name, file.mapping.version))}
        self._rules = MappingSet(tuple(self._known.values()), ()).rules()
        note(EventCode.MAPPINGS_LOADED, counts={"inbound": len(self._rules.inbound), "sync": len(self._rules.sync)})


def _stamp(folder: Path) -> _Stamp:
    found = []
    for path in watched_paths(folder):
        try:
            status = path.stat()
        except OSError:
            found.append((path.name, 0, 0, 0))  # just replaced, or a link that leads nowhere
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)
