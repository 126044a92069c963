"""API calls per 1,000 new leads, counted by the stand-ins themselves, and what the same input costs when it comes again.

The naive way, which is measured too, is a loop with one call per lead and CRM.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/delivery.py` works too

from benchmarks.support.figures import Figure, Printer, parse
from benchmarks.support.lanes import deciding_held
from benchmarks.support.load import Plan, fire, person
from benchmarks.support.naive import deliver_one_by_one
from benchmarks.support.processes import wait_for
from benchmarks.support.site import Site, make_site, new_run_id, serving
from benchmarks.support.stand_ins import StandIns, stand_ins

NAIVE_LEADS = 100


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to one CRM, sorted by what they were for."""

    writes: int
    look_ups: int
    tokens: int
    others: int

    @property
    def data(self) -> int:
        """Everything that moves leads."""
        return self.writes + self.look_ups


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    count = 200 if wanted.quick else 1_000
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        with stand_ins(folder) as served:
            site = make_site(folder / "site", served)
            with serving(site):
                _measure(printer, site, served, count)
    return 0


def _measure(printer: Printer, site: Site, served: StandIns, count: int) -> None:
    _send(site, "warm-up", 1)
    wait_for("the first lead", lambda: site.is_level(1))
    tokens = {name: count_calls(served.calls(base)).tokens for name, base in _bases(served)}
    run = new_run_id()
    served.clear_journals()
    with deciding_held(site):
        _send(site, run, count)
    wait_for("all leads", lambda: site.is_level(count + 1), 300)
    found = {name: count_calls(served.calls(base)) for name, base in _bases(served)}
    naive = _naive(served)
    for name, bar in (("hubspot", "<= 10"), ("salesforce", "<= 5")):
        calls = found[name]
        value, by_one = calls.data * 1_000 / count, naive[name] * 1_000 / NAIVE_LEADS
        printer.say(f"  {name}: {calls.writes} writes, {calls.look_ups} look-ups by batch, {calls.others} others")
        printer.show(Figure(f"{name}_calls_per_1000", value, "calls", f"one call per lead: {by_one:,.0f}", value / by_one, bar))
        printer.show(Figure(f"{name}_token_calls", tokens[name] + calls.tokens, "calls"))
    _again(printer, site, served, run, count)


def _bases(served: StandIns) -> tuple[tuple[str, str], ...]:
    return ("salesforce", served.salesforce), ("hubspot", served.hubspot)


def _again(printer: Printer, site: Site, served: StandIns, run: str, count: int) -> None:
    """The same people once more, as new deliveries: everything is decided again, and nothing is left to write."""
    served.clear_journals()
    _send(site, run, count, delivery="again")
    wait_for("the same leads again", lambda: site.is_level(2 * count + 1), 300)
    writes = sum(count_calls(served.calls(base)).writes for _, base in _bases(served))
    held = served.counts()
    printer.say(f"  after the second run Salesforce holds {held[0]:,} leads and HubSpot {held[1]:,} contacts")
    printer.show(Figure("writes_on_rerun", writes, "calls", f"one call per lead and CRM: {2 * count:,}", writes / (2 * count), "= 0"))


def _send(site: Site, run: str, count: int, delivery: str = "") -> None:
    measured = fire(Plan(site.url(), run, count, connections=min(count, 32), delivery=delivery))
    if measured.refused:
        raise RuntimeError(f"{measured.refused} of {count} leads were refused")


def count_calls(calls: Mapping[str, int]) -> Calls:
    """Sort the calls of a journal (`METHOD path` to how often)."""
    sorted_calls: Counter[str] = Counter()
    for call, times in calls.items():
        sorted_calls[kind_of(call)] += times
    return Calls(sorted_calls["write"], sorted_calls["look-up"], sorted_calls["token"], sorted_calls["other"])


def kind_of(call: str) -> str:
    """What a call was for."""
    method, _, path = call.partition(" ")
    if "/oauth" in path or "/token" in path:
        return "token"
    if "/search" in path or "/batch/read" in path or "/query" in path:
        return "look-up"
    if "/jobs/ingest" in path:
        return "write"
    if method in ("POST", "PUT", "PATCH", "DELETE"):
        return "write"
    return "other"


def _naive(served: StandIns) -> dict[str, int]:
    """Create leads one by one, as a script without batches does, and count what that takes."""
    served.clear_journals()
    deliver_one_by_one(served, [person("naive", number) for number in range(NAIVE_LEADS)])
    return {name: count_calls(served.calls(base)).data for name, base in _bases(served)}


if __name__ == "__main__":
    sys.exit(main())
