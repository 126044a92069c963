"""Assertions of the JWT bearer grant: signature, audience and time."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

LONGEST_SECONDS = 300
_AUDIENCE = re.compile(r"https://(?:login|test|[\w-]+(?:--[\w-]+)?(?:\.sandbox)?\.my)\.salesforce\.com/?")


class BadAssertion(Exception):
    """An assertion that is refused; the text is the `error_description`."""


def read_assertion(assertion: str, pem: str | None) -> dict[str, Any]:
    """The claims, once the RS256 signature is found good for the public key or certificate in `pem`."""
    parts = assertion.split(".")
    if len(parts) != 3 or pem is None:
        raise BadAssertion("invalid assertion")
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except (ValueError, binascii.Error) as error:
        raise BadAssertion("invalid assertion") from error
    if not isinstance(claims, dict) or not isinstance(header, dict) or header.get("alg") != "RS256":
        raise BadAssertion("invalid assertion")
    try:
        _public_key(pem).verify(signature, f"{parts[0]}.{parts[1]}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise BadAssertion("invalid assertion") from error
    return claims


def refuse_bad_claims(claims: dict[str, Any], audiences: Sequence[str], now: datetime) -> None:
    """Refuse a wrong audience and an `exp` that is past or more than five minutes ahead; it may be a number or digits as text.

    Without `audiences` the login hosts and every My Domain host are right.
    """
    audience = str(claims.get("aud", ""))
    if audience not in audiences if audiences else not _AUDIENCE.fullmatch(audience):
        raise BadAssertion("audience is invalid")
    try:
        left = float(claims["exp"]) - now.timestamp()
    except (KeyError, TypeError, ValueError) as error:
        raise BadAssertion("invalid assertion") from error
    if not 0 < left <= LONGEST_SECONDS:
        raise BadAssertion("expired authorization code" if left <= 0 else "invalid assertion")


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _public_key(pem: str) -> RSAPublicKey:
    content = pem.encode()
    key = load_pem_x509_certificate(content).public_key() if b"BEGIN CERTIFICATE" in content else load_pem_public_key(content)
    if not isinstance(key, RSAPublicKey):
        raise BadAssertion("invalid assertion")
    return key
