"""100,000 nested records to a flat CRM shape of 15 fields: our mapping file, a hand-written function, and the peers.

Every contender's output is compared with the hand-written function's, record by record, before anything is timed. Records
come in parts; in each part all contenders run one after the other, in another order each time, and the figures are medians
of the parts' ratios (CPU time; the collector on for all, over a heap in which only the part's records are held still). Slow
peers map the first records of each part and are scaled per record.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/mapping.py` works too

from benchmarks.support.figures import Figure, Printer, add_arguments
from benchmarks.support.mapping_ours import Ours, OursTraced
from benchmarks.support.mapping_peers import PEERS, WHOLE, handwritten
from benchmarks.support.mapping_peers.rules import Mapper
from benchmarks.support.mapping_records import Record, invent_in_parts

REQUIREMENTS = "benchmarks/support/peers.txt"


class OutputDiffers(Exception):
    """A contender made something else of a record than the hand-written function."""


@dataclass(slots=True)
class Contender:
    """One way of mapping; `seconds` per record, one entry a part."""

    name: str
    told: str
    map: Mapper
    bar: str | None = None
    share: float = 1.0
    timed: Callable[[Iterable[Record]], Iterable[Any]] | None = None
    seconds: list[float] = field(default_factory=list)

    def slice(self, records: list[Record]) -> list[Record]:
        """The records of a part that it maps."""
        return records[: max(1, int(len(records) * self.share))]

    @property
    def per_second(self) -> float:
        """Records a second, the median of the parts."""
        return 1 / median(self.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, measure and print."""
    wanted = _parse(arguments)
    printer = Printer(as_json=wanted.json)
    sys.path.append(str(wanted.peers.resolve()))  # behind our own: what we have ourselves is taken from us
    contenders = field_of(printer)
    count, size = (400, 100) if wanted.quick else (20 * WHOLE, WHOLE)
    for number, records in enumerate(invent_in_parts(count, size)):
        check(contenders, records)
        measure(contenders, records, number)
    printer.say(f"  {count:,} records; each contender gave exactly the hand-written output for every record that it mapped:")
    for each in contenders:
        checked = sum(len(each.slice([{}] * size)) for _ in range(count // size))
        printer.say(f"  {each.told:<66} {each.per_second:>9,.0f} records/s  ({checked:,} checked)")
    show(printer, contenders)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    usual = Path(os.environ.get("LEADLOOM_PEERS", "var/peers"))
    parser.add_argument("--peers", type=Path, default=usual, metavar="FOLDER", help="where the peers are installed (%(default)s)")
    return parser.parse_args(arguments)


def field_of(printer: Printer) -> list[Contender]:
    """Gather the hand-written function, ours, ours with provenance, and every peer that is installed."""
    traced = OursTraced()
    found = [
        Contender("handwritten", "a hand-written function", handwritten.prepare()),
        Contender("ours", "our mapping file, values alone", Ours()),
        Contender("traced", "our mapping file, with full provenance", traced, timed=traced.readings),
    ]
    for peer in PEERS:
        mapper = peer.load()
        if mapper is None:
            printer.say(f"  {peer.name} is not installed: pip install --target var/peers -r {REQUIREMENTS}")
        else:
            found.append(Contender(peer.name, peer.told, mapper, peer.bar, peer.share / WHOLE))
    return found


def check(contenders: Sequence[Contender], records: list[Record]) -> None:
    """Compare what all make of the records with the hand-written function's output; raises OutputDiffers."""
    expected = list(contenders[0].map(records))
    for each in contenders[1:]:
        part = each.slice(records)
        found = list(each.map(part))
        if len(found) != len(part):
            raise OutputDiffers(f"{each.name} gave {len(found)} records for {len(part)}")
        for record, ours, theirs in zip(part, expected, found, strict=False):
            if ours != theirs:
                names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
                told = ", ".join(f"{name}: {ours.get(name)!r} became {theirs.get(name)!r}" for name in names)
                raise OutputDiffers(f"{each.name}, record {record['id']}: {told}")


def measure(contenders: Sequence[Contender], records: list[Record], number: int) -> None:
    """Time all over one part, beginning with another one each time."""
    gc.collect()
    gc.freeze()
    first = number % len(contenders)
    for each in (*contenders[first:], *contenders[:first]):
        part = each.slice(records)
        gc.collect()
        start = time.process_time()
        deque((each.timed or each.map)(part), maxlen=0)
        each.seconds.append((time.process_time() - start) / len(part))
    gc.unfreeze()


def show(printer: Printer, contenders: Sequence[Contender]) -> None:
    """Print the figures: ours to each of the others."""
    handwritten_one, ours, traced, *peers = contenders
    _show(printer, "mapping_vs_handwritten", ours, handwritten_one, ">= 0.8")
    _show(printer, "mapping_traced_vs_handwritten", traced, handwritten_one, ">= 0.4")
    for peer in peers:
        _show(printer, f"mapping_vs_{peer.name}", ours, peer, peer.bar)


def _show(printer: Printer, figure: str, ours: Contender, other: Contender, bar: str | None) -> None:
    ratio = median(theirs / mine for mine, theirs in zip(ours.seconds, other.seconds, strict=True))
    versus = f"{other.told}: {other.per_second:,.0f} records/s"
    printer.show(Figure(figure, round(ours.per_second), "records/s", versus, round(ratio, 3), bar))


if __name__ == "__main__":
    sys.exit(main())
