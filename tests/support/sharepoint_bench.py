"""The connector of SharePoint on the stand-in, with one clock for both sides; for contract and unit tests."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML

import connectors.sharepoint_excel
from connectors.sharepoint_excel.connector import SharePointExcel
from connectors.sharepoint_excel.settings import SharePointSettings
from core.contract import Cursor, Manifest, ObjectName, Page, load_manifest
from core.runtime.http import OpenedContext
from sandbox.clock import DialClock
from sandbox.microsoft_graph import MicrosoftGraphStandIn
from sandbox.microsoft_graph.stand_in import CLIENT_ID, CLIENT_SECRET, SITE, TENANT
from sandbox.shell import Served
from tests.support.contract_bench import JointClock
from tests.support.http import make_context
from tests.support.sandbox import serving

ROW = ObjectName("row")


def sharepoint_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(connectors.sharepoint_excel.__file__).parent / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


@dataclass
class Library:
    """The stand-in's library, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)
    rows: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    files: int = 0

    def connector(self, **changes: Any) -> SharePointExcel:
        """A fresh connector with a context of its own."""
        given = {"tenant": TENANT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "site": SITE, "folders": "Leads", "key": "Key"}
        opened = make_context(self.served.url, manifest=sharepoint_manifest(), clock=self.clock)
        self.opened.append(opened)
        addresses = {"base_url": self.served.url, "login_url": self.served.url}
        connector = SharePointExcel(SharePointSettings.model_validate({**given, **addresses, **changes}), opened.context)
        opened.authenticate_with(connector.token)
        return connector

    def put(self, path: str, content: str | bytes) -> None:
        """Upload a file."""
        body = content.encode() if isinstance(content, str) else content
        self.control("put", path=path, base64=base64.b64encode(body).decode())

    def control(self, verb: str, **arguments: Any) -> Any:
        """Turn a dial of the stand-in."""
        return self.served.stand_in.control(verb, arguments, self.clock.now())

    def asked(self, part: str) -> list[Any]:
        """The journal's entries whose path holds a part."""
        return [entry for entry in self.served.journal.as_data() if part in entry["path"]]

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        ids = [f"K{len(self.rows) + number}" for number in range(count)]
        self._write({each: f"Seed {each}" for each in ids})
        return ids

    def change(self, object_name: str, native_id: str) -> None:
        self._write({native_id: f"Changed {self.files}"})

    def delete(self, object_name: str, native_id: str) -> None:
        raise AssertionError("reads of files tell no deletions")

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        return self.rows

    def read(self, since: Cursor | None = None, **changes: Any) -> list[Page]:
        """Read everything with a fresh connector."""
        return list(self.connector(**changes).read(ROW, since))

    def _write(self, names: Mapping[str, str]) -> None:
        self.files += 1
        self.put(f"Leads/leads-{self.files:04}.csv", "Key,Name\n" + "".join(f"{key},{name}\n" for key, name in names.items()))
        self.rows.update({key: {"Key": key, "Name": name} for key, name in names.items()})


@contextmanager
def sharepoint_library() -> Iterator[Library]:
    """A library with an empty folder `Leads`, until the block ends."""
    dial = DialClock()
    clock = JointClock(dial)
    with serving(MicrosoftGraphStandIn(), dial) as served:
        library = Library(served, clock)
        library.control("folder", path="Leads")
        try:
            yield library
        finally:
            for opened in library.opened:
                opened.close()


def ids(pages: Sequence[Page]) -> list[str]:
    """The ids of all records."""
    return [change.id for page in pages for change in page.changes]


def complaints(pages: Sequence[Page]) -> list[str]:
    """What was told about rows and files that could not be read."""
    return [reject.error.message for page in pages for reject in page.rejects]
