"""Signs a request with Signature Version 4 (Amazon, "Create a signed AWS API request"). Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a request is signed with, and for which region."""

    id: str = field(repr=False)
    secret: str = field(repr=False)
    region: str
    session: str | None = field(default=None, repr=False)


def escaped(text: str, *, keeps: str = "") -> str:
    """Percent-encode as the signature wants it: all but letters, digits, `-`, `.`, `_`, `~`, and `keeps`."""
    return quote(text.encode("utf-8", "surrogatepass"), safe=f"-._~{keeps}")


def query_string(params: Sequence[tuple[str, str]]) -> str:
    """Write parameters encoded and sorted, as they are signed."""
    return "&".join(f"{name}={value}" for name, value in sorted((escaped(name), escaped(value)) for name, value in params))


def signed_headers(url: str, headers: Mapping[str, str], key: AccessKey, now: datetime) -> dict[str, str]:
    """Give the headers with which a GET without a body is sent: those given, and the signature over them and the host.

    `url` has its path and query encoded as `escaped` and `query_string` do it.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    own = {**{name.lower(): value for name, value in headers.items()}, "x-amz-content-sha256": EMPTY_SHA256, "x-amz-date": stamp}
    if key.session is not None:
        own["x-amz-security-token"] = key.session
    parts = urlsplit(url)
    signed = {**own, "host": parts.netloc}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{' '.join(signed[name].split())}\n" for name in sorted(signed))
    canonical = "\n".join(["GET", parts.path or "/", parts.query, lines, names, EMPTY_SHA256])
    scope = f"{stamp[:8]}/{key.region}/s3/aws4_request"
    told = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(_signing_key(key, stamp[:8]), told.encode(), hashlib.sha256).hexdigest()
    return {**own, "authorization": f"{_ALGORITHM} Credential={key.id}/{scope},SignedHeaders={names},Signature={signature}"}


def _signing_key(key: AccessKey, day: str) -> bytes:
    made = f"AWS4{key.secret}".encode()
    for part in (day, key.region, "s3", "aws4_request"):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    return made
