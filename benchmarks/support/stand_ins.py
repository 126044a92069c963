"""The sandbox in a process of its own, with its limits out of the way, and its dials over HTTP."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.support.processes import running, wait_for

LOWEST_PRIORITY = 15
"""The stand-ins are somebody else's machines in real life: they get what processor time is left."""


def ask(base: str, method: str, path: str, body: Any = None) -> Any:
    """Call a JSON endpoint on loopback and give its answer; raises RuntimeError for anything but success."""
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=120)
    try:
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text)


@dataclass(frozen=True, slots=True)
class StandIns:
    """Where the stand-ins are served."""

    salesforce: str
    hubspot: str

    def dial(self, base: str, verb: str, **arguments: Any) -> Any:
        """Turn a dial, or ask what a stand-in holds."""
        return ask(base, "POST", f"/_sandbox/{verb}", arguments)

    def counts(self) -> tuple[int, int]:
        """How many leads Salesforce and how many contacts HubSpot hold."""
        return self.salesforce_count(), self.hubspot_count()

    def salesforce_count(self) -> int:
        """How many live leads Salesforce holds."""
        return int(self.dial(self.salesforce, "count", object="Lead")["count"])

    def hubspot_count(self) -> int:
        """How many live contacts HubSpot holds."""
        return len(self.dial(self.hubspot, "records", object="contacts"))

    def clear_journals(self) -> None:
        """Forget the calls so far."""
        for base in (self.salesforce, self.hubspot):
            ask(base, "POST", "/_sandbox/journal/clear", {})

    def calls(self, base: str) -> Counter[str]:
        """The calls since the journal was cleared, as `METHOD path`."""
        journal = ask(base, "GET", "/_sandbox/journal")
        return Counter(f"{entry['method']} {entry['path']}" for entry in journal["entries"])


@contextmanager
def stand_ins(folder: Path) -> Iterator[StandIns]:
    """Serve Salesforce and HubSpot on free loopback ports until the block ends."""
    state = folder / "sandbox.json"
    arguments = ["-m", "sandbox", "--only", "salesforce", "hubspot", "--state-file", str(state)]
    with running(arguments, log=folder / "sandbox.log", nice=LOWEST_PRIORITY):
        wait_for("the sandbox", state.exists)
        urls = json.loads(state.read_text())
        served = StandIns(urls["salesforce"], urls["hubspot"])
        served.dial(served.hubspot, "configure", burst_limit=1_000_000, search_per_second=1_000_000, daily_limit=100_000_000)
        served.dial(served.hubspot, "seed", leadloom_property=True)
        served.dial(served.salesforce, "configure", daily_limit=100_000_000)
        yield served
