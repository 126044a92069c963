"""A server whose configuration is, or becomes, unusable in part: leads are not turned away for good, and work goes on."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.office import TOKEN, write_office
from tests.support.server import Reply, Server, ask, serving, until

JSON = {"content-type": "application/json"}


def post(server: Server, token: str = TOKEN) -> Reply:
    return ask(f"{server.url}/hooks/site/{token}", "POST", b'{"mail": "kim@example.com"}', JSON)


def test_an_endpoint_whose_settings_are_wrong_asks_its_senders_to_come_again(tmp_path: Path) -> None:
    # given a form whose token is too short
    path = write_office(tmp_path)
    config = json.loads(path.read_text("utf-8"))
    config["connections"]["site"]["settings"]["token"] = "short"
    path.write_text(json.dumps(config), "utf-8")

    with serving(path) as server:
        # when a lead is sent there
        reply = post(server, "short")

        # then its sender keeps it, and the fault is counted
        assert reply.status == 503
        assert int(reply.headers["retry-after"]) > 0
        assert until(lambda: server.counters() == {("endpoint_broken", "site"): 1}, 10)
        assert ask(f"{server.url}/hooks/nobody/short", "POST", b"{}", JSON).status == 404


def test_a_configuration_that_breaks_while_serving_stops_nothing_for_good(tmp_path: Path) -> None:
    path = write_office(tmp_path)
    good = path.read_text("utf-8")
    with serving(path) as server:
        # given a config.yaml that somebody saved half-way
        path.write_text(good[:-5], "utf-8")

        # when a lead comes and the engine would start
        assert post(server).status == 200
        assert until(lambda: "This is not YAML" in server.said(), 20), server.said()

        # then the log says what is wrong in a line, and with the file mended the lead is decided
        assert "Traceback" not in server.said()
        path.write_text(good, "utf-8")
        assert until(lambda: server.waiting() == 0, 40), server.said()
