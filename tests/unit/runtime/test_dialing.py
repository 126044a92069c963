"""Only a connector whose manifest asks for it is lent a dialer, and it knows one address: the settings'."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from core.contract import ConfigInvalid, Unavailable
from core.runtime.connections import Connections
from core.runtime.dialing import AddressDialer
from core.runtime.registry import default_registry
from core.runtime.settings import Config
from sandbox.sftp import PASSWORD, USERNAME
from tests.support.http import HandClock
from tests.support.sftp_bench import sftp_store


class Nowhere(BaseModel):
    """Settings without an address."""

    host: str | None = None
    port: int = 22


def test_a_dialer_is_lent_where_the_manifest_asks_for_it(tmp_path: Path) -> None:
    with sftp_store() as store:
        sftp = {"host": store.served.host, "port": store.served.port, "host_keys": store.served.fingerprint, "username": USERNAME}
        settings = {"drop": {**sftp, "password": PASSWORD}, "folder": {"folder": str(tmp_path)}}
        kinds = {"drop": "sftp_files", "folder": "spreadsheet"}
        connections = {name: {"connector": kind, "settings": settings[name]} for name, kind in kinds.items()}
        unused: Any = None
        opened = Connections(
            Config.model_validate({"data_dir": tmp_path / "var", "allow_clear_secrets": True, "connections": connections}),
            default_registry(),
            unused,
            HandClock(),
        )

        assert opened.open("drop").connector.check().account == f"{USERNAME} on 127.0.0.1, folders ."
        assert opened.open("folder").connector.context.dialer is None
        opened.close()


def test_settings_without_an_address_are_named() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        AddressDialer.of("drop", Nowhere())
    assert caught.value.setting == "host" and caught.value.hint


def test_an_address_that_is_none_is_tried_later_and_named() -> None:
    too_long = "x" * 70 + ".example.com"
    with pytest.raises(Unavailable, match=rf"{too_long}:22 of connection 'drop' cannot be reached"):
        AddressDialer("drop", too_long, 22).dial(1)


def test_what_the_protocol_library_logs_stays_out_of_our_log() -> None:
    with sftp_store() as store:
        store.connector().check()
    assert not logging.getLogger("paramiko").propagate
