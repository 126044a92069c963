"""One CRM is over its quota, down, or refuses us: the other is not delayed, nothing is lost, and nobody hammers at the door."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.shell import Served
from tests.support.journey import World, inbound_mapping, person, sync_mapping, world

MINUTE = 60.0
HOUR = 3_600.0
DAY = 86_400.0
LEADS_AN_HOUR = 60


def an_hour_of_leads(at: World, first: int = 0) -> None:
    """One lead a minute, each followed by a minute of work."""
    for n in range(first, first + LEADS_AN_HOUR):
        at.submit(person(n))
        at.run_for(MINUTE)


def hubspot_delays(at: World) -> list[float]:
    """Seconds on the clock from submit to HubSpot, of every lead."""
    sql = """SELECT (julianday(l.level_at) - julianday(i.received_at)) * 86400.0
             FROM link l JOIN inbox i ON i.golden_id = l.golden_id WHERE l.connection = 'hs' AND l.state = 'level'"""
    return [float(row[0]) for row in at.rows(sql)]


def assert_hubspot_was_not_delayed(at: World, count: int) -> None:
    assert len(at.emails("hs")) == count
    delays = hubspot_delays(at)
    assert len(delays) == count
    assert max(delays) < 1.0


def assert_all_is_there(at: World, count: int) -> None:
    expected = sorted(person(n)["email"] for n in range(count))
    assert at.emails("sf") == expected
    assert at.emails("hs") == expected
    assert at.links("sf") == at.links("hs") == {"level": count}
    assert at.paused() == {}


def test_salesforce_over_its_daily_quota_does_not_delay_hubspot(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given an org whose calls of the day are used up
        at.submit(person(0))
        at.run_for(MINUTE)
        at.control("sf", "use_up_calls", leave=0)
        before = len(at.asked("sf"))

        # when leads keep coming for an hour
        an_hour_of_leads(at, 1)

        # then HubSpot gets each at once, and Salesforce is asked seldom: a quarter of an hour apart, as its window is rolling
        assert_hubspot_was_not_delayed(at, 1 + LEADS_AN_HOUR)
        asked = len(at.asked("sf")) - before
        print(f"salesforce over quota for an hour: {asked} requests for {LEADS_AN_HOUR} leads")
        assert 1 <= asked <= 8
        assert at.links("sf") == {"level": 1, "behind": LEADS_AN_HOUR}

        # and when a day has passed, everything is delivered without help
        at.run_for(DAY + HOUR)
        assert_all_is_there(at, 1 + LEADS_AN_HOUR)
        print(f"  and {len(at.asked('sf')) - before - asked} requests in the day after it")
        assert len(at.asked("sf")) - before <= 140


DOWN: dict[str, dict[str, Any]] = {
    "answers 503": {"kind": "status", "status": 503, "match": ".*"},
    "resets": {"kind": "reset", "match": ".*"},
}


@pytest.mark.parametrize("way", DOWN)
def test_salesforce_down_for_an_hour_does_not_delay_hubspot(tmp_path: Path, way: str) -> None:
    with world(tmp_path) as at:
        # given an org that worked and is down now, its token endpoint too
        at.submit(person(0))
        at.run_for(MINUTE)
        at.fault("sf", times=-1, **DOWN[way])
        before = len(at.asked("sf"))

        # when leads keep coming for an hour
        an_hour_of_leads(at, 1)

        # then HubSpot gets each at once, and there is no storm of retries
        assert_hubspot_was_not_delayed(at, 1 + LEADS_AN_HOUR)
        asked = len(at.asked("sf")) - before
        print(f"salesforce {way} for an hour: {asked} requests for {LEADS_AN_HOUR} leads")
        assert 1 <= asked <= 80
        assert at.paused() == {}

        # and once it works again, everything is delivered within the longest wait
        at.mend("sf")
        at.run_for(2 * HOUR)
        assert_all_is_there(at, 1 + LEADS_AN_HOUR)


def test_salesforce_that_refuses_connections_does_not_delay_hubspot(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given an org whose server is gone
        at.submit(person(0))
        at.run_for(MINUTE)
        stand_in, port = at.crms["sf"].stand_in, int(at.crms["sf"].url.rsplit(":", 1)[1])
        at.crms["sf"].stop()

        # when leads keep coming
        for n in range(1, 6):
            at.submit(person(n))
            at.run_for(10 * MINUTE)

        # then HubSpot gets each at once
        assert_hubspot_was_not_delayed(at, 6)

        # and once Salesforce is there again, it gets them all
        with Served(stand_in, at.clock, port, pump_every_seconds=None) as again:
            at.crms = {**at.crms, "sf": again}
            at.run_for(2 * HOUR)
            assert_all_is_there(at, 6)


def test_a_burst_that_waits_for_a_dead_salesforce_costs_no_call_per_record(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given a thousand leads while Salesforce is down
        at.fault("sf", times=-1, **DOWN["answers 503"])
        at.submit(*(person(n) for n in range(1_000)))

        # when an hour passes
        at.run_for(HOUR)

        # then the attempts do not grow with the number of records
        asked = len(at.asked("sf"))
        print(f"salesforce down for an hour, 1,000 leads waiting: {asked} requests")
        assert asked <= 80
        assert at.links("hs") == {"level": 1_000}

        # and all of them arrive
        at.mend("sf")
        at.run_for(2 * HOUR)
        assert at.links("sf") == {"level": 1_000}
        assert len(set(at.emails("sf"))) == 1_000


def test_a_slow_lasting_outage_parks_nobody(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given a weekend without Salesforce
        at.fault("sf", times=-1, **DOWN["answers 503"])
        at.submit(*(person(n) for n in range(5)))
        at.run_for(2 * DAY)

        # when it comes back
        waiting = at.links("sf")
        at.mend("sf")
        at.run_for(2 * HOUR)

        # then the leads had waited, and arrive without anyone's help
        assert waiting == {"behind": 5}
        assert at.links("sf") == {"level": 5}


def test_an_outage_of_the_token_endpoint_is_no_refusal_of_our_credentials(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given a login host that is out of order while the token has run out
        at.submit(person(0))
        at.run_for(MINUTE)
        at.control("sf", "expire_tokens")
        at.fault("sf", times=-1, kind="status", status=503, body="<html>maintenance</html>", match="/services/oauth2/token")

        # when leads come
        at.submit(person(1))
        at.run_for(HOUR)

        # then the connection is not paused, and once the host works the lead is delivered
        assert at.paused() == {}
        at.mend("sf")
        at.run_for(2 * HOUR)
        assert_all_is_there(at, 2)


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_refused_credentials_pause_the_connection_with_a_hint_until_somebody_acts(tmp_path: Path, crm: str) -> None:
    with world(tmp_path) as at:
        # given credentials that have been revoked
        if crm == "sf":
            body = '{"error":"invalid_client","error_description":"invalid client credentials"}'
            headers = {"content-type": "application/json"}
            at.fault("sf", times=-1, kind="status", status=400, body=body, headers=headers, match="/services/oauth2/token")
        else:
            at.control("hs", "token", token="pat-sandbox-token", revoke=True)

        # when a hundred leads come over a day
        for n in range(10):
            at.submit(*(person(10 * n + k) for k in range(10)))
            at.run_for(DAY / 10)

        # then the connection is paused once, with a hint, and was not asked again
        (code, hint) = at.paused()[crm]
        assert code == "auth_failed"
        assert hint
        asked = len(at.asked(crm))
        print(f"{crm} with revoked credentials for a day: {asked} requests")
        assert 1 <= asked <= 4
        assert at.links(crm) == {"behind": 100}
        other = "hs" if crm == "sf" else "sf"
        assert at.links(other) == {"level": 100}

        # and when somebody has mended them and lets it go on, all is delivered
        at.mend(crm)
        if crm == "hs":
            at.control("hs", "token", token="pat-sandbox-token", revoke=False)
        at.resume(crm)
        at.run_for(MINUTE)
        assert_all_is_there(at, 100)


def test_a_permission_that_is_missing_pauses_and_parks_nobody(tmp_path: Path) -> None:
    with world(tmp_path, [inbound_mapping("web"), sync_mapping("hs")]) as at:
        # given a token that may read but not write contacts
        at.control("hs", "token", token="pat-sandbox-token", scopes=["crm.objects.contacts.read", "crm.schemas.contacts.read"])
        at.submit(person(1), person(2))
        at.run_for(HOUR)

        # then the pause names the permission, and the leads wait
        assert at.paused()["hs"][0] == "permission_missing"
        assert at.links("hs") == {"behind": 2}

        # and they are delivered when it was given
        at.control("hs", "token", token="pat-sandbox-token", scopes=None)
        at.resume("hs")
        at.run_for(MINUTE)
        assert at.links("hs") == {"level": 2}


def test_a_vendor_that_names_a_wait_is_left_alone_for_so_long(tmp_path: Path) -> None:
    with world(tmp_path) as at:
        # given HubSpot asking for ten minutes of silence
        body = '{"status":"error","message":"limit","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}'
        at.fault("hs", times=1, kind="status", status=429, body=body, headers={"retry-after": "600", "content-type": "application/json"})
        at.submit(person(1))
        start = at.clock.now()

        # when a quarter of an hour passes
        at.run_for(15 * MINUTE)

        # then nothing was asked in between, and the lead is there
        times = [entry.at - start for entry in at.asked("hs")]
        assert not [t for t in times[1:] if t < timedelta(seconds=600)]
        assert at.links("hs") == {"level": 1}
