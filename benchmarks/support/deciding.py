"""How fast changes of a CRM are compared and decided, in this process and without a server: processor time only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.support.both_ways import READ_LANES, BothWays
from benchmarks.support.figures import Figure, Printer
from core.flow.agreement.compare import read
from core.flow.pipeline import Means, Rules, decide
from core.flow.reconcile.lines import rules_of
from core.model.plan import Submission
from core.model.remote import Agreement, Place
from core.runtime.installation import Installation
from core.runtime.lanes.names import DECIDE, parse_lane
from core.runtime.releases import running_rules
from core.store.decision_seal import PlanSealer
from core.store.queries.decision import KnownPeople, ready_submissions
from core.store.queries.delivery import open_links
from core.store.store import Snapshot, Store

BATCH = 400
ROUNDS = 20


def measure_deciding(printer: Printer, both: BothWays, count: int) -> None:
    """Edit people in Salesforce, poll, and decide what came of it: first timed without storing it, then for good."""
    both.edit("salesforce", range(count), "Head of Sales")
    installation = Installation.load(both.site.config)
    with installation.writing_store() as store:
        connections = installation.connections(store)
        try:
            worker = installation.worker(store, connections)
            worker.step(parse_lane(READ_LANES["salesforce"]))
            rules = running_rules(installation.config, connections.configured(), store)
            _measure(printer, store, rules, installation.clock.now)
            start = time.process_time()
            report = worker.step(parse_lane(DECIDE))
            stored = sum(report.counts.values()) / (time.process_time() - start)
            printer.say(f"  with the rows stored, too: {stored:,.0f} changes a second")
            for lane in ("deliver:hubspot:contacts", READ_LANES["hubspot"], READ_LANES["salesforce"]):
                worker.step(parse_lane(lane))
        finally:
            connections.close()


def _measure(printer: Printer, store: Store, rules: Rules, now: Callable[[], Any]) -> None:
    with store.snapshot() as snapshot:
        waiting = ready_submissions(snapshot, now(), 1_000_000)
        compared, plain = _comparing(snapshot, waiting, rules)
        start = time.process_time()
        for first in range(0, len(waiting), BATCH):
            plan = decide(waiting[first : first + BATCH], KnownPeople(snapshot), rules, Means(store.new_id, store.vault.digest))
            PlanSealer(snapshot, now()).seal(plan, DECIDE, 0)
        planned = len(waiting) / (time.process_time() - start)
    printer.show(Figure("compare_per_s", round(compared), "records/s", f"plain == of the fields: {plain:,.0f}", round(compared / plain, 3)))
    versus = f"the comparison alone: {compared:,.0f}"
    printer.show(Figure("compare_and_plan_per_s", round(planned), "records/s", versus, round(planned / compared, 4)))


def _comparing(snapshot: Snapshot, waiting: Sequence[Submission], rules: Rules) -> tuple[float, float]:
    """Records a second through the comparison of sent, seen and read; and through `==` on the mapped fields."""
    places = {each.remote.place: each.fields for each in waiting if each.remote is not None}
    links = KnownPeople(snapshot).linked(list(places))
    known = open_links(snapshot, list(links.values()))
    pairs = [(known[link_id], places[place]) for place, link_id in links.items() if link_id in known]
    mapping = {(m.connection, m.object): rules_of(m) for m in rules.sync}[_object_of(next(iter(places)))]
    names = list(mapping.fields)
    return _rate(lambda one, fields: read(one, fields, mapping), pairs), _rate(lambda one, fields: _plain(one, fields, names), pairs)


def _object_of(place: Place) -> tuple[str, str]:
    return place.connection, place.object


def _plain(one: Agreement, fields: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [name for name in names if one.seen.get(name) != fields.get(name)]


def _rate(act: Callable[[Agreement, Mapping[str, Any]], object], pairs: Sequence[tuple[Agreement, Mapping[str, Any]]]) -> float:
    start = time.process_time()
    for _ in range(ROUNDS):
        for one, fields in pairs:
            act(one, fields)
    return ROUNDS * len(pairs) / (time.process_time() - start)
