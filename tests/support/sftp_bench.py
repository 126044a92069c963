"""The connector of SFTP files on a real SSH server of its own, with one clock for both sides; for contract and unit tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML

import connectors.sftp_files
from connectors.sftp_files.connector import SftpFiles
from connectors.sftp_files.settings import SftpFilesSettings
from core.contract import Context, Cursor, Manifest, ObjectName, Page, load_manifest
from core.contract.testing import FaultKind
from core.runtime.dialing import AddressDialer
from sandbox.clock import DialClock
from sandbox.sftp import PASSWORD, USERNAME, SftpFault, SftpServed, SftpTree
from tests.support.contract_bench import JointClock
from tests.support.memory_bench import quiet_context

ROW = ObjectName("row")
FAULTS: Mapping[FaultKind, tuple[SftpFault, bytes]] = {
    FaultKind.RATE_LIMITED: (SftpFault.GREETING, b"Exceeded MaxStartups\r\n"),
    FaultKind.RATE_LIMITED_WITH_WAIT: (SftpFault.GREETING, b"Not allowed at this time\r\n"),
    FaultKind.HTML_BODY: (SftpFault.GREETING, b"HTTP/1.1 400 Bad Request\r\n\r\n<html></html>\r\n"),
    FaultKind.SERVER_ERROR: (SftpFault.FAIL, b""),
    FaultKind.TIMEOUT: (SftpFault.SILENT, b""),
    FaultKind.RESET: (SftpFault.HANG_UP, b""),
    FaultKind.UNAUTHORIZED: (SftpFault.REFUSE_LOGIN, b""),
    FaultKind.FORBIDDEN: (SftpFault.DENY, b""),
    FaultKind.SAME_PAGE: (SftpFault.ENDLESS, b""),
}


def sftp_manifest() -> Manifest:
    """The shipped manifest."""
    path = Path(connectors.sftp_files.__file__).parent / "manifest.yaml"
    return load_manifest(YAML(typ="safe").load(path.read_text("utf-8")))


@dataclass
class Store:
    """The stand-in's files, and connectors on them; also the suite's dial and its truth."""

    served: SftpServed
    clock: JointClock
    rows: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    files: int = 0

    def context(self) -> Context:
        """A context that dials the stand-in and nothing else."""
        return replace(quiet_context(self.clock), dialer=AddressDialer("test", self.served.host, self.served.port))

    def connector(self, **changes: Any) -> SftpFiles:
        """A fresh connector."""
        given = {"host": self.served.host, "port": self.served.port, "host_keys": self.served.fingerprint, "username": USERNAME}
        more = {"password": PASSWORD, "key": "Key", "complete": "now", "folders": ["in"], "timeout_seconds": 5}
        return SftpFiles(SftpFilesSettings.model_validate({**given, **more, **changes}), self.context())

    def read(self, since: Cursor | None = None, **changes: Any) -> list[Page]:
        """Read everything with a fresh connector."""
        return list(self.connector(**changes).read(ROW, since))

    def set(self, kind: FaultKind) -> None:
        fault, greeting = FAULTS[kind]
        with self.served.lock:
            self.served.tree.fault, self.served.tree.greeting = fault, greeting

    def clear(self) -> None:
        with self.served.lock:
            self.served.tree.fault = None

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

    def _write(self, names: Mapping[str, str]) -> None:
        self.files += 1
        self.served.put(f"in/leads-{self.files:04}.csv", "Key,Name\n" + "".join(f"{key},{name}\n" for key, name in names.items()))
        self.rows.update({key: {"Key": key, "Name": name} for key, name in names.items()})


@contextmanager
def sftp_store() -> Iterator[Store]:
    """A server with an empty folder `in`, until the block ends."""
    dial = DialClock()
    clock = JointClock(dial)
    with SftpServed(SftpTree(folders={"/", "/in"}), dial) as served:
        yield Store(served, clock)


def ids(pages: Sequence[Page]) -> list[str]:
    """The ids of all records."""
    return [change.id for page in pages for change in page.changes]


def complaints(pages: Sequence[Page]) -> list[str]:
    """What was told about rows and files that could not be read."""
    return [reject.error.message for page in pages for reject in page.rejects]
