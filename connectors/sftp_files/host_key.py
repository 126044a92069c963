"""The server's key as an admin pins it: a fingerprint as `ssh-keygen -l` shows it, or a line of `known_hosts`. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Kinds of keys, and the names under which a key of the kind signs (RFC 8332 for those of RSA)."""
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A key that the server may show; `kind` is None where the pin does not tell it."""

    fingerprint: str
    kind: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pin; raises ValueError with what to write instead."""
        words = text.split()
        if any(word.startswith("@") for word in words[:1]):
            raise ValueError("lines with @cert-authority or @revoked cannot be used; name the server's own key")
        kinds = [word for word in words if word in ALGORITHMS]
        shown = [word for word in words if _FINGERPRINT.fullmatch(word)]
        if shown:
            return cls(shown[0].rstrip("="), kinds[0] if kinds else None)
        if not kinds or words[-1] == kinds[0]:
            raise ValueError("this is no fingerprint (SHA256:...) and no line of known_hosts of a key of ED25519, ECDSA or RSA")
        return cls(fingerprint_of(_blob(words[words.index(kinds[0]) + 1], kinds[0])), kinds[0])


def fingerprint_of(blob: bytes) -> str:
    """Write a key's fingerprint as OpenSSH does."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def acceptable(pins: Sequence[PinnedKey]) -> tuple[str, ...] | None:
    """The names under which the pinned keys sign; None where a pin does not tell its kind, so that every kind may be shown."""
    if any(pin.kind is None for pin in pins):
        return None
    return tuple(dict.fromkeys(name for pin in pins for name in ALGORITHMS[pin.kind or ""]))


def _blob(text: str, kind: str) -> bytes:
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the key in the line of known_hosts is cut off") from None
    if blob[4 : 4 + len(kind)] != kind.encode():
        raise ValueError("the key in the line of known_hosts is of another kind than the line says")
    return blob
