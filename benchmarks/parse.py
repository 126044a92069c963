"""What comes in, and how fast: each platform's signed pushes parsed and stored, a 1 GB CSV file read, and a push's way into the CRMs.

Pushes: concurrency 64, one server with a connection of each connector, verified, parsed, sealed and on disk before the 2xx, nothing decided
meanwhile; the bare FastAPI handler on the same server software takes the same requests in the same run. File: the spreadsheet connector
against csv.DictReader and against polars, which reads into memory as a whole (`make bench-peers` installs it). Way into the CRMs: 50
pushes a second, from the arrival of a push to the receipt of each sandbox CRM.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/parse.py` works too

from benchmarks.intake import Contender, bare
from benchmarks.support.csv_readers import Reading, read
from benchmarks.support.figures import Figure, Printer, parse, percentile
from benchmarks.support.lanes import deciding_held
from benchmarks.support.load import Measured, Plan, fire, person
from benchmarks.support.processes import suspended, wait_for
from benchmarks.support.pushes import PUSHES
from benchmarks.support.site import Site, add_pushes, make_site, new_run_id, serving
from benchmarks.support.stand_ins import stand_ins

PUSHES_A_SECOND = 50
_COLUMNS = ("email", "first_name", "last_name", "company", "phone", "message")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    requests, file_bytes, pushes = (300, 5_000_000, 200) if wanted.quick else (5_000, 1_000_000_000, 3_000)
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        _pushes(printer, folder / "pushes", requests)
        _delivered(printer, folder / "delivered", pushes)
        _file(printer, folder / "file", file_bytes)
    return 0


def _pushes(printer: Printer, folder: Path, requests: int) -> None:
    folder.mkdir()
    site = make_site(folder / "site", None)
    add_pushes(site)
    with ExitStack() as stack:
        ours = Contender("durable intake", stack.enter_context(serving(site)), site.url)
        theirs = stack.enter_context(bare(folder, "fastapi"))
        fire(Plan(ours.url(), new_run_id(), 300))
        wait_for("the first leads", lambda: site.is_level(300))
        with deciding_held(site):
            for connector in PUSHES:
                _one_connector(printer, ours, theirs, connector, requests)


def _one_connector(printer: Printer, ours: Contender, theirs: Contender, connector: str, requests: int) -> None:
    measured: list[Measured] = []
    for one, other in ((ours, theirs), (theirs, ours)):
        with suspended(other.process):
            measured.append(_shoot(one, connector, 100))
            measured[-1] = _shoot(one, connector, requests)
    stored, bare_one = measured
    printer.say(f"  {connector}: p50 {stored.p50_ms:.1f} ms, p99 {stored.p99_ms:.1f} ms")
    versus = f"bare FastAPI handler: {bare_one.per_second:,.0f}/s"
    ratio = round(stored.per_second / bare_one.per_second, 3)
    printer.show(Figure(f"pushes_per_second_{connector}", round(stored.per_second), "pushes/s", versus, ratio))


def _shoot(contender: Contender, connector: str, requests: int) -> Measured:
    measured = fire(Plan(contender.url(), new_run_id(), requests, push=connector, connection=connector))
    if measured.refused:
        raise RuntimeError(f"{contender.name} refused {measured.refused} of {requests} pushes of {connector}")
    return measured


def _delivered(printer: Printer, folder: Path, pushes: int) -> None:
    folder.mkdir()
    with stand_ins(folder) as served:
        site = make_site(folder / "site", served)
        with serving(site):
            fire(Plan(site.url(), new_run_id(), 20))
            wait_for("the first leads in both CRMs", lambda: site.is_level(20) and served.counts() == (20, 20))
            known = int(site.query("SELECT max(id) FROM inbox")[0][0])
            pace = fire(Plan(site.url(), new_run_id(), pushes, connections=PUSHES_A_SECOND, every_seconds=1.0))
            wait_for("all leads in both CRMs", lambda: served.counts() == (pushes + 20, pushes + 20), 600)
            wait_for("all receipts", lambda: site.is_level(pushes + 20), 600)
        printer.say(f"  {pushes} pushes at {pace.per_second:.0f} a second; acknowledged p50 {pace.p50_ms:.1f} ms, p99 {pace.p99_ms:.1f} ms")
        for crm in ("salesforce", "hubspot"):
            delays = _delays(site, crm, known)
            if len(delays) != pushes:
                raise RuntimeError(f"{crm} holds {len(delays)} of {pushes} pushed leads")
            for share, suffix, answered in ((0.5, "p50", pace.p50_ms), (0.99, "p99", pace.p99_ms)):
                value = percentile(delays, share) * 1000
                versus = f"the push's acknowledgement: {answered:.1f} ms"
                printer.show(Figure(f"push_to_{crm}_{suffix}_ms", round(value, 1), "ms", versus, round(value / answered, 2)))


def _delays(site: Site, crm: str, known: int) -> list[float]:
    """Seconds from a push's arrival to the receipt that its record was created, for what came in after row `known`."""
    rows = site.query(
        "SELECT inbox.received_at, attempt.at FROM inbox JOIN link ON link.golden_id = inbox.golden_id "
        "JOIN attempt ON attempt.link_id = link.id AND attempt.effect = 'created' "
        f"WHERE inbox.id > {known} AND inbox.connection = 'web' AND link.connection = '{crm}'"
    )
    return [(datetime.fromisoformat(receipt) - datetime.fromisoformat(received)).total_seconds() for received, receipt in rows]


def _file(printer: Printer, folder: Path, file_bytes: int) -> None:
    peers = Path(os.environ.get("LEADLOOM_PEERS", "var/peers")).resolve()
    for name, size in (("little", file_bytes // 100), ("big", file_bytes)):
        (folder / name).mkdir(parents=True)
        _write(folder / name / "leads.csv", size)
    little = read("ours", folder / "little" / "leads.csv", peers)
    readings = {way: read(way, folder / "big" / "leads.csv", peers) for way in ("ours", "dictreader", "polars")}
    ours = readings.pop("ours")
    assert little is not None and ours is not None
    for way, reading in readings.items():
        if reading is None:
            printer.say(f"  {way} is not installed: make bench-peers")
            continue
        _compare(printer, ours, way, reading)
    versus = f"a file of a hundredth of the size: {little.peak_mb:.0f} MiB"
    ratio = round(ours.peak_mb / little.peak_mb, 2)
    printer.show(Figure("csv_1gb_peak_memory", round(ours.peak_mb, 1), "MiB", versus, ratio, "does not grow"))


def _compare(printer: Printer, ours: Reading, way: str, theirs: Reading) -> None:
    if theirs.rows != ours.rows:
        raise RuntimeError(f"{way} read {theirs.rows} rows, the connector {ours.rows}")
    versus = f"{way}: {theirs.per_second:,.0f} rows/s at {theirs.peak_mb:,.0f} MiB"
    ratio = round(ours.per_second / theirs.per_second, 4)
    printer.show(Figure(f"csv_1gb_rows_per_second_vs_{way}", round(ours.per_second), "rows/s", versus, ratio))


def _write(path: Path, size: int) -> None:
    run = new_run_id()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for number in count():
            writer.writerow(person(run, number))
            if number % 1_000 == 0 and file.tell() >= size:
                return


if __name__ == "__main__":
    sys.exit(main())
