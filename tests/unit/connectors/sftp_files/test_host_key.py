"""Pins of a server's key: what people paste is understood, and what pins nothing is refused."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from connectors.sftp_files.host_key import PinnedKey, acceptable, fingerprint_of
from connectors.sftp_files.settings import SftpFilesSettings
from sandbox.sftp.server import new_key

KEY = new_key()
LINE = f"{KEY.get_name()} {KEY.get_base64()}"


@pytest.mark.parametrize(
    "text",
    [
        KEY.fingerprint,
        f"{KEY.fingerprint}=",
        f"ssh-ed25519 {KEY.fingerprint}",
        f"256 {KEY.fingerprint} sftp.example.com (ED25519)",
        LINE,
        f"sftp.example.com {LINE}",
        f"[sftp.example.com]:2222,203.0.113.7 {LINE} put there by hand",
        f"|1|c2FsdA==|aGFzaA== {LINE}",
    ],
    ids=map(str, range(8)),  # the key is a new one each time, and the names of tests must stay
)
def test_what_people_paste_pins_the_key(text: str) -> None:
    pin = PinnedKey.parse(text)
    assert pin.fingerprint == KEY.fingerprint == fingerprint_of(KEY.asbytes())
    assert pin.kind in {None, "ssh-ed25519"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "ssh-ed25519",
        "SHA256:short",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "ssh-dss AAAAB3NzaC1kc3MAAACB",
        "sftp.example.com ssh-ed25519 AAAA!",
        f"@cert-authority *.example.com {LINE}",
        f"sftp.example.com ssh-rsa {KEY.get_base64()}",
        f"ssh-ed25519 {base64.b64encode(b'x').decode()}",
    ],
    ids=map(str, range(10)),
)
def test_what_pins_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        PinnedKey.parse(text)


def test_only_kinds_that_are_pinned_may_be_shown() -> None:
    assert acceptable([PinnedKey("SHA256:x", "ssh-rsa"), PinnedKey("SHA256:y", "ssh-ed25519")]) == (
        "rsa-sha2-512",
        "rsa-sha2-256",
        "ssh-ed25519",
    )
    assert acceptable([PinnedKey("SHA256:x", "ssh-rsa"), PinnedKey("SHA256:y")]) is None


def test_settings_without_a_pin_or_without_a_way_in_are_refused() -> None:
    given = {"host": "sftp.example.com", "username": "leads", "password": "secret", "host_keys": LINE}
    assert SftpFilesSettings.model_validate(given).pins[0].kind == "ssh-ed25519"
    for missing in ("host_keys", "password"):
        with pytest.raises(ValidationError):
            SftpFilesSettings.model_validate({name: value for name, value in given.items() if name != missing})
    with pytest.raises(ValidationError):
        SftpFilesSettings.model_validate({**given, "host_keys": []})
