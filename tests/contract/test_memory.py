"""The memory connector passes the contract suite."""

from __future__ import annotations

import pytest

from core.contract.testing import Bench, ContractSuite
from tests.support.memory_bench import memory_bench


class TestMemory(ContractSuite):
    """The reference connector, held to the whole contract."""

    @pytest.fixture
    def bench(self) -> Bench:
        return memory_bench()
