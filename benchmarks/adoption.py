"""API calls and memory that looking through a CRM full of contacts takes, before anything is adopted.

`adoption_calls_per_1000` counts by the stand-ins' own journal: 100,000 contacts (5,000 with --quick). Reading takes one call
a page and a handful beside, so that calls per 1,000 stay the same with the size: ten for HubSpot (pages of 100), and for
Salesforce what its connector chooses for so many records. A million contacts take ten times the calls and the time of 100,000, and the same
memory: what is kept of a record is its id, in a file. `--count` measures another size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/adoption.py` works too

from benchmarks.delivery import count_calls
from benchmarks.support.figures import Figure, Printer, add_arguments
from benchmarks.support.processes import ROOT
from benchmarks.support.site import Site, make_site
from benchmarks.support.stand_ins import StandIns, ask, stand_ins

SEED_AT_ONCE = 1_000
OBJECTS = {"hubspot": "contacts", "salesforce": "Lead"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--count", type=int, help="how many contacts there are")
    wanted = parser.parse_args(arguments)
    printer = Printer(as_json=wanted.json)
    count = wanted.count or (5_000 if wanted.quick else 100_000)
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        with stand_ins(folder) as served:
            site = make_site(folder / "site", served, two_way=True)
            _follow_both_ways(site)
            _seed(served, count)
            for crm in OBJECTS:
                _measure(printer, site, served, crm, count)
    return 0


def _follow_both_ways(site: Site) -> None:
    """The site's mappings, looking people up by e-mail before they are created."""
    for name, key in (("hubspot", "email"), ("salesforce", "Email")):
        path = site.folder / "mappings" / f"{name}.yaml"
        path.write_text(f"{path.read_text()}match: {key}\n")


def _seed(served: StandIns, count: int) -> None:
    for start in range(0, count, SEED_AT_ONCE):
        numbers = range(start, min(start + SEED_AT_ONCE, count))
        contacts = [{"email": f"there{n}@example.com", "firstname": "Ada", "lastname": f"Writer {n}"} for n in numbers]
        leads = [
            {"Email": f"there{n}@example.com", "FirstName": "Ada", "LastName": f"Writer {n}", "Company": f"Example {n}"} for n in numbers
        ]
        served.dial(served.hubspot, "seed", contacts=contacts)
        served.dial(served.salesforce, "seed", Lead=leads)
    for base in (served.hubspot, served.salesforce):  # people made just now would be read twice: once listed, once as changes
        ask(base, "POST", "/_sandbox/clock", {"advance_seconds": 86_400})


def _measure(printer: Printer, site: Site, served: StandIns, crm: str, count: int) -> None:
    base = served.hubspot if crm == "hubspot" else served.salesforce
    served.clear_journals()
    started = time.perf_counter()
    forecast = _rehearse(site, crm)
    seconds = time.perf_counter() - started
    if forecast["records"] < count:
        raise RuntimeError(f"{crm} showed {forecast['records']} of {count} records")
    calls = sum(served.calls(base).values()) - count_calls(served.calls(base)).tokens
    by_one = 1_000.0
    value = calls * 1_000 / count
    printer.say(f"  {crm}: {calls:,} calls and {seconds:.1f} s for {count:,} records")
    printer.show(
        Figure(f"{crm}_adoption_calls_per_1000", value, "calls", "one look-up per record: 1,000", value / by_one, "<= 10.5 at 100,000")
    )
    printer.show(Figure(f"{crm}_adoption_memory_peak", forecast["peak_mib"], "MiB"))


_PROGRAM = """
import json, resource, sys
from pathlib import Path
from core.runtime.installation import Installation
from core.runtime.desk.reconciling import rehearse_adoption, sync_mappings
installation = Installation.load(Path(sys.argv[1]))
with installation.reading_store() as store:
    (mapping,) = sync_mappings(installation, store, sys.argv[2], None)
found = rehearse_adoption(installation, mapping, lambda _: None)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"records": found.records, "strangers": found.strangers, "calls": found.calls_used, "peak_mib": round(peak, 1)}))
"""


def _rehearse(site: Site, crm: str) -> dict[str, Any]:
    """Rehearse the adoption in a process of its own, so that its memory is its own."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(site.config), crm], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main())
