"""The suite's group about subscriptions sees each planted fault, and facts of the manifest that do not fit, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.airtable.connector import Airtable
from core.contract import ConnectorError, Subscription
from core.contract.testing import Bench, ContractSuite
from tests.contract import test_airtable as sound
from tests.contract.test_airtable import Base, airtable_base


class TellsTheDeadAsSound(Airtable):
    def subscriptions(self) -> Sequence[Subscription]:
        return [replace(each, healthy=True) for each in super().subscriptions()]


class HidesTheDead(Airtable):
    def subscriptions(self) -> Sequence[Subscription]:
        return [each for each in super().subscriptions() if each.healthy]


class RenewsByLooking(Airtable):
    def subscriptions(self) -> Sequence[Subscription]:
        return [self.renew(each) if each.healthy else each for each in super().subscriptions()]


class RenewsNothing(Airtable):
    def renew(self, subscription: Subscription) -> Subscription:
        return subscription


class SwallowsTheRefusal(Airtable):
    def renew(self, subscription: Subscription) -> Subscription:
        try:
            return super().renew(subscription)
        except ConnectorError:
            return subscription


class SaysNothingOfWhatToDo(Airtable):
    def subscriptions(self) -> Sequence[Subscription]:
        return [replace(each, hint="", note="") for each in super().subscriptions()]


PLANTS = [
    (TellsTheDeadAsSound, "test_what_has_ended_is_told_as_broken"),
    (HidesTheDead, "test_what_has_ended_is_told_as_broken"),
    (RenewsByLooking, "test_looking_at_subscriptions_prolongs_nothing"),
    (RenewsNothing, "test_renewing_gives_as_many_hours_as_the_manifest_says"),
    (SwallowsTheRefusal, "test_a_refused_renewal_is_an_error"),
    (SaysNothingOfWhatToDo, "test_renewing_what_has_ended_puts_it_back_or_says_why_not"),
]


@pytest.fixture
def base() -> Iterator[Base]:
    with airtable_base() as base:
        yield base


def bench_of(base: Base, kind: type[Airtable] = Airtable) -> Bench:
    """The connector's own bench, with a broken one in its place."""
    bench: Bench = sound.TestAirtable.bench.__wrapped__(sound.TestAirtable(), base)  # type: ignore[attr-defined]  # the fixture's function

    def make() -> Airtable:
        made = base.connector()
        return kind(made.settings, made.context)

    return replace(bench, make=make)


def run(bench: Bench, test: str) -> None:
    getattr(ContractSuite(), test)(bench)


@pytest.mark.parametrize(("kind", "test"), PLANTS, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_planted_fault_is_caught(base: Base, kind: type[Airtable], test: str) -> None:
    with pytest.raises(AssertionError):
        run(bench_of(base, kind), test)


FACTS: list[tuple[dict[str, Any], str]] = [
    ({"hours": 24}, "test_renewing_gives_as_many_hours_as_the_manifest_says"),
    ({"hours": 336}, "test_renewing_gives_as_many_hours_as_the_manifest_says"),
    ({"hours": None}, "test_what_renews_is_what_the_manifest_says"),
    ({"renews": False}, "test_what_renews_is_what_the_manifest_says"),
]


@pytest.mark.parametrize(("wrong", "test"), FACTS)
def test_a_fact_that_does_not_fit_is_caught(base: Base, wrong: dict[str, Any], test: str) -> None:
    bench = bench_of(base)
    facts = bench.manifest.subscription
    assert facts is not None
    with pytest.raises((AssertionError, ConnectorError)):
        run(replace(bench, manifest=bench.manifest.model_copy(update={"subscription": facts.model_copy(update=wrong)})), test)


def test_facts_without_the_role_are_caught(base: Base) -> None:
    bench = bench_of(base)
    with pytest.raises(AssertionError):
        run(replace(bench, manifest=bench.manifest.model_copy(update={"subscription": None})), "test_object_facts_and_roles_agree")
