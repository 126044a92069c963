"""The HubSpot connector passes the contract suite, over loopback HTTP against the HubSpot stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract.testing import Bench, ContractSuite
from tests.support.hubspot_bench import hubspot_account, hubspot_bench


class TestHubSpot(ContractSuite):
    """HubSpot's numbered API, as the SDK speaks it."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with hubspot_account() as account:
            yield hubspot_bench(account)


class TestDatedHubSpot(ContractSuite):
    """A dated version, whose paths are rewritten and whose batches fold errors into a success."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with hubspot_account(api_version="2026-09") as account:
            account.control("configure", versions_off=["v3", "v4"], shuffle_results=True)
            yield hubspot_bench(account)
