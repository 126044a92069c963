"""Connectors are found by their manifests; their code is imported only when one is opened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.contract import ConfigInvalid, Connector, ContractBroken, Role
from core.runtime.registry import Registry, Source, installed_sources

MANIFEST = """\
id: {id}
name: Acme
summary: A stand-in.
entry: connector:{entry}
roles: [{roles}]
hosts: [api.acme.example]
"""
CODE = """\
from core.contract import Connector, Health


class Acme(Connector):
    settings_type = object

    def check(self):
        return Health("acme")

    def describe(self):
        return []

    def read(self, object_name, since):
        return iter(())


class NoConnector:
    pass
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path, whose modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def connector(place: Path, package: str, *, id: str = "acme", entry: str = "Acme", roles: str = "reads", code: str = CODE) -> Source:
    """Write a connector's package."""
    folder = place.joinpath(*package.split("."))
    folder.mkdir(parents=True)
    for parent in [folder, *folder.parents]:
        if parent == place:
            break
        (parent / "__init__.py").write_text("")
    (folder / "manifest.yaml").write_text(MANIFEST.format(id=id, entry=entry, roles=roles))
    (folder / "connector.py").write_text(code)
    return Source(folder, package)


def test_a_connector_is_known_before_and_without_importing_its_code(place: Path) -> None:
    registry = Registry([connector(place, "acme_one", code="raise RuntimeError")])
    assert list(registry.manifests()) == ["acme"]
    assert registry.manifest("acme").roles == [Role.READS]
    assert (registry.folder("acme") / "manifest.yaml").is_file()
    assert not any(name.startswith("acme_one") for name in sys.modules)


def test_loading_imports_the_class_that_the_manifest_names(place: Path) -> None:
    found = Registry([connector(place, "acme_two")]).load("acme")
    assert issubclass(found, Connector)
    assert found.__module__ == "acme_two.connector"


def test_the_connectors_of_this_checkout_are_found_and_sound_and_not_imported() -> None:
    before = set(sys.modules)
    registry = Registry(source for source in installed_sources() if source.package.startswith("connectors."))
    assert registry.problems() == {}
    assert set(registry.manifests()) == {folder.parent.name for folder in Path("connectors").glob("*/manifest.yaml")}
    assert not any(name.startswith("connectors") for name in set(sys.modules) - before)


def test_third_parties_join_by_the_entry_point_group_even_from_a_nested_package(place: Path) -> None:
    connector(place, "vendor_tools.leadloom_acme", code=CODE)
    (place / "vendor_tools" / "__init__.py").write_text("raise RuntimeError('imported too early')")
    distribution = place / "vendor_tools-1.0.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: vendor-tools\nVersion: 1.0\n")
    (distribution / "entry_points.txt").write_text("[leadloom.connectors]\nacme = vendor_tools.leadloom_acme\ngone = not_there.at_all\n")
    registry = Registry()
    assert registry.manifest("acme").name == "Acme"
    assert (registry.origin("acme"), registry.origin("memory")) == ("vendor-tools 1.0", "built in")
    assert list(registry.problems()) == ["not_there.at_all"]
    (place / "vendor_tools" / "__init__.py").write_text("")
    assert registry.load("acme").__name__ == "Acme"


def test_an_unknown_id_is_answered_with_the_nearest_one(place: Path) -> None:
    registry = Registry([connector(place, "acme_three", id="salesforce")])
    with pytest.raises(ConfigInvalid, match="'salesfroce'") as caught:
        registry.manifest("salesfroce")
    assert caught.value.hint == "Did you mean 'salesforce'?"
    with pytest.raises(ConfigInvalid) as caught:
        registry.load("zzz")
    assert caught.value.hint == "Installed: salesforce."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MANIFEST.format(id="Acme", entry="Acme", roles="reads"), "id: "),
        (MANIFEST.format(id="acme", entry="Acme", roles="raeds"), "roles.0: "),
        (MANIFEST.format(id="acme", entry="Acme", roles="reads") + "lmits: []\n", "lmits: "),
        (MANIFEST.format(id="acme", entry="Acme", roles="reads") + "name: Twice\n", "manifest.yaml:7: "),
        ("name: Acme\n", "entry: "),
        ("a: [\n", "manifest.yaml:2: "),
        ("- a\n", "must be a mapping"),
        ("a: 2026-01-01\n", "unquoted date"),
        ("", "must be a mapping"),
    ],
)
def test_a_broken_manifest_names_file_and_field_and_does_not_hide_the_others(place: Path, text: str, told: str) -> None:
    broken, sound = connector(place, "broken_one"), connector(place, "sound_one", id="sound")
    (broken.folder / "manifest.yaml").write_text(text)
    registry = Registry([broken, sound])
    assert list(registry.manifests()) == ["sound"]
    with pytest.raises(ContractBroken) as caught:
        registry.manifest("broken_one")
    assert str(broken.folder / "manifest.yaml") in str(caught.value)
    assert told in str(caught.value)


def test_two_connectors_of_one_id_do_not_replace_each_other(place: Path) -> None:
    registry = Registry([connector(place, "first"), connector(place, "second")])
    assert "first" in str(registry.problems()["second"])


@pytest.mark.parametrize(
    ("entry", "roles", "code", "told"),
    [
        ("Acme", "reads, writes", CODE, "does not play: writes"),
        ("Acme", "", CODE, "does not declare: reads"),
        ("Absent", "reads", CODE, "no connector class Absent"),
        ("NoConnector", "reads", CODE, "no connector class NoConnector"),
        ("Acme", "reads", "import not_installed_at_all", "cannot be imported"),
    ],
)
def test_code_that_does_not_fit_its_manifest_is_refused(place: Path, entry: str, roles: str, code: str, told: str) -> None:
    package = f"misfit_{abs(hash((entry, roles, told)))}"
    registry = Registry([connector(place, package, entry=entry, roles=roles, code=code)])
    with pytest.raises(ContractBroken, match=told):
        registry.load("acme")
