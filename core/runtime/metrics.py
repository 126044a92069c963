"""The store's counts in Prometheus' text format. Labels are connections, states and event names: never a person's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contract import Clock
from core.runtime.budget_status import AccountBudget, account_budgets
from core.runtime.clock import SystemClock
from core.runtime.expiry import trouble
from core.runtime.heartbeat import source_beats
from core.store.commands.intake import ECHOES
from core.store.queries.conflicts import fields_apart
from core.store.queries.lanes import paused_connections
from core.store.queries.match_status import MatchingCounts, matching_counts
from core.store.queries.status import calls_ever, counted_events, inbox_by_state, links_by_state, waiting_since
from core.store.queries.unverified import alerts_by_connection, held_by_connection
from core.store.queries.watched import watched_by_connection
from core.store.store import Snapshot, Store

if TYPE_CHECKING:
    from core.runtime.installation import Installation
    from core.store.commands.watched import WatchedEntry


def metrics_text(store: Store, clock: Clock | None = None, installation: Installation | None = None) -> str:
    """Read every number anew, from one snapshot, so that nothing has to be kept in step.

    What the accounts' budgets are is told with the installation only, because it stands in the configuration.
    """
    from prometheus_client import CollectorRegistry, generate_latest  # loaded when somebody scrapes

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StoreCollector(store, clock or SystemClock(), installation))
    return generate_latest(registry).decode()


class _StoreCollector:
    """What prometheus_client asks for the metric families; satisfies its `Collector`."""

    def __init__(self, store: Store, clock: Clock, installation: Installation | None) -> None:
        self._store = store
        self._clock = clock
        self._installation = installation

    def collect(self) -> Iterator[Any]:
        now = self._clock.now()
        with self._store.snapshot() as snapshot:
            inbox, links = inbox_by_state(snapshot), links_by_state(snapshot)
            calls, events = calls_ever(snapshot), counted_events(snapshot)
            paused = paused_connections(snapshot)
            apart = fields_apart(snapshot)
            received, due = waiting_since(snapshot)
            budgets = self._budgets(snapshot)
            watched, matching = watched_by_connection(snapshot), matching_counts(snapshot)
            held = {(name,): float(each.deliveries) for name, each in held_by_connection(snapshot).items()}
            alerts = {(name, each.code): float(each.refused) for name, each in alerts_by_connection(snapshot).items()}
        yield _gauge("leadloom_inbox_submissions", "Submissions by connection and state.", ("connection", "state"), inbox)
        yield _matching(matching)
        yield _gauge("leadloom_links", "Links to remote records by connection and state.", ("connection", "state"), links)
        yield _gauge(
            "leadloom_connection_paused", "Connections that wait for somebody, by reason.", ("connection", "reason"), _ones(paused)
        )
        yield _counter("leadloom_api_calls", "API calls made, by connection.", ("connection",), {(name,): n for name, n in calls.items()})
        echoes = {(label,): float(count) for (name, label), count in events.items() if name == ECHOES}
        text = "Records that were read and told nothing new, such as our own writes coming back, by connection."
        yield _counter("leadloom_echoes", text, ("connection",), echoes)
        text = "Events that belong to no record, such as refused signatures."
        yield _counter("leadloom_events", text, ("event", "label"), {key: count for key, count in events.items() if key[0] != ECHOES})
        text = "Fields that differ between the sides by rule (diverged) or wait for a person (frozen, held), by connection."
        yield _gauge("leadloom_fields_apart", text, ("connection", "kind"), apart)
        waits = {
            ("submission",): 0.0 if received is None else (now - received).total_seconds(),
            ("link",): 0.0 if due is None else max((now - due).total_seconds(), 0.0),
        }
        text = "Age of the oldest submission that is not settled, and how long the most overdue link has been due."
        yield _gauge("leadloom_oldest_waiting_seconds", text, ("what",), waits)
        yield _gauge("leadloom_unverified_held", "Deliveries held because of a wrong signature, by connection.", ("connection",), held)
        text = "Refused signatures that look like a wrong secret, by connection and kind (none_pass, burst)."
        yield _gauge("leadloom_signature_alert", text, ("connection", "code"), alerts)
        yield from _budget_gauges(budgets)
        if self._installation is not None:
            yield from _source_gauges(self._installation)
            yield from _subscription_gauges(watched, self._installation, now)

    def _budgets(self, snapshot: Snapshot) -> list[AccountBudget]:
        if self._installation is None:
            return []
        manifests = self._installation.connections(self._store).configured()
        return account_budgets(snapshot, self._installation.config.connections, manifests, self._clock.now())


def _budget_gauges(budgets: Sequence[AccountBudget]) -> Iterator[Any]:
    """By account: connections that share one would else be added up."""
    used = {(each.account,): float(each.used) for each in budgets if each.used is not None}
    yield _gauge("leadloom_api_budget_used", "API calls of the last 24 hours, by account.", ("account",), used)
    allowed = {(each.account,): float(each.allowed) for each in budgets}
    yield _gauge("leadloom_api_budget_limit", "API calls that an account may make in 24 hours.", ("account",), allowed)
    left = {(each.account, name): float(count) for each in budgets for name, count in _left(each)}
    yield _gauge("leadloom_api_budget_left", "API calls left of them, by account and class of calls.", ("account", "for"), left)
    told = {(each.account,): float(each.vendor.used) for each in budgets if each.vendor is not None}
    yield _gauge("leadloom_api_vendor_used", "API calls of the day by the vendor's own count, by account.", ("account",), told)


def _source_gauges(installation: Installation) -> Iterator[Any]:
    beats = {(beat.connection, beat.object): beat.rhythm for beat in source_beats(installation)}
    text = "Seconds since a source last gave something, by connection and object."
    yield _gauge("leadloom_source_last_seconds", text, _SOURCE, {key: found.silent_for.total_seconds() for key, found in beats.items()})
    text = "1 for a source that has given nothing for much longer than usual, by connection and object."
    yield _gauge("leadloom_source_silent", text, _SOURCE, {key: float(found.is_silent) for key, found in beats.items()})


def _subscription_gauges(watched: Mapping[str, Sequence[WatchedEntry]], installation: Installation, now: datetime) -> Iterator[Any]:
    configured = {name: each for name, each in installation.config.connections.items() if each.enabled}
    known = {(name, entry.id): entry for name, entries in watched.items() if name in configured for entry in entries}
    ends = {key: (entry.expires_at - now).total_seconds() for key, entry in known.items() if entry.expires_at is not None}
    text = "Seconds until a subscription or an access ends, by connection; negative when it has."
    yield _gauge("leadloom_subscription_ends_seconds", text, _SUBSCRIPTION, ends)
    alerts = {key: float(trouble(key[0], entry, now, configured[key[0]].warn_days) is not None) for key, entry in known.items()}
    text = "1 for a subscription that is broken, whose renewal was refused, or that ends soon and only a person can renew."
    yield _gauge("leadloom_subscription_alert", text, _SUBSCRIPTION, alerts)


_SUBSCRIPTION = ("connection", "subscription")
_SOURCE = ("connection", "object")


def _left(budget: AccountBudget) -> tuple[tuple[str, int], ...]:
    return ("live", budget.left), ("background", budget.left_for_background)


def _ones(paused: Mapping[str, tuple[str, str | None, str | None]]) -> dict[tuple[str, ...], float]:
    return {(name, code): 1.0 for name, (code, _, _) in paused.items()}


def _matching(found: MatchingCounts) -> Any:
    text = "Pairs of records that wait for an answer, records that wait to be matched, and those of them that a flood holds back."
    counts = {("pairs",): float(found.open_pairs), ("records",): float(found.waiting), ("held_back",): float(found.held)}
    return _gauge("leadloom_matching", text, ("what",), counts)


def _gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(name, text, labels=labels), values)


def _counter(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(name, text, labels=labels), values)


def _filled(family: Any, values: Mapping[Any, float]) -> Any:
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family
