"""The mappings in force: read again when a file changed, while a file that is not sound leaves its last sound version active."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from core.contract import Clock
from core.flow.pipeline import Rules
from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.connections import Connections
from core.runtime.mappings import MappingFile, MappingSet, load_mappings, mapping_paths, read_mapping
from core.store.commands.lanes import SaveMappings
from core.store.queries.lanes import mappings_last_in_force
from core.store.store import Store

_Stamp = tuple[tuple[str, int, int], ...]


class LiveRules:
    """Gives the rules in force to all lanes of a process. Threads may share it.

    What was in force outlives the process in the store: an engine that starts while a file is broken goes on as the one
    before it did, instead of deciding without that mapping.
    """

    def __init__(self, folder: Path, connections: Connections, store: Store, clock: Clock) -> None:
        """Take the folder; it is read with the first call."""
        self._folder = folder
        self._connections = connections
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._rules = Rules()

    def __call__(self) -> Rules:
        """Give the rules; costs one look at the folder. Whoever comes while it is read waits for the outcome."""
        with self._lock:
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                self._rules = self._load()
                self._stamp = stamp
            return self._rules

    def _load(self) -> Rules:
        loaded = load_mappings(self._folder, self._connections.configured())
        kept = self._kept(loaded) if loaded.problems else []
        if loaded.problems:
            warn(EventCode.MAPPINGS_INVALID, problems=len(loaded.problems))
        files = (*loaded.files, *kept)
        rules = MappingSet(files, ()).rules()
        texts = tuple((file.mapping.name, file.mapping.version, file.text) for file in files)
        self._store.write(SaveMappings(self._store.workspace, texts, self._clock.now()))
        note(EventCode.MAPPINGS_LOADED, counts={"inbound": len(rules.inbound), "sync": len(rules.sync)})
        return rules

    def _kept(self, loaded: MappingSet) -> Sequence[MappingFile]:
        """The last sound versions of what stands in the broken files: of those that still name it."""
        with self._store.snapshot() as snapshot:
            texts = mappings_last_in_force(snapshot)
        broken = [_text(Path(file)) for file in dict.fromkeys(problem.file for problem in loaded.problems)]
        kept: list[MappingFile] = []
        for name in sorted(set(texts) - {file.mapping.name for file in loaded.files}):
            if any(name in text for text in broken):
                found = read_mapping(Path(name), texts[name].encode(), self._connections.configured())
                kept += [found] if isinstance(found, MappingFile) else []
        return kept


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _stamp(folder: Path) -> _Stamp:
    found = []
    for path in mapping_paths(folder):
        try:
            status = path.stat()
        except OSError:
            found.append((path.name, 0, 0))  # just replaced, or a link that leads nowhere
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)
