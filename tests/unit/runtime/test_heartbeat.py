"""The heartbeat of sources: shown in the status and the metrics, and a silence logged once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from core.cli.main import main
from core.runtime.heartbeat import SilenceWatch, source_beats
from core.runtime.metrics import metrics_text
from core.runtime.status import status_data
from tests.support.office import Office, office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """A form that gave something every hour of three days and a half."""
    with office(tmp_path) as opened:
        for number in range(84):
            opened.clock.advance(3540)
            opened.submit({"mail": f"kim{number}@example.com"})
        yield opened


def test_a_source_that_keeps_its_rhythm_is_shown_with_it(desk: Office) -> None:
    (source,) = json.loads(json.dumps(status_data(desk.store, desk.installation)))["sources"]

    assert (source["connection"], source["state"], source["last_way"], source["warning"]) == ("site", "beating", "push", None)
    assert 3500 <= source["usual_seconds"] <= 3700


def test_a_source_that_fell_silent_is_told_with_what_is_usual(desk: Office) -> None:
    desk.clock.advance(9 * 3600)

    (source,) = status_data(desk.store, desk.installation)["sources"]
    assert source["state"] == "silent"
    assert source["warning"].startswith(f"Nothing from 'site' ({source['object']}) for 9 h; usually every 60 min.")
    text = metrics_text(desk.store, desk.clock, desk.installation)
    assert f'leadloom_source_silent{{connection="site",object="{source["object"]}"}} 1.0' in text


def test_a_silence_is_logged_once_and_so_is_its_end(desk: Office) -> None:
    watch = SilenceWatch(desk.installation)
    structlog.reset_defaults()  # another test may have asked for warnings only
    with structlog.testing.capture_logs() as lines:
        watch.look()
        desk.clock.advance(9 * 3600)
        watch.look()
        desk.clock.advance(3600)
        watch.look()
        desk.submit({"mail": "ines@example.com"})
        watch.look()

    assert [(line["event"], line["connection"]) for line in lines] == [("source.silent", "site"), ("source.back", "site")]


def test_what_came_close_together_counts_once_and_old_habits_are_forgotten(desk: Office) -> None:
    desk.clock.advance(86_400 * 60)
    for _ in range(60):
        desk.submit({"mail": "jo@example.com"})
        desk.submit({"mail": "jo@example.com"})
        desk.clock.advance(86_400)

    (beat,) = source_beats(desk.installation)
    assert beat.rhythm.usual is not None
    assert timedelta(hours=23) < beat.rhythm.usual < timedelta(hours=25)


def test_a_source_that_is_read_tells_when_it_last_was(desk: Office) -> None:
    at = "2026-03-01 12:00:00.000000"
    desk.sql("INSERT INTO cursor (workspace, connection, object, value, updated_at) VALUES ('main', 'site', 'submission', 'x', ?)", at)

    (source,) = status_data(desk.store, desk.installation)["sources"]
    assert source["last_poll_at"] == "2026-03-01T12:00:00+00:00"


def test_the_status_shows_the_silence_and_a_refused_signature_in_words(desk: Office, capsys: pytest.CaptureFixture[str]) -> None:
    desk.sql("INSERT INTO door_alert VALUES ('main', 'site', 'burst', '2026-03-01 12:00:00.000000', '2999-03-01 12:00:00.000000', 12)")

    assert main(["status", "--config", str(desk.config)]) == 0

    said = " ".join(capsys.readouterr().out.split())
    assert "A burst of deliveries to 'site' refused for their signature: 12. Compare the secret there" in said
    assert "Sources" in said and "Nothing from 'site' (submission) for" in said
