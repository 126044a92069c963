"""An installation to measure: its configuration in a folder of its own, its server, and questions to its database."""

from __future__ import annotations

import json
import secrets
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.support.processes import running, wait_for
from benchmarks.support.pushes import PUSHES
from benchmarks.support.stand_ins import StandIns

SERVE = ("-m", "core.cli.main", "serve")

_INBOUND = """kind: inbound
name: {name}
from: {{connection: {name}}}
to: Lead
region: DE
fields:
  email: email
  first_name: first_name
  last_name: last_name
  company: company
  phone: phone
"""
_HUBSPOT = """kind: sync
name: hubspot contacts
golden: Lead
to: {connection: hubspot, object: contacts}
external_id: leadloom_id
direction: to
fields: {email: email, firstname: first_name, lastname: last_name, company: company, phone: phone}
"""
_SALESFORCE = """kind: sync
name: salesforce leads
golden: Lead
to: {connection: salesforce, object: Lead}
external_id: Leadloom_Id__c
direction: to
fields:
  Email: email
  FirstName: first_name
  LastName: {from: last_name, default: "[unknown]"}
  Company: {from: company, default: "[not given]"}
  Phone: phone
"""


@dataclass(frozen=True, slots=True)
class Site:
    """One installation on disk."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.yaml"

    @property
    def drop(self) -> Path:
        """The folder that spreadsheets are dropped into."""
        return self.folder / "drop"

    def url(self) -> str:
        """Where the server listens."""
        return str(json.loads((self.folder / "var" / "server.json").read_text())["url"])

    def counts(self, table: str, column: str = "state") -> dict[str, int]:
        """Rows of a table by a column."""
        return {str(key): int(count) for key, count in self.query(f"SELECT {column}, count(*) FROM {table} GROUP BY 1")}

    def query(self, statement: str) -> list[Any]:
        """Ask the database, beside the server that writes it."""
        with closing(sqlite3.connect(f"file:{self.folder / 'var' / 'leadloom.db'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement).fetchall()

    def is_level(self, received: int) -> bool:
        """Whether everything that came in has been decided and delivered."""
        if sum(self.counts("inbox").values()) < received or self.counts("inbox").keys() & {"ready", "to_read"}:
            return False
        return not self.counts("link").keys() & {"behind", "pending"}


def make_site(
    folder: Path, served: StandIns | None, *, polled: bool = False, two_way: bool = False, idle_stop_seconds: float = 300.0
) -> Site:
    """Write configuration and mappings: a signed web form, and with stand-ins both CRMs and (polled) the folder for files.

    The CRMs are written to only, unless the site is `two_way`.
    """
    folder.mkdir(parents=True)
    site = Site(folder)
    connections: dict[str, Any] = {"web": {"connector": "web_form", "settings": dict(PUSHES["web_form"].settings)}}
    texts = {"web": _INBOUND.format(name="web")}
    if polled:
        site.drop.mkdir()
        settings = {"folder": str(site.drop), "complete": "now"}
        connections["files"] = {"connector": "spreadsheet", "settings": settings, "poll": {"row": 1}}
        texts["files"] = _INBOUND.format(name="files")
    if served is not None:
        login = {"login_url": served.salesforce, "consumer_key": "sandbox-key", "consumer_secret": "sandbox-secret"}
        connections["salesforce"] = {"connector": "salesforce", "settings": login}
        connections["hubspot"] = {"connector": "hubspot", "settings": {"base_url": served.hubspot, "access_token": "pat-sandbox-token"}}
        crms = {"hubspot": _HUBSPOT, "salesforce": _SALESFORCE}
        texts |= {name: text.replace("direction: to\n", "") if two_way else text for name, text in crms.items()}
    engine = {"idle_stop_seconds": idle_stop_seconds}
    content = {"allow_clear_secrets": True, "data_dir": "var", "engine": engine, "connections": connections}
    site.config.write_text(json.dumps(content, indent=1))  # JSON is YAML
    (folder / "mappings").mkdir()
    for name, text in texts.items():
        (folder / "mappings" / f"{name}.yaml").write_text(text)
    return site


def add_pushes(site: Site) -> None:
    """Configure one more connection, with a mapping, for every connector that `benchmarks.support.pushes` can play."""
    content = json.loads(site.config.read_text())
    for connector, push in PUSHES.items():
        content["connections"][connector] = {"connector": connector, "settings": dict(push.settings)}
        (site.folder / "mappings" / f"{connector}.yaml").write_text(_INBOUND.format(name=connector))
    site.config.write_text(json.dumps(content, indent=1))


@contextmanager
def serving(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Run `leadloom serve` on a free port until the block ends; the block starts when it answers."""
    ready = site.folder / "var" / "server.json"
    ready.unlink(missing_ok=True)
    with running([*SERVE, "--config", str(site.config), "--port", "0"], log=site.folder / "serve.log") as server:
        wait_for("the server", lambda: ready.exists() or server.poll() is not None)
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {(site.folder / 'serve.log').read_text()[-2000:]}")
        yield server


def new_run_id() -> str:
    """A word that makes the people of one run differ from those of every other."""
    return secrets.token_hex(4)
