"""The mappings that are shipped are sound, and explain themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.contract import Manifest
from core.runtime.mapping_trial import try_examples
from core.runtime.mappings import load_mappings
from core.runtime.registry import default_registry
from tests.architecture.source import ROOT

CONNECTIONS = {
    "facebook-page": "meta_lead_ads",
    "contact-form": "web_form",
    "trade-fairs": "spreadsheet",
    "salesforce-eu": "salesforce",
    "hubspot-eu": "hubspot",
}
"""The connections of config.example.yaml, for which the shipped mappings are written."""
CONNECTORS = sorted(path.parent.name for path in (ROOT / "connectors").glob("*/manifest.yaml"))


def test_every_shipped_mapping_is_sound() -> None:
    found = load_mappings(ROOT / "mappings", _manifests(CONNECTIONS))

    assert found.problems == ()
    assert len(found.files) == len(list((ROOT / "mappings").glob("*.yaml")))


def test_the_shipped_mappings_use_the_names_of_the_example_configuration() -> None:
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")

    assert [name for name in CONNECTIONS if f"\n  {name}:" not in example] == []


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_connector_has_a_sound_first_mapping(connector: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "connectors" / connector / "starter.yaml", tmp_path)

    found = load_mappings(tmp_path, _manifests({connector: connector}))

    assert found.problems == ()
    assert [file.mapping.connection for file in found.files] == [connector]


SHIPPED = [(ROOT / "mappings", CONNECTIONS), *((ROOT / "connectors" / connector, {connector: connector}) for connector in CONNECTORS)]


@pytest.mark.parametrize(("folder", "connections"), SHIPPED, ids=lambda part: part.name if isinstance(part, Path) else "")
def test_the_examples_of_every_shipped_mapping_hold_and_exercise_all_its_lines(
    folder: Path, connections: dict[str, str], tmp_path: Path
) -> None:
    for path in folder.glob("*.yaml"):
        if path.name != "manifest.yaml":
            shutil.copy(path, tmp_path)

    trials = [try_examples(file) for file in load_mappings(tmp_path, _manifests(connections)).files]

    assert trials
    assert [(trial.name, each.name, each.message, each.wrong) for trial in trials for each in trial.examples if not each.passed] == []
    assert [trial.name for trial in trials if not trial.examples] == []
    assert [(trial.name, missed.target, missed.what) for trial in trials for missed in trial.missed] == []


@pytest.mark.parametrize("path", sorted((ROOT / "mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_mapping_begins_with_what_it_does(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("# ")
    assert first.endswith(".")


def _manifests(connections: dict[str, str]) -> dict[str, Manifest]:
    known = default_registry().manifests()
    return {name: known[connector] for name, connector in connections.items()}
