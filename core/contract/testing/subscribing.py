"""Contract group *subscriptions*: what ends is told in time, renewing it moves its end on, and a refusal is never a success."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.contract.errors import ConnectorError
from core.contract.records import Subscription
from core.contract.roles import Connector, Subscribes
from core.contract.testing.acts import failure_of
from core.contract.testing.bench import Bench, FaultKind
from core.contract.testing.capabilities import RENEWS, SUBSCRIBES, needs, part
from core.contract.testing.watch import watch

_PRECISION = timedelta(minutes=5)


class SubscriptionGroup:
    """Subscriptions are told as they are, and renewed for as long as the manifest says."""

    @needs(SUBSCRIBES)
    def test_what_the_connection_lives_on_is_told_and_sound(self, bench: Bench) -> None:
        told = _told(bench)
        assert len(told) == part(bench.subscription, "subscription").expect
        assert len({each.id for each in told}) == len(told), "Two subscriptions have the same id."
        assert all(each.id and each.name for each in told)
        assert all(each.healthy for each in told), f"A sound subscription is told as broken: {told}"
        assert all(each.expires_at is None or each.expires_at.tzinfo for each in told), "An end must know its time zone."

    @needs(SUBSCRIBES)
    def test_looking_at_subscriptions_prolongs_nothing(self, bench: Bench) -> None:
        before = _told(bench)
        bench.advance(600)
        with watch(bench.make) as seen:
            after = _told(bench)
        assert not seen.sleeps
        assert [(each.id, each.expires_at) for each in after] == [(each.id, each.expires_at) for each in before]

    @needs(SUBSCRIBES)
    def test_what_renews_is_what_the_manifest_says(self, bench: Bench) -> None:
        facts = part(bench.manifest.subscription, "the manifest's subscription")
        told = _told(bench)
        assert facts.renews == any(each.renews for each in told), "subscription.renews and what the connector tells differ."
        assert all(each.renews or each.hint for each in told), "What does not renew must say what a person has to do."
        ends = [each.expires_at is not None for each in told if each.renews]
        assert any(ends) == (facts.hours is not None), "subscription.hours must be there just where something that renews has an end."

    @needs(SUBSCRIBES, RENEWS)
    def test_renewing_gives_as_many_hours_as_the_manifest_says(self, bench: Bench) -> None:
        facts = part(bench.manifest.subscription, "the manifest's subscription")
        if facts.hours is None:
            return
        first = next(each for each in _told(bench) if each.renews and each.expires_at)
        renewed = _player(bench.make()).renew(first)
        life = timedelta(hours=facts.hours)
        bench.advance(life.total_seconds() / 2)
        again = _player(bench.make()).renew(renewed)
        assert renewed.expires_at is not None and again.expires_at is not None
        assert abs(again.expires_at - renewed.expires_at - life / 2) <= _PRECISION, "Renewing does not move the end on from now."
        bench.advance(life.total_seconds() - _PRECISION.total_seconds())
        assert _same(bench, first).healthy, f"It does not live for {facts.hours} hours after a renewal."
        bench.advance(2 * _PRECISION.total_seconds())
        assert not _same(bench, first).healthy, f"It lives for longer than {facts.hours} hours: the manifest tells too little."

    @needs(SUBSCRIBES)
    def test_what_has_ended_is_told_as_broken(self, bench: Bench) -> None:
        first = _told(bench)[0]
        part(bench.subscription, "subscription").kill()
        found = _same(bench, first)
        assert not found.healthy, "What has ended is told as sound."
        assert found.note, "What is broken must say why."

    @needs(SUBSCRIBES, RENEWS)
    def test_renewing_what_has_ended_puts_it_back_or_says_why_not(self, bench: Bench) -> None:
        first = _told(bench)[0]
        part(bench.subscription, "subscription").kill()
        broken = _same(bench, first)
        if not broken.renews:
            assert broken.hint, "What a person has to put back must say how."
            return
        try:
            renewed = _player(bench.make()).renew(broken)
        except ConnectorError as error:
            assert error.hint, "A refused renewal must say what to do."
            return
        assert renewed.healthy and _same(bench, first).healthy, "A renewal is told as a success, and nothing was put back."

    @needs(SUBSCRIBES, RENEWS)
    def test_a_refused_renewal_is_an_error(self, bench: Bench) -> None:
        target = next(each for each in _told(bench) if each.renews)
        faults = part(bench.faults, "faults")
        for kind in (FaultKind.FORBIDDEN, FaultKind.SERVER_ERROR, FaultKind.HTML_BODY):
            faults.set(kind)
            player = _player(bench.make())
            failure_of(lambda player=player: player.renew(target))  # type: ignore[misc]  # mypy: default of a lambda
            faults.clear()


def _player(connector: Connector[Any]) -> Subscribes:
    assert isinstance(connector, Subscribes), "Role 'subscribes' is declared, but subscriptions or renew is missing."
    return connector


def _told(bench: Bench) -> Sequence[Subscription]:
    return list(_player(bench.make()).subscriptions())


def _same(bench: Bench, subscription: Subscription) -> Subscription:
    found = [each for each in _told(bench) if each.id == subscription.id]
    assert found, "What has ended is not told any more: nobody would notice."
    return found[0]
