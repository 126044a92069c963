"""Whatever arrives at a webhook door, its connector reads it or refuses it, with bounded work and bounded memory.

`LEADLOOM_TRIALS` above one (`make chaos` sets it) turns on the long trial: 10,000 spoiled deliveries times that number for
every connector. Each prints its seed, its counts and its growth.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract import Outcome, Role
from core.runtime.registry import default_registry
from tests.support.fuzzing import TooMuchWork, bounded_work, received, spoiled
from tests.support.push_seeds import SEEDS, connector_of

TRIALS = int(os.environ.get("LEADLOOM_TRIALS", "1"))
SPOILED = 10_000 * TRIALS
START = 20261124
MOST_OBJECTS, MOST_RESIDENT = 2_000_000, 64_000_000
"""Bytes that Python's objects, and the whole process, may grow by during a long trial, after its first tenth."""
SLOWEST_SECONDS = 5.0
"""For one delivery of the long trial, with the tracing of memory, on a busy machine."""


def test_every_connector_that_takes_webhooks_has_a_delivery_to_spoil() -> None:
    takes = {name for name, manifest in default_registry().manifests().items() if Role.WEBHOOKS in manifest.roles}

    assert takes - set(SEEDS) == set(), "Give each of these a good delivery in tests/support/push_seeds.py."
    assert set(SEEDS) - takes == set()


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, seeds in SEEDS.items() for at in range(len(seeds))])
def test_what_is_not_spoiled_is_taken(name: str, at: int) -> None:
    seed = SEEDS[name][at]
    verdict = received(connector_of(name, seed), seed.request(seed.body))

    assert verdict.outcome is Outcome.STORED, verdict.message


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False))
def test_what_is_spoiled_is_read_or_refused_with_bounded_work(name: str, chance: Random) -> None:
    seed = chance.choice(SEEDS[name])
    connector, request = connector_of(name, seed), spoiled(chance, seed)

    with bounded_work(len(request.body)):
        received(connector, request)


def _never_ends() -> None:
    while True:
        pass


def test_a_parser_that_never_ends_is_stopped() -> None:
    with pytest.raises(TooMuchWork), bounded_work(10):
        _never_ends()


@pytest.mark.skipif(TRIALS == 1, reason="the long trial is `make chaos`")
@pytest.mark.parametrize("name", SEEDS)
def test_a_long_trial_leaves_nothing_behind(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    connectors = [(seed, connector_of(name, seed)) for seed in SEEDS[name]]
    came: Counter[str] = Counter()
    slowest, before = 0.0, (0, 0)
    tracemalloc.start()
    try:
        for number in range(START, START + SPOILED):
            if number == START + SPOILED // 10:
                before = _memory()
            chance = Random(number)
            seed, connector = chance.choice(connectors)
            request = spoiled(chance, seed)
            begun = time.perf_counter()
            try:
                came[received(connector, request).outcome.value] += 1
            except BaseException as error:
                error.add_note(f"{name}: Random({number}) makes this delivery")
                raise
            slowest = max(slowest, time.perf_counter() - begun)
        grown = tuple(now - then for now, then in zip(_memory(), before, strict=True))
    finally:
        tracemalloc.stop()
    with capsys.disabled():
        print(f"\n{name}: {SPOILED} deliveries from seed {START}: {dict(came)}; slowest {slowest * 1000:.0f} ms; ", end="")
        print(f"grown by {grown[0]} bytes of objects and {grown[1]} of the process ", end="")
    assert came.total() == SPOILED and len(came) > 1
    assert grown[0] < MOST_OBJECTS and grown[1] < MOST_RESIDENT
    assert slowest < SLOWEST_SECONDS


def _memory() -> tuple[int, int]:
    """Bytes of Python's objects, and of the process (where the system does not tell them, the most that it had)."""
    gc.collect()
    try:
        resident = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
    except OSError:
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return tracemalloc.get_traced_memory()[0], resident
