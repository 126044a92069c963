"""From config.yaml to a filled blank: a real installation, a real service on loopback, and the configurations that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.runtime.config.problems import ConfigProblems
from core.runtime.installation import Installation
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.schedule import polled_lanes
from core.runtime.settings import load_config
from core.store.commands.intake import AcceptEvents
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.queries.decision import KnownPeople, active_goldens
from tests.support.http import Answer, HandClock, serve

LANE = LaneName(LaneKind.ENRICH, "facts")
ENRICH = {"of": "Lead", "by": "email", "fills": ["industry"], "min_confidence": 0.5, "every_seconds": 300}


def mapping(connection: str, **fields: str) -> dict[str, Any]:
    return {"kind": "inbound", "name": connection, "from": {"connection": connection}, "to": "Lead", "fields": fields}


def write(folder: Path, url: str, mappings: dict[str, Any], **changes: Any) -> Path:
    """An installation with a form and one service."""
    settings = {"base_url": url, "path": "/{email}", "fields": {"sector": "sector"}, "confidence": "score"}
    connections: dict[str, Any] = {
        "form": {"connector": "web_form", "settings": {"token": "form-token-9c41d7e2"}},
        "facts": {"connector": "http_enrich", "settings": settings, "enrich": ENRICH | changes},
    }
    (folder / "mappings").mkdir()
    for name, content in mappings.items():
        (folder / "mappings" / f"{name}.yaml").write_text(json.dumps(content), "utf-8")
    path = folder / "config.yaml"
    path.write_text(json.dumps({"allow_clear_secrets": True, "connections": connections}), "utf-8")
    return path


def test_a_blank_is_filled_from_a_service_that_stands_in_the_configuration(tmp_path: Path) -> None:
    mappings = {"form": mapping("form", email="email", last_name="last_name"), "facts": mapping("facts", industry="sector")}
    clock = HandClock()
    with serve(lambda _: Answer(200, b'{"sector": "Mills", "score": 0.9}')) as served:
        installation = Installation(load_config(write(tmp_path, served.url, mappings), {}), clock)
        with installation.writing_store() as store:
            connections = installation.connections(store)
            assert polled_lanes(installation, connections, store) == {LANE: 300.0}
            worker = installation.worker(store, connections)
            arrival = Arrival("e1", "submission", "e1", "push", None, {"email": "ada@example.com", "last_name": "Byron"})
            store.write(AcceptEvents((seal_arrival(store.vault, store.workspace, "form", arrival, clock.now()),)))
            for lane in (LaneName(LaneKind.DECIDE), LANE, LaneName(LaneKind.DECIDE)):
                assert worker.step(lane).error is None
                clock.advance(60)
            with store.snapshot() as snapshot:
                ids = active_goldens(snapshot, "", 9)  # type: ignore[arg-type]  # before the first id
                (golden,) = KnownPeople(snapshot).goldens(ids).values()
            connections.close()
    assert golden.values["industry"].value == "Mills"
    assert served.paths() == ["/ada%40example.com"]


def test_nothing_is_scheduled_where_no_mapping_takes_the_answers(tmp_path: Path) -> None:
    path = write(tmp_path, "https://api.facts.example", {"form": mapping("form", email="email")})
    installation = Installation(load_config(path, {}), HandClock())
    with installation.writing_store() as store:
        assert polled_lanes(installation, installation.connections(store), store) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"after": ["facts"]}, "no other connection"),
        ({"after": ["form"]}, "no other connection"),
        ({"after": ["nowhere"]}, "no other connection"),
        ({"fills": ["shoe_size"]}, "shoe_size"),
        ({"of": "Account"}, "email"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigProblems, match=words):
        load_config(write(tmp_path, "https://api.facts.example", {}, **changes), {})
