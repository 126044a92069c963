"""An installation beside a Salesforce and a HubSpot over real HTTP, for commands that ask accounts what they look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from core.runtime.desk.failures import explain
from sandbox.clock import DialClock
from sandbox.hubspot import HubSpotStandIn
from sandbox.salesforce import SalesforceStandIn
from sandbox.shell import Served
from tests.support.journey import write_installation
from tests.support.sandbox import control, serving


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass
class Crms:
    """The installation's folder and its two accounts."""

    folder: Path
    config: Path
    served: Mapping[str, Served]

    def control(self, crm: str, verb: str, **arguments: Any) -> Any:
        """Turn a dial of an account."""
        return control(self.served[crm], verb, **arguments)

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder of the mappings."""
        path = self.folder / "mappings" / name
        path.write_text(text, "utf-8")
        return path

    def run(self, add_to: Callable[[typer.Typer], None], *words: str) -> Said:
        """Run one command of the group `mapping`."""
        return run_mapping(self.config, add_to, *words)


def run_mapping(config: Path, add_to: Callable[[typer.Typer], None], *words: str) -> Said:
    """Run one command of the group `mapping` in this process; an expected error becomes its words and its exit code."""
    app, group = typer.Typer(), typer.Typer()
    add_to(group)
    app.add_typer(group, name="mapping")
    result = CliRunner().invoke(app, ["mapping", *words], obj=config)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        failure = explain(result.exception) if isinstance(result.exception, Exception) else None
        if failure is None:
            raise result.exception
        return Said(int(failure.code), result.stdout, result.stderr + failure.text)
    return Said(result.exit_code, result.stdout, result.stderr)


@contextmanager
def crms(folder: Path, mappings: Sequence[Mapping[str, Any]] = (), **settings: Any) -> Iterator[Crms]:
    """Serve both accounts until the block ends; HubSpot has our unique property, the mappings are those given."""
    with ExitStack() as stack:
        clock = DialClock()
        served = {
            "sf": stack.enter_context(serving(SalesforceStandIn(), clock)),
            "hs": stack.enter_context(serving(HubSpotStandIn(), clock)),
        }
        control(served["hs"], "seed", leadloom_property=True)
        urls = {name: each.url for name, each in served.items()}
        yield Crms(folder, write_installation(folder, urls, list(mappings), hs_timeout=10, **settings), served)
