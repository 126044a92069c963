"""A fake tap as an executable, the connector on it, and the contract suite's bench."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML

import connectors.singer
from connectors.singer.connector import Singer
from connectors.singer.settings import SingerSettings
from core.contract import Manifest, load_manifest
from core.contract.testing import Bench, ReadSample
from core.runtime.programs import ProgramRunner
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

STREAM = "crm-people"
TOKEN = "t0k-en"


def singer_manifest() -> Manifest:
    """The manifest as it ships."""
    return load_manifest(YAML(typ="safe").load((Path(connectors.singer.__file__).parent / "manifest.yaml").read_text("utf-8")))


class TapTruth:
    """What the fake tap tells, touched past the connector."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[str, dict[str, JsonValue]] = {}
        self._seq = 0
        self._write()

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        ids = [str(len(self._records) + number) for number in range(1, count + 1)]
        for each in ids:
            self._put(each, f"Seed {each}")
        self._write()
        return ids

    def change(self, object_name: str, native_id: str) -> None:
        self._put(native_id, f"Changed {self._seq}")
        self._write()

    def delete(self, object_name: str, native_id: str) -> None:
        raise AssertionError("taps tell no deletions")

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        return self._records

    def _put(self, native_id: str, name: str) -> None:
        self._seq += 1
        self._records[native_id] = {"id": int(native_id), "name": name, "seq": self._seq}

    def _write(self) -> None:
        self._path.write_text(json.dumps([*self._records.values()]), "utf-8")


def fake_tap(folder: Path) -> Path:
    """The fake tap as a program of its own."""
    path = folder / "tap-fake"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -I {Path(__file__).parent / "fake_tap.py"} "$@"\n', "utf-8")
    path.chmod(0o700)
    return path


def singer_on(folder: Path, config: Mapping[str, Any] | None = None, **settings: Any) -> Singer:
    """A connector on the fake tap, whose runs lie in `folder / programs`."""
    plain = {"records": str(folder / "records.json"), **(config or {})}
    given = {"executable": fake_tap(folder), "config": plain, "secrets": {"token": TOKEN}, **settings}
    context = replace(quiet_context(HandClock()), programs=ProgramRunner(folder / "programs", "crm"))
    return Singer(SingerSettings.model_validate(given), context)


def singer_bench(folder: Path) -> Bench:
    """A bench on a fake tap without records."""
    truth = TapTruth(folder / "records.json")
    return Bench(
        manifest=singer_manifest(),
        make=lambda: singer_on(folder),
        advance=lambda seconds: None,
        remote=truth,
        reading=ReadSample(object=STREAM, several_pages=1_750),
    )
