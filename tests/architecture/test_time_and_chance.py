"""Time and chance come in through parameters: reading the clock or rolling dice is the runtime's business."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SourceFile, calls_of, files_under

BANNED = re.compile(
    r"datetime\.(datetime|date)\.(now|utcnow|today)$"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|sleep|localtime|gmtime)$"
    r"|random\.(?!Random$)\w+$|secrets\.\w+$|uuid\.uuid\w+$|os\.(urandom|getrandom)$"
)
ALLOWED = {
    ("core/store/vault.py", "os.urandom"): "nonces and keys of the encryption must not come from a seed",
    ("core/contract/testing/watch.py", "time.sleep"): "the suite puts a trap in its place: a connector that sleeps is caught",
    ("core/cli/status.py", "time.sleep"): "`status --watch` waits for a person's eyes between two looks",
    ("sandbox/clock.py", "datetime.datetime.now"): "the stand-ins' dial clock runs from the real time",
}
"""Uses outside core/runtime, each with its reason."""


def test_nothing_outside_the_runtime_reads_the_clock_or_rolls_dice() -> None:
    files = [file for file in files_under("core", "connectors", "sandbox") if not file.name.startswith("core/runtime/")]
    found = [(file.name, line, name) for file in files for line, name in _uses(file)]

    assert [f"{name}:{line}: {use}" for name, line, use in found if (name, use) not in ALLOWED] == []


def test_no_exception_is_listed_that_is_not_used() -> None:
    used = {(file.name, use) for file in files_under("core", "connectors", "sandbox") for _, use in _uses(file)}

    assert sorted(set(ALLOWED) - used) == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "from time import time as now\nnow()",
        "import time\ntime.sleep(1)",
        "import random\nrandom.random()",
        "from random import SystemRandom\nSystemRandom()",
        "from random import shuffle\nshuffle([])",
        "import uuid\nuuid.uuid4()",
        "import os\nmake = os.urandom",
        "from secrets import token_hex\ntoken_hex()",
    ],
)
def test_a_planted_use_is_found(code: str) -> None:
    assert len(list(_uses(SourceFile(Path("planted.py"), ast.parse(code))))) == 1


def _uses(file: SourceFile) -> Iterator[tuple[int, str]]:
    return ((line, name) for line, name in calls_of(file.tree) if BANNED.match(name))
