"""A grant that only a person can renew: its end survives a restart, is told two weeks before, and a new grant ends the warning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.runtime.installation import Installation
from core.runtime.lanes.names import parse_lane
from core.runtime.status import status_data
from sandbox.clock import DialClock
from sandbox.linkedin import LinkedInStandIn
from sandbox.linkedin.stand_in import CLIENT_ID, CLIENT_SECRET, OWNER, REFRESH_TOKEN
from tests.support.contract_bench import JointClock
from tests.support.sandbox import serving

DAY = 86_400


def look(folder: Path, clock: JointClock, url: str, refresh: str = REFRESH_TOKEN) -> dict[str, Any]:
    """Start, look once at what ends, and end again; gives what the status says of the grant."""
    oauth = {"client_id": CLIENT_ID, "refresh_token": refresh, "token_url": f"{url}/oauth/v2/accessToken"}
    given = {"owner": OWNER, "client_secrets": [CLIENT_SECRET], "oauth": oauth, "base_url": url}
    config = {
        "data_dir": "data",
        "allow_clear_secrets": True,
        "connections": {"ads": {"connector": "linkedin_lead_gen", "settings": given}},
    }
    (folder / "config.yaml").write_text(json.dumps(config), "utf-8")
    installation = Installation(Installation.load(folder / "config.yaml").config, clock)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            report = installation.worker(store, connections).step(parse_lane("renew:ads"))
            assert report.error is None, report.error
            (shown,) = status_data(store, installation)["subscriptions"]
        finally:
            connections.close()
    return dict(shown)


def test_the_end_of_a_grant_is_told_in_time_and_a_new_grant_ends_the_warning(tmp_path: Path) -> None:
    # given a grant that ends in thirty days, and one renewal of the access token, which tells it
    (tmp_path / "mappings").mkdir()
    dial = DialClock()
    with serving(LinkedInStandIn(), dial) as served:
        clock = JointClock(dial)
        served.stand_in.control("grant", {"days": 30}, clock.now())
        first = look(tmp_path, clock, served.url)
        assert (first["state"], first["warning"]) == ("sound", None)

        # when it nears its end, with the token of then in the store
        clock.advance(17 * DAY)
        second = look(tmp_path, clock, served.url)

        # then the status warns, from the end that was told seventeen days ago, and says what to do
        assert (second["state"], second["expires_at"]) == ("ends soon", first["expires_at"])
        assert "expires in 13 d" in second["warning"] and "`oauth.refresh_token`" in second["warning"]

        # and when a person has granted another one, the warning is gone at the next look
        third = look(tmp_path, clock, served.url, "another-refresh-token")
        assert (third["state"], third["warning"]) == ("sound", None)
