"""The spreadsheet connector passes the contract suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.contract.testing import Bench, ContractSuite
from tests.support.spreadsheet_bench import spreadsheet_bench


class TestSpreadsheet(ContractSuite):
    """A folder of files, held to what the contract asks of a source that is only read."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        return spreadsheet_bench(tmp_path)
