"""The Singer connector passes the contract suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.contract.testing import Bench, ContractSuite
from tests.support.singer_bench import singer_bench


class TestSinger(ContractSuite):
    """A fake tap, held to what the contract asks of a source that is only read."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        return singer_bench(tmp_path)
