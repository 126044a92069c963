"""`leadloom connector new` writes a package that keeps the contract as it is and is found once it is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.main import main
from core.runtime.mappings import load_mappings
from core.runtime.registry import default_registry, read_manifest

ROOT = Path(__file__).resolve().parents[3]
Said = pytest.CaptureFixture[str]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the new package's folder, with this checkout on its path."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("kind", ["push", "poll"])
def test_a_new_connector_passes_the_contract_suite_as_it_is_written(tmp_path: Path, kind: str, capsys: Said) -> None:
    assert main(["connector", "new", "acme_forms", "--into", str(tmp_path), "--kind", kind]) == 0
    assert "python -m pytest" in capsys.readouterr().out

    package = tmp_path / "acme_forms" / "leadloom_acme_forms" / "acme_forms"
    (tmp_path / "mappings").mkdir()
    shutil.copy(package / "starter.yaml", tmp_path / "mappings")
    mappings = load_mappings(tmp_path / "mappings", {"acme_forms": read_manifest(package / "manifest.yaml")})
    assert (mappings.problems, len(mappings.files)) == ((), 1)

    ended = run(tmp_path / "acme_forms", "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    passed = re.search(r"(\d+) passed", ended.stdout)
    assert passed is not None and int(passed[1]) >= 10


@pytest.mark.parametrize("kind", ["push", "poll"])
def test_the_suite_notices_what_is_broken_in_a_new_connector(tmp_path: Path, kind: str) -> None:
    main(["connector", "new", "acme", "--into", str(tmp_path), "--kind", kind])
    code = tmp_path / "acme" / "leadloom_acme" / "acme" / "connector.py"
    sound = code.read_text()
    broken = sound.replace("if not any(", "if any(").replace("after = numbers[-1]", "after = numbers[-1] + 1")
    assert broken != sound
    code.write_text(broken)

    assert run(tmp_path / "acme", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider").returncode == 1


def test_an_installed_package_is_listed_with_its_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    main(["connector", "new", "acme", "--into", str(tmp_path)])
    project = (tmp_path / "acme" / "pyproject.toml").read_text()
    assert 'acme = "leadloom_acme.acme"' in project
    installed = tmp_path / "acme" / "leadloom_connector_acme-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: leadloom-connector-acme\nVersion: 0.1.0\n")
    (installed / "entry_points.txt").write_text("[leadloom.connectors]\nacme = leadloom_acme.acme\n")
    monkeypatch.syspath_prepend(str(tmp_path / "acme"))
    default_registry.cache_clear()
    capsys.readouterr()
    try:
        assert main(["connectors", "--json"]) == 0
    finally:
        default_registry.cache_clear()
    origins = {each["id"]: each["origin"] for each in json.loads(capsys.readouterr().out)}
    assert origins["acme"] == "leadloom-connector-acme 0.1.0"
    assert {origin for name, origin in origins.items() if name != "acme"} == {"built in"}


@pytest.mark.parametrize("name", ["Acme", "../acme", "class", "json", "a b", ""])
def test_a_name_that_cannot_be_an_id_is_refused(tmp_path: Path, name: str, capsys: Said) -> None:
    assert main(["connector", "new", name, "--into", str(tmp_path)]) != 0
    assert list(tmp_path.iterdir()) == []
    assert "lower-case" in capsys.readouterr().err


def test_a_folder_that_exists_is_left_alone(tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "acme").mkdir()
    assert main(["connector", "new", "acme", "--into", str(tmp_path)]) != 0
    assert list((tmp_path / "acme").iterdir()) == []
    assert "exists" in capsys.readouterr().err
