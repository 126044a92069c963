"""Check the unguessable part of an endpoint's address, for platforms that sign nothing."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from core.contract.errors import SignatureInvalid
from core.contract.http import InboundRequest


def verify_path_token(request: InboundRequest, token: str) -> None:
    """Check that one part of the URL's path is the token, in constant time; raises SignatureInvalid, also for what is no URL."""
    try:
        parts = _path_parts(request.url)
    except ValueError:
        parts = ()
    wanted = token.encode("ascii")
    if not any([hmac.compare_digest(part, wanted) for part in parts]):  # noqa: C419 - a generator would stop at the first match
        raise SignatureInvalid("The URL does not hold this connection's token.")


@lru_cache(maxsize=64)
def _path_parts(url: str) -> Sequence[bytes]:
    """A form's posts all come to the same URL. Raises ValueError."""
    return urlsplit(url).path.encode("utf-8", "replace").split(b"/")
