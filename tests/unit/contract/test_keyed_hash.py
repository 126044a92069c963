"""The keyed hash that is begun once gives what the standard library gives."""

from __future__ import annotations

import hmac

import pytest

from core.contract.signatures import KeyedHash


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
@pytest.mark.parametrize("length", [1, 20, 63, 64, 65, 200])
def test_a_key_of_any_length_gives_the_digest_of_the_standard_library(digest: str, length: int) -> None:
    key = bytes(range(length))
    keyed = KeyedHash(key, digest)

    for message in (b"", b"a", b"abc" * 1000):
        assert keyed.digest(message) == hmac.digest(key, message, digest)
