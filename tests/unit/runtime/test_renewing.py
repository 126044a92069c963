"""The renew lane: renewed in time, refused at once told, and never a reason to stop reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from core.cli.main import main
from core.contract import AuthFailed, ConnectorError, PermissionMissing, Subscription, Unavailable
from core.contract.manifest import SubscriptionFacts
from core.runtime.expiry import look_seconds
from core.runtime.lanes.renewing import Renewing
from core.runtime.metrics import metrics_text
from core.runtime.status import status_data
from tests.support.office import Office, office

WEEK = SubscriptionFacts(hours=168)


class Watch:
    """A vendor with one subscription of a week."""

    def __init__(self, desk: Office) -> None:
        self.desk = desk
        self.now = Subscription("w1", "Webhook w1", desk.clock.now() + timedelta(days=7))
        self.refusal: ConnectorError | None = None
        self.unseen: ConnectorError | None = None

    def subscriptions(self) -> Sequence[Subscription]:
        if self.unseen is not None:
            raise self.unseen
        return [self.now]

    def renew(self, subscription: Subscription) -> Subscription:
        if self.refusal is not None:
            raise self.refusal
        self.now = replace(subscription, expires_at=self.desk.clock.now() + timedelta(days=7), healthy=True)
        return self.now

    def look(self) -> tuple[dict[str, int], ConnectorError | None]:
        """One pass of the lane."""
        return Renewing(self.desk.store, "site", self, WEEK, self.desk.clock.now, 14.0).run()

    def shown(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = status_data(self.desk.store, self.desk.installation)["subscriptions"]
        return found


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with office(tmp_path) as desk:
        yield Watch(desk)


def test_what_has_more_than_a_third_of_its_life_left_is_let_be_and_what_has_less_is_renewed(watch: Watch) -> None:
    watch.desk.clock.advance(4 * 86_400)
    assert watch.look() == ({"renewed": 0, "refused": 0}, None)
    watch.desk.clock.advance(86_400)
    assert watch.look() == ({"renewed": 1, "refused": 0}, None)
    (shown,) = watch.shown()
    assert (shown["state"], shown["warning"]) == ("sound", None)
    assert shown["renewed_at"] == watch.desk.clock.now().isoformat()


def test_a_year_of_looks_lets_nothing_end(watch: Watch) -> None:
    for _ in range(int(365 * 86_400 / look_seconds(WEEK))):
        watch.desk.clock.advance(look_seconds(WEEK))
        assert watch.now.expires_at is not None and watch.now.expires_at > watch.desk.clock.now()
        watch.look()


def test_a_refused_renewal_is_told_at_once_with_the_end_and_what_to_do(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    watch.refusal = PermissionMissing("The scope is missing.", scope="x", hint="Make a new token.")
    watch.desk.clock.advance(int(4.9 * 86_400))
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        assert watch.look() == ({"renewed": 0, "refused": 1}, None)
        watch.look()

    assert [line["event"] for line in lines] == ["subscription.refused"]
    (shown,) = watch.shown()
    expected = "Webhook w1 of 'site' expires in 2 d; renewal refused: The scope is missing. Make a new token."
    assert (shown["state"], shown["warning"]) == ("refused", expected)
    text = metrics_text(watch.desk.store, watch.desk.clock, watch.desk.installation)
    assert 'leadloom_subscription_alert{connection="site",subscription="w1"} 1.0' in text
    assert 'leadloom_subscription_ends_seconds{connection="site",subscription="w1"} 18' in text
    assert main(["status", "--config", str(watch.desk.config)]) == 0
    assert "renewal refused: The scope is missing." in " ".join(capsys.readouterr().out.split())


def test_an_outage_while_renewing_is_told_and_tried_again_soon(watch: Watch) -> None:
    watch.refusal = Unavailable("Out of order.")
    watch.desk.clock.advance(6 * 86_400)
    counts, error = watch.look()
    assert counts["refused"] == 1 and isinstance(error, Unavailable)
    watch.refusal = None
    watch.look()
    assert watch.shown()[0]["state"] == "sound"


def test_subscriptions_that_may_not_be_seen_do_not_pause_the_connection_and_what_was_known_stays(watch: Watch) -> None:
    watch.look()
    watch.unseen = PermissionMissing("The scope is missing.", scope="x", hint="Make a new token.")
    assert watch.look() == ({}, None)
    told, known = watch.shown()
    assert told["state"] == "broken" and "Make a new token" in str(told["warning"])
    assert (known["id"], known["state"]) == ("w1", "sound")
    watch.unseen = AuthFailed("Refused.")
    with pytest.raises(AuthFailed):
        watch.look()


def test_an_end_that_only_a_person_can_move_is_told_two_weeks_before(watch: Watch) -> None:
    end = watch.desk.clock.now() + timedelta(days=60)
    watch.now = Subscription("token", "The access token", end, renews=False, hint="Make a new token.")
    watch.desk.clock.advance(45 * 86_400)
    watch.look()
    assert watch.shown()[0]["warning"] is None
    watch.desk.clock.advance(2 * 86_400)
    assert watch.shown()[0]["warning"] == "The access token of 'site' expires in 13 d; Make a new token."
