"""The connector of SFTP files passes the contract suite, against a real SSH server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract.testing import Bench, ContractSuite, ReadSample
from sandbox.sftp import PASSWORD
from tests.support.sftp_bench import ROW, Store, sftp_manifest, sftp_store


class TestSftpFiles(ContractSuite):
    """One folder in which every seeding is one file more."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with sftp_store() as store:
            yield store

    @pytest.fixture
    def bench(self, store: Store) -> Bench:
        return Bench(
            manifest=sftp_manifest(),
            make=lambda: store.connector(timeout_seconds=1),
            make_unauthorized=lambda: store.connector(password="wrong-password"),
            faults=store,
            secrets=[PASSWORD, "wrong-password"],
            advance=store.clock.advance,
            remote=store,
            reading=ReadSample(object=ROW, several_pages=1_750),
        )
