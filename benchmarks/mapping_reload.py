"""From saving a mapping file to it being in force, and the time to check 200 of them.

`reload_seconds`: while `leadloom serve` runs, a file is saved and a lead is posted at once; the clock stops when the first
lead that was read by the new version is on disk (median of the rounds). Compared with the same post without an edit, which
is what a lead takes anyway. `reload_seconds_200_files` is the same in a folder of 200 files. `check_200_files_seconds`:
reading, checking and compiling 200 files of 15 lines each, all problems told, without a CRM.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/mapping_reload.py` works too

from benchmarks.support.figures import Figure, Printer, parse
from benchmarks.support.load import Plan, requests
from benchmarks.support.processes import wait_for
from benchmarks.support.site import Site, make_site, new_run_id, serving
from core.flow.pipeline import compiled_inbound, compiled_sync
from core.runtime.mappings import load_mappings
from core.runtime.registry import Registry

FILES = 200
LOOK_SECONDS = 0.005
"""How often the database is asked; the figure is at most this much too high."""

_INBOUND = """kind: inbound
name: form {number}
from: {{connection: web, object: form-{number}}}
to: Lead
region: DE
fields:
  email: {{from: [contact.email, e-mail], do: trim, required: true}}
  full_name: contact.name | collapse
  phone: contact.phones.0
  mobile: contact.phones.1
  company: {{from: company.name, do: [trim, collapse]}}
  job_title: title
  street: address.street
  postal_code: address.zip
  city: address.city
  country: {{from: address.country, default: Germany}}
  website: company.site
  message: "note | truncate: 2000"
  utm_source: _context.utm_source
  source: {{const: Form {number}}}
  language: {{from: lang, map: {{english: en, german: de}}, unlisted: drop}}
"""
_SYNC = """kind: sync
name: crm {number}
golden: Lead
to: {{connection: crm, object: lead-{number}}}
external_id: leadloom_id
when: email
fields:
  Email: email
  First: first_name
  Last: {{from: last_name, default: "[not given]"}}
  Company: company
  Phone: phone
  Mobile: mobile
  Title: job_title
  Street: {{from: street, do: [truncate: 80], back: same}}
  Zip: postal_code
  City: city
  Country: country
  Website: website
  Lang: {{from: language, map: {{en: English, de: German}}}}
  Source: {{from: source, direction: to}}
  Note: {{from: message, direction: to}}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and print it."""
    wanted = parse(__doc__ or "", arguments)
    printer = Printer(as_json=wanted.json)
    rounds = 3 if wanted.quick else 15
    with tempfile.TemporaryDirectory(prefix="leadloom-bench-") as name:
        folder = Path(name)
        for figure, files in (("reload_seconds", 1), (f"reload_seconds_{FILES}_files", FILES)):
            edited, plain = _reload(folder / figure, files, rounds)
            versus = f"a lead without an edit: {plain:.3f} s"
            printer.show(Figure(figure, round(edited, 3), "s", versus, round(edited / plain, 2), "< 1"))
        seconds = _check(folder / "check", 3 if wanted.quick else 7)
        printer.show(Figure(f"check_{FILES}_files_seconds", round(seconds, 3), "s", f"{seconds / FILES * 1000:.1f} ms a file"))
    return 0


def _reload(folder: Path, files: int, rounds: int) -> tuple[float, float]:
    """Seconds from saving to the first lead read by the new version, and for a lead without an edit; medians."""
    site = make_site(folder, None)
    mappings = folder / "mappings"
    _write(mappings, files - 1, sync=False)
    text = (mappings / "web.yaml").read_text()
    with serving(site) as server:
        assert server.poll() is None
        _post(site)
        wait_for("the first lead", lambda: _observed(site) == 1)
        plain = [_timed(site, lambda: None) for _ in range(rounds)]
        edited = [_timed(site, partial(_save, mappings / "web.yaml", f"{text}description: edition {number}\n")) for number in range(rounds)]
        versions = site.query("SELECT count(DISTINCT mapping_version) FROM observation")[0][0]
    if versions != rounds + 1:
        raise RuntimeError(f"{rounds} editions were saved, and leads were read by {versions} versions")
    return median(edited), median(plain)


def _timed(site: Site, act: Callable[[], object]) -> float:
    known = _observed(site)
    start = time.perf_counter()
    act()
    _post(site)
    wait_for("the lead", lambda: _observed(site) > known, every=LOOK_SECONDS)
    return time.perf_counter() - start


def _save(path: Path, text: str) -> None:
    """Save in place, as plain editors do."""
    path.write_text(text)


def _observed(site: Site) -> int:
    return int(site.query("SELECT count(*) FROM observation")[0][0])


def _post(site: Site) -> None:
    plan = Plan(site.url(), new_run_id(), 1)
    parts = urlsplit(plan.url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as line:
        for request in requests(plan, time.time()):
            line.sendall(request)
            answer = line.recv(4096)
            if b" 2" not in answer[:12]:
                raise RuntimeError(f"the post was refused: {answer[:200]!r}")


def _write(folder: Path, number: int, *, sync: bool) -> None:
    for each in range(number):
        text = _SYNC if sync and each % 2 else _INBOUND
        (folder / f"m{each:03}.yaml").write_text(text.format(number=each))


def _check(folder: Path, rounds: int) -> float:
    folder.mkdir()
    _write(folder, FILES, sync=True)
    registry = Registry()
    manifests = {"web": registry.manifest("web_form"), "crm": registry.manifest("memory")}
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        found = load_mappings(folder, manifests)
        rules = found.rules()
        compiled = [*map(compiled_inbound, rules.inbound), *map(compiled_sync, rules.sync)]
        taken.append(time.perf_counter() - start)
        if found.problems or len(compiled) != FILES:
            raise RuntimeError(f"the files are not sound: {found.problems[:3]}")
    return median(taken)


if __name__ == "__main__":
    sys.exit(main())
