"""The Salesforce connector passes the contract suite, over loopback HTTP against the Salesforce stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract.testing import Bench, ContractSuite
from tests.support.salesforce_bench import salesforce_account, salesforce_bench


class TestSalesforce(ContractSuite):
    """Salesforce as it is after a fresh sign-up, with our external-id field."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with salesforce_account() as account:
            yield salesforce_bench(account)
