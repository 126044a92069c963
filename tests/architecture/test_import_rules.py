"""The import rules catch what is planted: one wrong import per rule in a hollow copy of the house."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PRODUCT, ROOT

PLANTED = {
    "core/model/records.py": "import core.store.tables",
    "core/contract/records.py": "import core.model.records",
    "core/store/tables.py": "import core.flow.pipeline",
    "core/observe/log.py": "import core.store.store",
    "core/flow/mapping/apply.py": "import core.flow.quality.names",
    "core/flow/identity/keys.py": "import core.flow.delivery.run",
    "core/flow/intake/poll.py": "import core.flow.delivery.work",
    "core/flow/quality/names.py": "import httpx",
    "core/flow/consent/judge.py": "import core.observe.log",
    "core/runtime/service.py": "import core.web.app",
    "core/runtime/registry.py": "import connectors.salesforce.connector",
    "core/web/app.py": "import core.store.tables",
    "core/cli/__init__.py": "import core.web.app",
    "connectors/salesforce/rows.py": "import core.runtime.http.wire",
    "connectors/hubspot/values.py": "import connectors.salesforce.rows",
    "connectors/web_form/body.py": "import sandbox.body",
    "sandbox/body.py": "import core.contract.signatures",
    "sandbox/clock.py": "import connectors.memory.remote",
}


def test_the_house_keeps_its_own_rules() -> None:
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_hollow_copy_of_the_house_keeps_the_rules(tmp_path: Path) -> None:
    _build_hollow_house(tmp_path)

    done = _lint(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    house = tmp_path_factory.mktemp("planted")
    _build_hollow_house(house)
    for place, line in PLANTED.items():
        (house / place).write_text(f"{line}\n", encoding="utf-8")
    return _lint(house).stdout


@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_import_is_reported(findings: str, place: str) -> None:
    importer = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    imported = PLANTED[place].removeprefix("import ")

    assert f"{importer} -> {imported}" in findings


def test_every_rule_has_a_plant_that_breaks_it(findings: str) -> None:
    kept = [line for line in findings.splitlines() if line.endswith("KEPT")]

    assert kept == []


def _build_hollow_house(folder: Path) -> None:
    """Every module of ours as an empty file, so that only the planted imports count."""
    shutil.copy(ROOT / ".importlinter", folder)
    for root in PRODUCT:
        for path in (ROOT / root).rglob("*.py"):
            place = folder / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache", "--no-logo"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "400"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
