"""HTTP as a connector sees it: values for requests and answers in both directions, and what the runtime lends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from core.contract.dialing import Dialer
from core.contract.errors import ConnectorError, Unavailable
from core.contract.programs import Programs


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One outgoing call.

    `url` is absolute, or a path that the runtime joins to the token's `base_url`, else to the settings' `base_url`.
    `repeatable` says that sending it twice does no harm; GET, HEAD, PUT and DELETE are repeatable by themselves.
    `accept` lists error statuses that the connector wants to see as a plain answer. `bucket` names the declared limit
    that it counts against besides the general ones. `authenticated` adds the connection's token.
    """

    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool = False
    accept: frozenset[int] = frozenset()
    bucket: str | None = None
    authenticated: bool = True
    timeout_seconds: float | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether a second send is harmless."""
        return self.repeatable or self.method.upper() in {"GET", "HEAD", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """Read the body as JSON; raises Unavailable (outcome unknown) for HTML pages and cut-off bodies."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unavailable(
                f"The answer (HTTP {self.status}, {self.headers.get('content-type', 'no content type')}) is not JSON.",
                outcome_unknown=True,
            ) from error


ErrorRow = Callable[[Response], ConnectorError | None]
"""One row of a connector's error table: recognises an answer and gives the error, or None to pass it on."""


class Http(Protocol):
    """Authenticated, limited, retried (only what is safe to repeat, about 10 s in all) and logged by the runtime."""

    def send(self, request: Request, rows: Sequence[ErrorRow] = ()) -> Response:
        """Send, and return the answer when its status is below 300 or in `request.accept`.

        Otherwise raises what the first matching row gives, else what the runtime's table of defaults gives. A transport
        failure raises Unavailable; its `outcome_unknown` is set when a request that is not repeatable may have arrived.
        """
        ...


class SdkTransport(Protocol):
    """The same transport in the shapes that vendors' SDKs take; every status comes back as the SDK expects it."""

    def requests_session(self) -> Any:
        """A `requests.Session` whose every call goes through the runtime, to the connection's own origin only."""
        ...

    def urllib3_pool(self) -> Any:
        """An object with urllib3's `PoolManager.request` whose every call goes through the runtime."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """What opens the vendor's door. Stored encrypted; `expires_at` None means until it is refused."""

    value: str = field(repr=False)
    expires_at: datetime | None = None
    scheme: str = "Bearer"
    base_url: str | None = None
    refresh: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    """When `refresh` ends and only a person can grant another one; None where the vendor does not tell."""
    made_from: str | None = None
    """The connector's own mark of the credentials that it came from, such as a hash: it outlives a change of the settings."""


def _none() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What the runtime lends to one connection."""

    http: Http
    clock: Clock
    sdk: SdkTransport
    programs: Programs | None = None
    """Lent where the manifest says `programs: true`."""
    dialer: Dialer | None = None
    """Lent where the manifest says `dials: true`."""
    granted: Callable[[], Token | None] = _none
    """The token in use, fetched where there is none; None where the connection needs none. Raises AuthFailed or TryLater."""


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """One request that arrived at a webhook endpoint; `url` is the public one, header names are lower-case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    client: str = ""


class Outcome(StrEnum):
    """What became of an inbound request; `answer` turns it into the vendor's expected reply."""

    STORED = "stored"
    REFUSED = "refused"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an inbound request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
