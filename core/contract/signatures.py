"""Check that a webhook delivery was signed by the platform it claims to come from.

A scheme is a frozen value, so another platform is one more row; the check itself is the same for all of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from core.contract.errors import ConfigInvalid, SignatureInvalid
from core.contract.http import InboundRequest


class Encoding(Enum):
    """How the digest is written in the header."""

    HEX = "hex"
    BASE64 = "base64"


class KeyForm(Enum):
    """How the secret that the platform shows turns into the key's bytes."""

    TEXT = "text"
    BASE64 = "base64"
    WHSEC = "whsec"


class Part(Enum):
    """A piece of the signed text that differs from request to request."""

    BODY = "body"
    ID = "id"
    TIMESTAMP = "timestamp"
    METHOD = "method"
    URL = "url"


class Digest(Enum):
    """The hash under the HMAC."""

    SHA256 = "sha256"
    SHA1 = "sha1"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One platform's way to sign.

    `signed` is put together in order; bytes stand for themselves. `prefix` comes before the digest in the header; with
    a `separator` the header is a list, entries without the prefix are ignored and one good entry suffices. A scheme that
    signs its timestamp refuses deliveries older or newer than `tolerance_seconds`. The percent-encoding of the
    characters in `url_plain` is undone before the URL is signed.
    """

    name: str
    header: str
    signed: tuple[Part | bytes, ...] = (Part.BODY,)
    digest: Digest = Digest.SHA256
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    separator: str | None = None
    id_header: str | None = None
    timestamp_header: str | None = None
    ticks_per_second: int = 1
    tolerance_seconds: int = 300
    key_form: KeyForm = KeyForm.TEXT
    url_plain: str = ""

    def __hash__(self) -> int:
        """By the name: schemes are looked up with every delivery, and the whole is compared all the same."""
        return hash(self.name)


META = Scheme("Meta", "x-hub-signature-256", prefix="sha256=")
"""Meta Graph API, 'Webhooks: validating payloads': hex over the raw body with the app secret; no replay protection."""

STANDARD_WEBHOOKS = Scheme(
    "Standard Webhooks",
    "webhook-signature",
    signed=(Part.ID, b".", Part.TIMESTAMP, b".", Part.BODY),
    encoding=Encoding.BASE64,
    prefix="v1,",
    separator=" ",
    id_header="webhook-id",
    timestamp_header="webhook-timestamp",
    key_form=KeyForm.WHSEC,
)
"""Standard Webhooks 1.0.0; of its signature versions only the symmetric `v1`."""

HUBSPOT_V3 = Scheme(
    "HubSpot v3",
    "x-hubspot-signature-v3",
    signed=(Part.METHOD, Part.URL, Part.BODY, Part.TIMESTAMP),
    encoding=Encoding.BASE64,
    timestamp_header="x-hubspot-request-timestamp",
    ticks_per_second=1000,
    url_plain=":/?@!$'()*,;",
)
"""HubSpot, 'Validating requests', version 3: the public URL is signed with some characters decoded; milliseconds."""

TYPEFORM = Scheme("Typeform", "typeform-signature", encoding=Encoding.BASE64, prefix="sha256=")
"""Typeform Webhooks, 'Secure your webhooks': base64 over the raw body with the webhook's own secret; no replay protection."""

AIRTABLE = Scheme("Airtable", "x-airtable-content-mac", prefix="hmac-sha256=", key_form=KeyForm.BASE64)
"""Airtable Web API, 'Webhooks overview', as pyairtable 3.5 reads it: hex over the raw ping with the decoded MAC secret that is
given once, when the webhook is made; no replay protection."""

TALLY = Scheme("Tally", "tally-signature", encoding=Encoding.BASE64)
"""Tally, 'Webhooks', signing secret: base64 over the raw body, no prefix; no replay protection."""

WEBFLOW = Scheme(
    "Webflow",
    "x-webflow-signature",
    signed=(Part.TIMESTAMP, b":", Part.BODY),
    timestamp_header="x-webflow-timestamp",
    ticks_per_second=1000,
)
"""Webflow Data API, 'Working with webhooks', request signatures: milliseconds, five minutes."""

CALENDLY = Scheme(
    "Calendly",
    "calendly-webhook-signature",
    signed=(Part.TIMESTAMP, b".", Part.BODY),
    prefix="v1=",
    separator=",",
    timestamp_header="calendly-webhook-time",
    tolerance_seconds=180,
)
"""Calendly, 'Webhook signatures': seconds, three minutes. Calendly sends `t=<seconds>,v1=<hex>` in one header; the time
has to be put under `timestamp_header` before the check."""

ZOOM = Scheme(
    "Zoom",
    "x-zm-signature",
    signed=(b"v0:", Part.TIMESTAMP, b":", Part.BODY),
    prefix="v0=",
    timestamp_header="x-zm-request-timestamp",
)
"""Zoom, 'Using webhooks', verifying with Zoom's header: seconds; the five minutes are ours, since Zoom names no limit."""

LINKEDIN = Scheme("LinkedIn", "x-li-signature", signed=(b"hmacsha256=", Part.BODY))
"""LinkedIn, 'Webhook validation': hex over a fixed prefix and the raw body with the app's client secret; no replay protection."""

TIKTOK = Scheme("TikTok", "x-open-signature")
"""TikTok API for Business, lead webhooks: hex with the app's secret, over the body with every character beyond ASCII written
as lower-case \\uXXXX; the body has to be rewritten so before the check. No replay protection."""

INTERCOM = Scheme("Intercom", "x-hub-signature", digest=Digest.SHA1, prefix="sha1=")
"""Intercom, 'Webhook topics', signed notifications: SHA-1 in hex over the raw body with the app's client secret; no replay
protection."""

_LONGEST_TICKS = 17
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def verify(scheme: Scheme, request: InboundRequest, secrets: Sequence[str]) -> None:
    """Check the raw request against every secret, so that a secret can be rotated without a gap.

    Compares in constant time and tells nobody which check failed beyond what the sender knows anyway. Now is
    `request.received_at`.

    Raises:
        SignatureInvalid: whatever is missing, malformed, too old, too new or wrong in the request; also when there is
            no secret at all.
        ConfigInvalid: a secret is empty or not in the platform's form.
    """
    check = _check(scheme, tuple(secrets))
    if not check.keys:
        raise SignatureInvalid(f"No secret is configured for {scheme.name}.")
    claims = _claims(scheme, request)
    message = b"".join([part if isinstance(part, bytes) else part(scheme, request) for part in check.pieces])
    digests = [check.write(key.digest(message)) for key in check.keys]
    matches = [hmac.compare_digest(digest, claim) for digest in digests for claim in claims]
    if not any(matches):
        raise SignatureInvalid(f"The {scheme.name} signature does not match any configured secret.")


def signing_key(scheme: Scheme, secret: str) -> bytes:
    """Turn a secret as the platform shows it into the key; raises ConfigInvalid when it is empty or malformed."""
    try:
        key = _decode_key(scheme.key_form, secret)
    except (ValueError, binascii.Error) as error:
        raise ConfigInvalid(f"A secret for {scheme.name} is not valid {scheme.key_form.value}; copy it again, whole.") from error
    if not key:
        raise ConfigInvalid(f"A secret for {scheme.name} is empty; anybody could sign with it.")
    return key


def _decode_key(form: KeyForm, secret: str) -> bytes:
    match form:
        case KeyForm.TEXT:
            return secret.encode("utf-8")
        case KeyForm.BASE64:
            return base64.b64decode(secret, validate=True)
        case KeyForm.WHSEC:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def _claims(scheme: Scheme, request: InboundRequest) -> list[bytes]:
    value = _header(scheme, request, scheme.header)
    entries = [value] if scheme.separator is None else value.split(scheme.separator)
    claims = [entry.removeprefix(scheme.prefix) for entry in entries if entry.startswith(scheme.prefix)]
    if not any(claims):
        raise SignatureInvalid(f"The header {scheme.header} holds no {scheme.name} signature.")
    return [claim.encode("ascii") for claim in claims]


def _header(scheme: Scheme, request: InboundRequest, name: str) -> str:
    value = request.headers.get(name, "")
    if not value:
        raise SignatureInvalid(f"The header {name} is missing; {scheme.name} sends it with every delivery.")
    if not value.isascii():
        raise SignatureInvalid(f"The header {name} is malformed.")
    return value


def _timestamp(scheme: Scheme, request: InboundRequest) -> str:
    ticks = _header(scheme, request, scheme.timestamp_header or "")
    if not ticks.isdigit() or len(ticks) > _LONGEST_TICKS:
        raise SignatureInvalid(f"The header {scheme.timestamp_header} is malformed.")
    distance = abs(request.received_at.timestamp() - int(ticks) / scheme.ticks_per_second)
    if distance > scheme.tolerance_seconds:
        raise SignatureInvalid(f"The delivery is {distance:.0f} s away from our clock; {scheme.tolerance_seconds} s are allowed.")
    return ticks


def _plain_url(url: str, plain: str) -> str:
    return _ESCAPE.sub(lambda found: character if (character := chr(int(found[1], 16))) in plain else found[0], url)


class KeyedHash:
    """HMAC (RFC 2104) under one key, begun once and copied for each message.

    The standard library's function sets the key up anew each time, which costs more than hashing a short message.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, digest: str) -> None:
        """Take the key and the name of the hash."""
        self._inner, self._outer = hashlib.new(digest), hashlib.new(digest)
        size = self._inner.block_size
        padded = (key if len(key) <= size else hashlib.new(digest, key).digest()).ljust(size, b"\0")
        self._inner.update(bytes([byte ^ 0x36 for byte in padded]))
        self._outer.update(bytes([byte ^ 0x5C for byte in padded]))

    def digest(self, message: bytes) -> bytes:
        """The digest of a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


@dataclass(frozen=True, slots=True)
class _Check:
    """What can be made ready of a scheme and its secrets before a request comes."""

    keys: tuple[KeyedHash, ...]
    pieces: tuple[Callable[[Scheme, InboundRequest], bytes] | bytes, ...]
    write: Callable[[bytes], bytes]


@lru_cache(maxsize=64)
def _check(scheme: Scheme, secrets: tuple[str, ...]) -> _Check:
    """Make it ready; raises ConfigInvalid for what is no secret."""
    keys = tuple(KeyedHash(signing_key(scheme, secret), scheme.digest.value) for secret in secrets)
    pieces = tuple(part if isinstance(part, bytes) else _PIECES[part] for part in scheme.signed)
    return _Check(keys, pieces, _as_hex if scheme.encoding is Encoding.HEX else _as_base64)


def _as_hex(digest: bytes) -> bytes:
    return digest.hex().encode("ascii")


def _as_base64(digest: bytes) -> bytes:
    return binascii.b2a_base64(digest, newline=False)


_PIECES: dict[Part, Callable[[Scheme, InboundRequest], bytes]] = {
    Part.BODY: lambda _, request: request.body,
    Part.METHOD: lambda _, request: request.method.upper().encode("utf-8", "replace"),
    Part.URL: lambda scheme, request: _plain_url(request.url, scheme.url_plain).encode("utf-8", "replace"),
    Part.ID: lambda scheme, request: _header(scheme, request, scheme.id_header or "").encode("ascii"),
    Part.TIMESTAMP: lambda scheme, request: _timestamp(scheme, request).encode("ascii"),
}
