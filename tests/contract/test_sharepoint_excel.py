"""The connector of SharePoint passes the contract suite, over loopback HTTP against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract.testing import Bench, ContractSuite, FaultKind, ReadSample
from sandbox.microsoft_graph.drive import DRIVE_ID
from sandbox.microsoft_graph.stand_in import CLIENT_SECRET
from tests.support.contract_bench import SandboxFaults, answer
from tests.support.sharepoint_bench import ROW, Library, sharepoint_library, sharepoint_manifest


class TestSharePointExcel(ContractSuite):
    """One folder in which every seeding is one file more."""

    @pytest.fixture
    def library(self) -> Iterator[Library]:
        with sharepoint_library() as library:
            yield library

    @pytest.fixture
    def bench(self, library: Library) -> Bench:
        again = f"{library.served.url}/v1.0/drives/{DRIVE_ID}/items/delta?token=again"
        words = {
            FaultKind.UNAUTHORIZED: answer(401, {"error": {"code": "InvalidAuthenticationToken", "message": "no"}}),
            FaultKind.FORBIDDEN: answer(403, {"error": {"code": "accessDenied", "message": "no"}}),
            FaultKind.SAME_PAGE: {**answer(200, {"value": [], "@odata.nextLink": again}), "match": "delta"},
        }
        return Bench(
            manifest=sharepoint_manifest(),
            make=library.connector,
            make_unauthorized=lambda: library.connector(client_secret="wrong-secret"),
            faults=SandboxFaults(library.served, words=words, data="^GET /(v1.0|download)/"),
            secrets=[CLIENT_SECRET, "wrong-secret", "sandbox-tempauth", "sandbox-graph-token"],
            advance=library.clock.advance,
            remote=library,
            reading=ReadSample(object=ROW, several_pages=1_750),
        )
