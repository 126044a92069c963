"""The written form of the database key."""

from __future__ import annotations

import base64
import binascii

KEY_BYTES = 32


def decode_key(text: str) -> bytes:
    """Read a key as it is configured, base64 of 32 bytes; raises ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("this is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, written as base64")
    return key
