"""Refused signatures: when they look like a wrong secret, what is held of them, and how a corrected secret releases it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.cli.main import main
from core.contract import InboundRequest
from core.runtime.doors import Doors
from core.runtime.installation import Installation
from core.runtime.metrics import metrics_text
from core.runtime.refusals import HELD_A_MINUTE, Refusals
from core.runtime.service import Service
from core.runtime.status import status_data
from core.store.commands.unverified import BURST, MOST_BYTES, NONE_PASS, ClearAlert, HoldUnverified, NoteRefusals
from core.store.vault import PlainVault
from core.store.writer import GroupWriter
from tests.support.office import sql

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIGHT, WRONG = "the-right-key-0123456789", "a-mistyped-key-0123456789"


def request(body: bytes = b"{}", at: datetime = NOW) -> InboundRequest:
    return InboundRequest("POST", "http://127.0.0.1/hooks/ads", {"content-type": "application/json"}, body, at)


def lead(number: int) -> bytes:
    answers = [{"column_id": "EMAIL", "string_value": f"kim{number}@example.com"}]
    ids = {"lead_id": f"lead-{number}", "form_id": 7, "campaign_id": 9}
    return json.dumps({**ids, "google_key": RIGHT, "api_version": "1.0", "user_column_data": answers}).encode()


@contextmanager
def doors(folder: Path, key: str, **more: Any) -> Iterator[tuple[Doors, Installation, GroupWriter]]:
    """The doors of a server whose ads connection has this key."""
    (folder / "mappings").mkdir(exist_ok=True)
    connection = {"connector": "google_ads_leads", "settings": {"keys": [key]}, **more}
    path = folder / "config.yaml"
    path.write_text(json.dumps({"allow_clear_secrets": True, "connections": {"ads": connection}}), "utf-8")
    installation = Installation.load(path)
    with (
        installation.exclusive(),
        closing(installation.open_writer()) as writer,
        closing(installation.store(writer)) as store,
        closing(installation.connections(store)) as connections,
    ):
        service = SimpleNamespace(store=store, writer=writer, connections=connections, installation=installation)
        yield Doors(cast(Service, service)), installation, writer


def deliver(opened: Doors, *bodies: bytes) -> list[int]:
    door = opened.find("ads", "")
    assert door is not None
    now = datetime.now(UTC)
    admissions = opened.admit_all([(door, request(body, now)) for body in bodies])
    for admission in admissions:
        if admission.to_store is not None:
            opened._service.store.write(admission.to_store)
    return [admission.reply.status for admission in admissions]


def shown(installation: Installation) -> dict[str, Any]:
    with installation.reading_store() as store:
        (connection,) = json.loads(json.dumps(status_data(store, installation)))["connections"]
        found: dict[str, Any] = connection["signatures"]
        return found | {"metrics": metrics_text(store)}


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """Three leads that came while the key was mistyped."""
    with doors(tmp_path, WRONG) as (opened, _, _):
        assert deliver(opened, lead(1), lead(2), lead(3), lead(3)) == [401] * 4
    return tmp_path


def release(folder: Path, *words: str) -> int:
    return main(["quarantine", "release-unverified", "ads", *words, "--config", str(folder / "config.yaml")])


def test_the_first_refusals_after_a_start_are_told_at_once_and_held(refused: Path) -> None:
    found = shown(Installation.load(refused / "config.yaml"))

    assert (found["alert"]["code"], found["alert"]["refused"], found["held"]["deliveries"]) == (NONE_PASS, 4, 3)
    assert "none has passed since the server started" in found["warning"]
    assert "release-unverified ads" in found["hint"]
    assert 'leadloom_unverified_held{connection="ads"} 3.0' in found["metrics"]
    assert sql(refused / "var", "SELECT count(*) FROM inbox") == [(0,)]


def test_what_is_held_is_sealed(refused: Path) -> None:
    files = b"".join(path.read_bytes() for path in (refused / "var").glob("leadloom.db*"))

    assert b"kim1@example.com" not in files and RIGHT.encode() not in files


def test_a_corrected_key_releases_them_and_one_that_came_again_meanwhile_is_its_repetition(refused: Path) -> None:
    with doors(refused, RIGHT) as (opened, _, _):
        assert deliver(opened, lead(2)) == [200]

    assert release(refused) == 0

    assert sql(refused / "var", "SELECT state, count(*), sum(duplicates) FROM inbox GROUP BY state") == [("ready", 3, 1)]
    assert sql(refused / "var", "SELECT acknowledged FROM intake_total") == [(4,)]
    assert sql(refused / "var", "SELECT count(*) FROM unverified") == [(0,)]
    assert sql(refused / "var", "SELECT action, detail FROM audit") == [("unverified.release", "3 deliveries, 3 submissions")]
    assert shown(Installation.load(refused / "config.yaml"))["warning"] is None


def test_what_does_not_pass_stays_until_it_is_thrown_away(refused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release(refused) == 1
    assert "0 released with 0 submissions, 0 discarded, 3 still held" in capsys.readouterr().out
    assert sql(refused / "var", "SELECT count(*) FROM inbox") == [(0,)]

    assert release(refused, "--discard-rest") == 0
    assert sql(refused / "var", "SELECT count(*) FROM unverified") == [(0,)]
    assert sql(refused / "var", "SELECT count(*) FROM inbox") == [(0,)]


def test_the_first_delivery_that_passes_takes_the_alert_back_and_leaves_what_is_held(refused: Path) -> None:
    with doors(refused, RIGHT) as (opened, installation, _):
        deliver(opened, lead(4))

    found = shown(installation)
    assert (found["alert"], found["held"]["deliveries"]) == (None, 3)


def test_nothing_is_held_where_it_is_switched_off(tmp_path: Path) -> None:
    with doors(tmp_path, WRONG, hold_unverified=False) as (opened, installation, _):
        deliver(opened, lead(1))

    found = shown(installation)
    assert (found["held"], found["alert"]["refused"]) == (None, 1)


def test_a_connection_holds_no_more_than_its_share(tmp_path: Path) -> None:
    with doors(tmp_path, WRONG) as (_, _, writer):
        for name, size in (("a", MOST_BYTES - 10), ("b", 11), ("c", 10), ("d", 1)):
            writer.write(HoldUnverified("main", "ads", name, NOW, size, b""))
        for number in range(1100):
            writer.submit(HoldUnverified("main", "other", str(number), NOW, 1, b""))

    assert sql(tmp_path / "var", "SELECT digest FROM unverified WHERE connection = 'ads' ORDER BY digest") == [("a",), ("c",)]
    assert sql(tmp_path / "var", "SELECT count(*) FROM unverified WHERE connection = 'other'") == [(1000,)]


def test_within_a_minute_only_so_many_are_held() -> None:
    refusals = Refusals("main", PlainVault())
    at = [NOW + timedelta(milliseconds=each) for each in range(200)] + [NOW + timedelta(seconds=61)]
    held = [any(isinstance(c, HoldUnverified) for c in refusals.refused("ads", request(at=each), hold=True)) for each in at]

    assert (sum(held[:200]), held[200]) == (HELD_A_MINUTE, True)


def test_once_some_have_passed_only_a_burst_is_told() -> None:
    refusals = Refusals("main", PlainVault())
    assert refusals.passed("ads") == [ClearAlert("main", "ads")]
    assert refusals.passed("ads") == []

    slow = [refusals.refused("ads", request(at=NOW + timedelta(minutes=2 * each)), hold=False) for each in range(30)]
    assert slow == [[]] * 30
    later = NOW + timedelta(days=1)
    quick = [refusals.refused("ads", request(at=later + timedelta(seconds=each)), hold=False) for each in range(11)]
    assert quick[:9] == [[]] * 9
    assert quick[9:] == [
        [NoteRefusals("main", "ads", BURST, later + timedelta(seconds=9), 10)],
        [NoteRefusals("main", "ads", BURST, later + timedelta(seconds=10), 1)],
    ]
