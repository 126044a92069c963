"""Which package may import what, the standard library included: what import-linter cannot see."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, SourceFile, files_under, imports_of

CALM = frozenset(
    {"__future__", "abc", "bisect", "collections", "collections.abc", "dataclasses", "datetime", "decimal", "difflib", "enum", "functools"}
    | {"contextlib", "hashlib", "heapq", "html", "html.parser", "itertools", "json", "math", "operator", "re", "string", "types", "typing"}
    | {"unicodedata", "urllib.parse", "weakref", "zoneinfo"}
)
"""Of the standard library, what has no side effect and knows no time of day (its clock calls are banned by another test)."""

PURE: dict[str, frozenset[str]] = {
    "core/model": frozenset({"core.model"}),
    "core/flow/mapping": frozenset(
        {"core.flow.mapping", "core.model", "lark", "rapidfuzz", "regex"}
        | {"core.flow.quality.mailbox", "core.flow.quality.phones", "core.flow.quality.titles"}
    ),
    "core/flow/quality": frozenset(
        {"core.flow.quality", "core.model", "anyascii", "email_validator", "idna", "phonenumbers", "publicsuffixlist", "regex"}
    ),
    "core/flow/consent": frozenset({"core.flow.consent", "core.model"}),
    "core/flow/identity": frozenset({"core.flow.identity", "core.flow.quality", "core.model", "rapidfuzz", "importlib.resources"}),
    "core/flow/routing": frozenset({"core.flow.routing", "core.model"}),
    "core/flow/agreement": frozenset({"core.flow.agreement", "core.model"}),
    "core/flow/reconcile/lines.py": frozenset({"core.flow", "core.model"}),
    "core/flow/world.py": frozenset({"core.flow", "core.model"}),
    "core/flow/following": frozenset({"core.flow", "core.model"}),
    "core/flow/scoring": frozenset({"core.flow.scoring", "core.model"}),
    "core/flow/pipeline.py": frozenset({"core.flow", "core.model"}),
}
"""Pure packages, and what they may import beside the calm part of the standard library."""

SDKS: dict[str, frozenset[str]] = {
    "salesforce": frozenset({"simple_salesforce", "requests", "jwt", "cryptography"}),
    "hubspot": frozenset({"hubspot"}),
    "google_sheets": frozenset({"jwt", "cryptography"}),
    "web_form": frozenset({"python_multipart"}),
    "jotform": frozenset({"python_multipart"}),
}
"""What a connector speaks to its vendor with. A connector that is not listed has no SDK."""

NOT_FOR_CONNECTORS = frozenset(
    {"threading", "subprocess", "multiprocessing", "socket", "asyncio", "random", "secrets", "logging", "sqlite3"}
)
"""Of the standard library, what the runtime does for connectors: work side by side, chance, the log, the network."""


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_imports_only_what_is_pure(package: str) -> None:
    allowed = PURE[package]

    assert list(_strangers(files_under(package), allowed, CALM)) == []


def test_the_contract_imports_only_the_standard_library_and_pydantic() -> None:
    files = [file for file in files_under("core/contract") if "/testing/" not in file.name and "/tables/" not in file.name]

    assert list(_strangers(files, frozenset({"core.contract", "pydantic"}), sys.stdlib_module_names)) == []
    assert [file.name for file in files if any(module.startswith("core.contract.tables") for _, module in imports_of(file.tree))] == []


def test_the_readers_of_tables_import_what_reads_workbooks_beside_that() -> None:
    allowed = frozenset({"core.contract", "pydantic", "python_calamine", "openpyxl"})

    assert list(_strangers(files_under("core/contract/tables"), allowed, sys.stdlib_module_names - NOT_FOR_CONNECTORS)) == []


def test_the_contract_suite_imports_pytest_beside_that() -> None:
    files = list(files_under("core/contract/testing"))

    assert files
    assert list(_strangers(files, frozenset({"core.contract", "pydantic", "pytest"}), sys.stdlib_module_names)) == []


@pytest.mark.parametrize("connector", sorted(path.parent.name for path in (ROOT / "connectors").glob("*/manifest.yaml")))
def test_a_connector_imports_the_contract_and_its_own_sdk(connector: str) -> None:
    allowed = frozenset({"core.contract", "pydantic", f"connectors.{connector}"}) | SDKS.get(connector, frozenset())

    assert list(_strangers(files_under(f"connectors/{connector}"), allowed, sys.stdlib_module_names - NOT_FOR_CONNECTORS)) == []


def test_the_demonstration_knows_leadloom_from_outside_only() -> None:
    allowed = frozenset({"demo", "httpx", "openpyxl", "rich"})

    assert list(_strangers(files_under("demo"), allowed, sys.stdlib_module_names)) == []


@pytest.mark.parametrize(
    "line",
    ["import os", "import time", "import random", "import logging", "from sqlalchemy import select", "import httpx", "import core.store"],
)
def test_a_planted_import_in_a_pure_package_is_found(line: str) -> None:
    planted = SourceFile(Path("planted.py"), ast.parse(f"def late() -> None:\n    {line}\n"))

    assert len(list(_strangers([planted], PURE["core/flow/mapping"], CALM))) == 1


def _strangers(files: list[SourceFile] | Iterator[SourceFile], allowed: frozenset[str], library: frozenset[str]) -> Iterator[str]:
    for file in files:
        for line, module in imports_of(file.tree):
            if not _is_within(module, allowed) and not _is_within(module, library):
                yield f"{file.name}:{line}: {module}"


def _is_within(module: str, packages: frozenset[str]) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:count]) in packages for count in range(1, len(parts) + 1))
