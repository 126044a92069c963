"""`leadloom import`: one file into the durable inbox, read by the connector that otherwise reads folders of such files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from core.contract import ConfigInvalid, ConnectorError, ObjectName
from core.flow.intake.poll import arrivals_of, next_page
from core.flow.mapping.model import InboundMapping, Paths
from core.flow.pipeline import Rules
from core.runtime.connections import Connections, OpenConnection
from core.runtime.desk.runs import run_lane
from core.runtime.import_plan import Looking, Outlook, fresh_arrivals
from core.runtime.installation import Installation
from core.runtime.mapping_new import inbound_text
from core.runtime.mappings import MappingFile, read_mapping
from core.runtime.releases import running_rules
from core.runtime.remote_schemas import remote_objects
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import seal_arrival
from core.store.queries.imported import outcomes_of
from core.store.store import Store

READS_FILES = "spreadsheet"
"""The connector that reads files."""
ROW = "row"
Progress = Callable[[int], None]
"""Is told from time to time how many rows have been looked at, stored, or wait."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, its first values, and the field of ours that the mapping makes of it, if any."""

    name: str
    values: tuple[Any, ...]
    becomes: str | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What was found out about the file. `draft` is the mapping to write first, where none reads the connection yet."""

    file: Path
    connection: str
    notes: tuple[str, ...]
    mapping: str
    columns: tuple[Column, ...]
    outlook: Outlook
    draft: str | None = None
    draft_path: Path | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done. `stored` rows went into the inbox, `known` ones were there; `outcomes` say how the stored ones ended."""

    stored: int
    known: int
    outcomes: Mapping[str, int]
    wrote: Path | None
    is_served: bool
    reason: str | None = None


def choose_connection(installation: Installation, name: str | None) -> str:
    """The connection to import for: the one named, or the only one that reads files; raises ConfigInvalid with what to write."""
    mine = [each for each, configured in installation.config.connections.items() if configured.connector == READS_FILES]
    if name is not None and name in mine:
        return name
    if name is None and len(mine) == 1:
        return mine[0]
    if mine:
        raise ConfigInvalid(
            f"'{name}' is no connection that reads files." if name else "Several connections read files.",
            hint=f"Name one with --connection: {', '.join(mine)}.",
        )
    raise ConfigInvalid(
        "No connection reads files yet. Its name says where the leads come from.",
        hint="Add to config.yaml, with a folder that exists:\n  connections:\n    files:\n"
        f"      connector: {READS_FILES}\n      settings: {{folder: inbox}}\nRestart a running server, and repeat the command.",
    )


def plan_import(installation: Installation, file: Path, connection: str, progress: Progress = lambda _: None) -> ImportPlan:
    """Look at the file and say what importing it would do; nothing is written. Raises ConfigInvalid, or what the file says."""
    with installation.reading_store() as store, _opened(installation, store, file, connection) as (opened, connections):
        described = next(each for each in remote_objects(opened.connector.describe()) if each.name == ROW)
        if not described.fields:
            raise _why_unreadable(opened, connection)
        rules = running_rules(installation.config, connections.configured(), store)
        mapping, text, path = rules.inbound_for(connection, ROW), None, None
        if mapping is None:
            text = inbound_text(installation, connection, described)
            path = installation.config.mappings_dir / f"{connection}-{ROW}.yaml"
            mapping = _drafted(path, text, connections)
            rules = Rules(inbound=(mapping,))
        looking = Looking(store, connection, rules, installation.clock.now())
        looking.look_at(_pages(opened, connection), progress)
        names = [each.name for each in described.fields]
        notes = tuple(note for note in opened.connector.check().notes[1:])
    return ImportPlan(file, connection, notes, mapping.name, _columns(names, looking, mapping), looking.outlook, text, path)


def run_import(installation: Installation, plan: ImportPlan, progress: Progress = lambda _: None) -> Imported:
    """Store the rows that are new and have them decided: by the server where one runs, else in this process.

    A mapping that was drafted is written first. Interrupted anywhere, the same command goes on: what is stored is known.
    """
    wrote = _write_draft(installation, plan)
    now = installation.clock.now()
    with installation.writing_store() as store, _opened(installation, store, plan.file, plan.connection) as (opened, _):
        stored, known = _store_rows(store, opened, plan.connection, now, progress)
    result = run_lane(installation, "decide", progress)
    with installation.reading_store() as store, store.snapshot() as snapshot:
        outcomes = outcomes_of(snapshot, plan.connection, now) if stored else {}
    return Imported(stored, known, outcomes, wrote, installation.is_served(), result.reason)


def _store_rows(store: Store, opened: OpenConnection, connection: str, now: datetime, progress: Progress) -> tuple[int, int]:
    stored = known = 0
    for page in _pages(opened, connection):
        arrivals = arrivals_of(page)
        with store.snapshot() as snapshot:
            fresh = [arrival for _, arrival in fresh_arrivals(snapshot, connection, arrivals, set())]
        if fresh:
            store.write(AcceptEvents(tuple(seal_arrival(store.vault, store.workspace, connection, each, now) for each in fresh)))
        stored, known = stored + len(fresh), known + len(arrivals) - len(fresh)
        progress(stored)
    return stored, known


@contextmanager
def _opened(installation: Installation, store: Store, file: Path, connection: str) -> Iterator[tuple[OpenConnection, Connections]]:
    """The connection with its own settings, but for one file that is read now and left where it is."""
    path = file.resolve()
    if not path.is_file():
        raise ConfigInvalid(f"There is no file {file}.")
    connections = installation.connections(store)
    changes = {"folder": path.parent, "pattern": _only(path), "complete": "now", "keep": "leave"}
    opened = connections.open_apart(connection, changes)
    try:
        yield opened, connections
    finally:
        opened.connector.close()
        opened.opened.close()
        connections.close()


def _only(path: Path) -> str:
    """A pattern that fits this file and no other beside it; raises ConfigInvalid where there is none."""
    pattern = "".join("?" if letter in ",[]*?" else letter for letter in path.name).strip()
    others = [each.name for each in path.parent.iterdir() if each != path and fnmatchcase(each.name.lower(), pattern.lower())]
    if others or path.name.startswith((".", "~$")):
        why = f"and {others[0]} beside it cannot be told apart" if others else "looks like a file that an editor left"
        raise ConfigInvalid(f"{path.name} {why}.", hint="Give it another name.")
    return pattern


def _pages(opened: OpenConnection, connection: str) -> Iterator[Any]:
    pages = iter(opened.connector.read(ObjectName(ROW), None))
    while True:
        page, error = next_page(connection, pages)
        if error is not None:
            raise error
        if page is None:
            return
        yield page


def _why_unreadable(opened: OpenConnection, connection: str) -> ConnectorError:
    """Why the file has no columns: what the connector says of it."""
    rejects = [reject for page in _pages(opened, connection) for reject in page.rejects]
    return rejects[0].error if rejects else ConfigInvalid("The file has no rows, or its name is that of an unfinished download.")


def _drafted(path: Path, text: str, connections: Connections) -> InboundMapping:
    if path.exists():
        raise ConfigInvalid(
            f"{path} exists, but no mapping that is in force reads this connection.",
            hint="Run `leadloom mapping check` and correct it, or `leadloom apply` to put it in force.",
        )
    found = read_mapping(path, text.encode(), connections.configured())
    if not isinstance(found, MappingFile) or not isinstance(found.mapping, InboundMapping):
        raise ConfigInvalid("No mapping could be guessed from the columns.", hint="Write one; `leadloom mapping new` makes a draft.")
    return found.mapping


def _write_draft(installation: Installation, plan: ImportPlan) -> Path | None:
    if plan.draft is None or plan.draft_path is None:
        return None
    plan.draft_path.parent.mkdir(parents=True, exist_ok=True)
    with plan.draft_path.open("x", encoding="utf-8") as file:
        file.write(plan.draft)
    if installation.config.mappings.activate == "on_apply":
        raise ConfigInvalid(
            f"Wrote {plan.draft_path}. It is not in force yet, so nothing was imported.",
            hint="Look through it, run `leadloom apply`, and repeat the command.",
        )
    return plan.draft_path


def _columns(names: list[str], looking: Looking, mapping: InboundMapping) -> tuple[Column, ...]:
    used: dict[str, list[str]] = {}
    for line in mapping.fields:
        for path in line.source.paths if isinstance(line.source, Paths) else ():
            used.setdefault(path, []).append(line.target)
    return tuple(Column(name, tuple(row.get(name) for row in looking.first_rows), ", ".join(used.get(name, ())) or None) for name in names)
