"""Taps that behave and taps that do not: what is told, what is refused, and what is left behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.singer.connector import Singer
from connectors.singer.messages import Messages, State
from connectors.singer.settings import SingerSettings
from core.contract import (
    Change,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Cursor,
    Invalid,
    ObjectName,
    Page,
    Programs,
    Reject,
    TryLater,
    Unavailable,
)
from core.contract.testing.acts import ids_of
from core.runtime.programs import ProgramRunner
from tests.support.singer_bench import STREAM, TOKEN, TapTruth, singer_on

PEOPLE = ObjectName(STREAM)


def read(connector: Singer, since: Cursor | None = None) -> tuple[list[Page], ConnectorError | None]:
    """The pages that came, and the error that ended them."""
    pages: list[Page] = []
    try:
        for page in connector.read(PEOPLE, since):
            pages.append(page)
    except ConnectorError as error:
        return pages, error
    return pages, None


@pytest.fixture
def tap(tmp_path: Path) -> Callable[..., Singer]:
    """A tap with three records, in the mode asked for."""
    TapTruth(tmp_path / "records.json").seed(STREAM, 3)

    def make(mode: str = "", config: dict[str, Any] | None = None, **settings: Any) -> Singer:
        return singer_on(tmp_path, {"mode": mode, "pids": str(tmp_path / "pids"), **(config or {})}, **settings)

    return make


def test_a_run_gives_records_by_their_key_and_the_last_state(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap())

    assert error is None
    assert ids_of(pages) == ["1", "2", "3"]
    assert json.loads(pages[-1].resume) == {"state": {"seq": 3}}
    assert ids_of(read(tap(), pages[-1].resume)[0]) == []


class Slow:
    """Programs that are installed only once the test says so."""

    def __init__(self, programs: Programs, path: Path) -> None:
        self.may_end = threading.Event()
        self.run = programs.run
        self._path = path

    def install(self, requirement: str, command: str) -> Path:
        """Take as long as it takes."""
        assert self.may_end.wait(20)
        return self._path


def test_a_first_installation_inside_a_read_says_all_the_while_that_it_is_at_work(
    tap: Callable[..., Singer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.singer.connector.SIGN_SECONDS", 0.01)
    ready = tap()
    assert ready.context.programs is not None and ready.settings.executable is not None
    slow = Slow(ready.context.programs, ready.settings.executable)
    settings = ready.settings.model_copy(update={"executable": None, "requirement": "tap-x"})
    reading = Singer(settings, replace(ready.context, programs=slow)).read(PEOPLE, None)

    signs = [next(reading) for _ in range(3)]
    slow.may_end.set()
    rest = list(reading)

    assert all(not page.changes and json.loads(page.resume) == {"state": None} for page in signs)
    assert ids_of(rest) == ["1", "2", "3"]


def test_an_installation_that_fails_inside_a_read_is_the_read_s_error(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap(executable=Path("/nowhere/tap-x")))
    assert pages == [] and isinstance(error, ConfigInvalid) and error.setting == "executable"


def test_a_crash_keeps_what_a_state_confirmed_and_no_more(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap("crash"))

    assert ids_of(pages) == ["1", "2", "3"]
    assert json.loads(pages[-1].resume) == {"state": {"seq": 3}}
    assert isinstance(error, TryLater)
    assert "exit 1" in str(error) and "was refused" in str(error)
    assert TOKEN not in str(error) and "ada@example.com" not in str(error)


def test_a_line_without_end_is_cut_off(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap("endless", max_line_mib=1))

    assert ids_of(pages) == ["1", "2", "3"]
    assert isinstance(error, ConfigInvalid) and error.setting == "max_line_mib"


def test_a_tap_that_takes_too_much_memory_fails_alone(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap("hog", memory_mib=256))

    assert ids_of(pages) == ["1", "2", "3"]
    assert isinstance(error, Unavailable) and "MemoryError" in str(error)


def test_a_tap_that_hangs_is_ended_with_its_children(tap: Callable[..., Singer], tmp_path: Path) -> None:
    pages, error = read(tap("hang", seconds=6))

    assert ids_of(pages) == ["1", "2", "3"]
    assert isinstance(error, Unavailable) and "6 s" in str(error)
    assert [pid for pid in (tmp_path / "pids").read_text("utf-8").split() if not _has_gone(pid)] == []


def test_a_child_left_behind_does_not_hold_up_the_end(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap("orphan", seconds=20))

    assert (ids_of(pages), error) == (["1", "2", "3"], None)


def test_lines_that_are_no_messages_are_refused_with_their_place_and_the_others_go_on(tap: Callable[..., Singer]) -> None:
    pages, error = read(tap("garbage"))

    assert error is None
    assert ids_of(pages) == ["1", "2", "3"]
    rejects = [each for page in pages for each in page.rejects]
    assert len(rejects) == 6
    assert all(isinstance(each.error, Invalid) and "Line " in str(each.error) for each in rejects)
    assert rejects[0].raw == b"hello"


def test_output_that_is_mostly_noise_is_a_fault_of_the_tap(tap: Callable[..., Singer]) -> None:
    assert isinstance(read(tap("noise"))[1], ContractBroken)


def test_batches_in_files_are_refused(tap: Callable[..., Singer]) -> None:
    assert isinstance(read(tap("batch"))[1], ConfigInvalid)


def test_the_tap_sees_nothing_of_our_environment_and_nothing_stays_behind(
    tap: Callable[..., Singer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLOOM_TEST_SECRET", "ours")
    pages, _ = read(tap("environment"))

    seen: Any = next(change for page in pages for change in page.changes if "environment" in change.fields).fields
    assert set(seen["environment"]) - {"PWD", "SHLVL", "_", "LC_CTYPE", "OLDPWD"} == {"PATH", "HOME", "LANG"}
    assert seen["environment"]["HOME"].startswith(str(tmp_path / "programs"))
    assert seen["modes"] == ["0o600", "0o700"]
    assert seen["config"]["token"] == TOKEN
    assert not Path(seen["at"]).exists()
    assert list((tmp_path / "programs" / "runs" / "crm").glob("run-*")) == []


def test_only_the_stream_that_is_read_is_selected(tap: Callable[..., Singer]) -> None:
    streams = {STREAM: {"replication_method": "INCREMENTAL", "replication_key": "seq"}}
    pages, _ = read(tap("environment", streams=streams))

    seen: Any = next(change for page in pages for change in page.changes if "catalog" in change.fields).fields["catalog"]
    facts = [{tuple(each["breadcrumb"]): each["metadata"] for each in stream["metadata"]} for stream in seen["streams"]]
    assert facts[0][()] == {"selected": True, "replication-method": "INCREMENTAL", "replication-key": "seq"}
    assert facts[0]["properties", "email"] == {"selected": True}
    assert "selected" not in facts[0]["properties", "odd"]
    assert facts[1][()] == {"selected": False}


def test_records_without_a_key_are_known_by_their_content(tap: Callable[..., Singer]) -> None:
    once, again = (ids_of(read(tap(config={"key": []}))[0]) for _ in range(2))

    assert once == again
    assert len(set(once)) == 3 and all(len(each) == 32 for each in once)
    assert ids_of(read(tap(config={"key": []}, streams={STREAM: {"key": ["id", "name"]}}))[0])[0] == "1|Seed 1"


def test_a_reader_that_stops_early_ends_the_tap(tap: Callable[..., Singer], tmp_path: Path) -> None:
    connector = tap("hang", max_held_mib=1)
    TapTruth(tmp_path / "records.json").seed(STREAM, 600)
    pages = connector.read(PEOPLE, None)
    next(pages)
    pages.close()  # type: ignore[attr-defined]  # it is a generator

    assert ids_of(read(tap())[0])


def test_the_catalog_is_described_and_an_unknown_stream_named(tap: Callable[..., Singer]) -> None:
    assert [(spec.name, [field.kind.value for field in spec.fields]) for spec in tap().describe()] == [
        (STREAM, ["number", "email", "text"]),
        ("other", []),
    ]
    with pytest.raises(ConfigInvalid, match="nobody"):
        next(tap().read(ObjectName("nobody"), None))


@pytest.mark.parametrize("requirement", ["-r list.txt", " --index-url=http://x", "", "tap-x\n-e ."])
def test_options_for_pip_are_refused(requirement: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        SingerSettings(requirement=requirement)
    with pytest.raises(ConfigInvalid):
        ProgramRunner(tmp_path, "crm").install(requirement, "tap-x")


def test_an_environment_is_made_once_and_one_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    runner = ProgramRunner(tmp_path / "programs", "crm")
    with pytest.raises(Unavailable):
        runner.install(str(package), "tap-x")

    (home,) = [each for each in (tmp_path / "programs" / "environments").iterdir() if each.is_dir()]
    assert (home / "bin" / "python").exists() and not (home / "complete").exists()
    (home / "bin" / "tap-x").touch()
    (home / "complete").touch()
    assert runner.install(str(package), "tap-x") == home / "bin" / "tap-x"
    with pytest.raises(ConfigInvalid, match="tap-y"):
        runner.install(str(package), "tap-y")


PLAIN = st.sampled_from([None, True, 0, 10**30, 1.5, float("nan"), "", "x", "\ud800"])
JSON = (
    PLAIN
    | st.lists(PLAIN, max_size=2)
    | st.dictionaries(st.sampled_from(["id", "a", "b"]), PLAIN | st.lists(PLAIN, max_size=2), max_size=3)
)
PARTS = st.fixed_dictionaries({}, optional=dict.fromkeys(("record", "key_properties", "value", "stream", "type"), JSON))


@given(
    kind=st.sampled_from(["RECORD", "SCHEMA", "STATE", "Record", "BATCH", "ODD"]), parts=PARTS, key=st.lists(st.sampled_from(["id", "a"]))
)
def test_every_message_however_wrong_is_read_set_aside_or_stops_the_tap(kind: str, parts: dict[str, Any], key: list[str]) -> None:
    messages = Messages(PEOPLE, frozenset({"s"}), key)
    messages.take(b'{"type":"SCHEMA","stream":"s","schema":{}}')
    line = json.dumps({"type": kind, "stream": "s", **parts}).encode()
    try:
        told = messages.take(line)
    except (ContractBroken, ConfigInvalid) as error:
        assert error.message
        return
    if isinstance(told, Change):
        assert told.id and told.version and told.fields == parts["record"]
    elif isinstance(told, Reject):
        assert told.id and told.raw == line and "Line 2 " in told.error.message
    else:
        assert told is None or told == State(parts["value"])


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"type":"RECORD","stream":"s","record":{"id":' + b"9" * 5000 + b"}}", b"\xff\xfe", b'"x"']
)
def test_a_hostile_line_is_refused(line: bytes) -> None:
    reject = Messages(PEOPLE, frozenset({"s"}), []).take(line)
    assert reject is not None and hasattr(reject, "error")


def _has_gone(pid: str) -> bool:
    """A killed process takes a moment to die."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
    return False
