"""Contract group *manners*: a connector asks its context for time and transport, and touches nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from core.contract.errors import ConnectorError
from core.contract.manifest import Role
from core.contract.roles import Connector
from core.contract.testing.acts import create_one, read_pages
from core.contract.testing.bench import Bench
from core.contract.testing.watch import folder_of, watch

FORBIDDEN_IMPORTS = frozenset(
    {"aiohttp", "asyncio", "connectors", "httpx", "sandbox", "smtplib", "socket", "sqlalchemy", "sqlite3", "subprocess", "threading"}
    | {"http.client", "multiprocessing", "urllib.request", "sqlmodel", "tenacity", "tests"}
)
"""Packages that bring their own transport, time, retries or database."""
FORBIDDEN_NAMES = {
    "time": {"sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "os": {"environ", "environb", "getenv", "putenv", "system", "popen"},
    "random": {"random", "randint", "choice", "uniform", "shuffle"},
    "requests": {"get", "post", "put", "patch", "delete", "request", "Session"},
}


class MannersGroup:
    """No sleep, no own clock, no environment, no other network."""

    def test_the_code_keeps_to_the_contract(self, bench: Bench) -> None:
        folder = folder_of(bench.make())
        broken = [
            f"{path.name}:{line} {what}"
            for path in sorted(folder.rglob("*.py"))
            for line, what in breaches(path.read_text("utf-8"), folder.name)
        ]
        assert not broken, "A connector gets clock and transport from its context:\n" + "\n".join(broken)

    def test_nothing_sleeps_and_no_other_network_is_touched(self, bench: Bench) -> None:
        connector = bench.make()
        with watch(connector) as seen:
            for act in _acts(bench, connector):
                try:
                    act()
                except ConnectorError:
                    continue
        assert not seen.sleeps, "Waiting is the engine's work: raise TryLater."
        assert not seen.strangers, f"The connector called {seen.strangers} past its context."


def breaches(source: str, own_package: str) -> Iterator[tuple[int, str]]:
    """Find what a connector must not import or name in its code, as (line, what)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"imports {alias.name}") for alias in node.names if _is_forbidden(alias.name, own_package))
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"imports {name}") for name in _imported(node) if _is_forbidden(name, own_package))
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_NAMES.get(_owner(node), ()):
            yield node.lineno, f"uses {_owner(node)}.{node.attr}"


def _imported(node: ast.ImportFrom) -> list[str]:
    return [f"{node.module}.{alias.name}" for alias in node.names]


def _is_forbidden(name: str, own_package: str) -> bool:
    parts = name.split(".")
    if parts[0] == "core":
        return parts[:2] != ["core", "contract"] or parts[2:3] == ["testing"]
    if parts[:2] == ["connectors", own_package]:
        return False
    module, _, last = name.rpartition(".")
    if last in FORBIDDEN_NAMES.get(module, ()) and module != "datetime":
        return True
    return any(".".join(parts[:length]) in FORBIDDEN_IMPORTS for length in range(1, len(parts) + 1))


def _owner(node: ast.Attribute) -> str:
    value = node.value
    if isinstance(value, ast.Name):
        return value.id
    return value.attr if isinstance(value, ast.Attribute) else ""


def _acts(bench: Bench, connector: Connector[Any]) -> list[Callable[[], object]]:
    acts: list[Callable[[], object]] = [connector.check, connector.describe]
    if Role.READS in bench.manifest.roles and bench.reading is not None:
        object_name = bench.reading.object
        acts.append(lambda: read_pages(connector, object_name))
    if Role.WRITES in bench.manifest.roles:
        acts.append(lambda: create_one(bench, connector))
    return acts
