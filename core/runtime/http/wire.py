"""One request to one answer over httpx: no retries, no redirects, no cookies, no environment, bounded in time and size.

Failures are sorted by the one question that matters afterwards: can the request have arrived?
"""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore

from core.observe.lean import without

with without("httpx._main"):  # the package's command line, and with it rich
    import httpx

from core.contract import Response
from core.runtime.http.guard import GuardedBackend
from core.runtime.http.options import Timeouts

_POOL_TIMEOUTS_BEFORE_REBUILD = 3
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=15.0)
_AGENT = "Leadloom"


class NeverSent(Exception):
    """No connection came about, so the request cannot have arrived."""


class PoolStuck(NeverSent):
    """No connection of the pool became free in time."""


class AnswerLost(Exception):
    """The request, or part of it, went out and no whole answer came back."""


class AnswerTooLarge(Exception):
    """The answer has more bytes than allowed."""


class Unsendable(Exception):
    """The request cannot be written as HTTP, e.g. because of a line break in a header."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request with its final URL and headers."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    read_seconds: float | None = None
    secret_header: tuple[str, str] | None = field(default=None, repr=False)


class Wire:
    """Send parcels over a pool of connections that is renewed when it is stuck.

    httpcore's pool can stay full of dead connections for good; repeated pool timeouts are how that shows.
    """

    def __init__(self, backend: GuardedBackend, timeouts: Timeouts, max_bytes: int, seconds: Callable[[], float]) -> None:
        """Prepare without connecting."""
        self._backend = backend
        self._timeouts = timeouts
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._lock = threading.Lock()
        self._client = self._new_client()
        self._retired: httpx.Client | None = None
        self._pool_timeouts = 0

    def send(self, parcel: Parcel) -> Response:
        """Send once; raises NeverSent, AnswerLost, AnswerTooLarge, Unsendable or AddressRefused."""
        client = self._client
        request = self._build(client, parcel)
        try:
            response = self._exchange(client, request, parcel.read_seconds)
        except PoolStuck:
            self._count_pool_timeout(client)
            raise
        except httpx.DecodingError as error:
            raise AnswerLost("broken compression") from error
        self._pool_timeouts = 0
        return response

    def close(self) -> None:
        """Close all connections; twice is fine."""
        with self._lock:
            for client in (self._client, self._retired):
                if client is not None:
                    client.close()

    def _build(self, client: httpx.Client, parcel: Parcel) -> httpx.Request:
        headers = {name: value for name, value in parcel.headers.items() if name.lower() not in {"host", "content-length"}}
        if parcel.secret_header is not None:
            name, value = parcel.secret_header
            headers = {kept: text for kept, text in headers.items() if kept.lower() != name.lower()} | {name: value}
        read = parcel.read_seconds or self._timeouts.read
        timeout = httpx.Timeout(read, connect=self._timeouts.connect, pool=self._timeouts.connect)
        try:
            return client.build_request(parcel.method, parcel.url, headers=headers, content=parcel.body, timeout=timeout)
        except (ValueError, TypeError, httpx.InvalidURL):
            raise Unsendable from None

    def _exchange(self, client: httpx.Client, request: httpx.Request, read_seconds: float | None) -> Response:
        deadline = self._seconds() + max(self._timeouts.total, read_seconds or 0.0)
        answer = client.send(request, stream=True)
        try:
            body = b"".join(self._bounded(answer, deadline))
        finally:
            answer.close()
        return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)

    def _bounded(self, answer: httpx.Response, deadline: float) -> Iterator[bytes]:
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > self._max_bytes:
                raise AnswerTooLarge
            if self._seconds() > deadline:
                raise AnswerLost("no whole answer in time")
            yield chunk

    def _count_pool_timeout(self, client: httpx.Client) -> None:
        with self._lock:
            self._pool_timeouts += 1
            if self._pool_timeouts < _POOL_TIMEOUTS_BEFORE_REBUILD or client is not self._client:
                return
            if self._retired is not None:
                self._retired.close()
            self._retired, self._client = self._client, self._new_client()
            self._pool_timeouts = 0

    def _new_client(self) -> httpx.Client:
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        transport = _Transport(self._backend)
        agent = {"User-Agent": _AGENT}
        return httpx.Client(transport=transport, trust_env=False, follow_redirects=False, cookies=no_cookies, headers=agent)


class _Transport(httpx.BaseTransport):
    """httpx over an httpcore pool with our own backend; httpx's own transport does not let one in."""

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=_LIMITS.max_connections,
            max_keepalive_connections=_LIMITS.max_keepalive_connections,
            keepalive_expiry=_LIMITS.keepalive_expiry,
            http1=True,
            http2=False,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        outgoing = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        with _sorted_failures():
            answer = self._pool.handle_request(outgoing)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _sorted_failures():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _sorted_failures() -> Iterator[None]:
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise PoolStuck("no free connection") from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol) as error:
        raise NeverSent("no connection") from error
    except httpcore.TimeoutException as error:
        raise AnswerLost("no answer in time") from error
    except httpcore.NetworkError as error:
        raise AnswerLost("connection broken") from error
    except httpcore.LocalProtocolError:
        raise Unsendable from None  # its text quotes the header it dislikes
    except httpcore.ProtocolError:
        raise AnswerLost("broken answer") from None  # its text may quote the answer


@functools.cache
def _tls() -> ssl.SSLContext:
    """Read the certificate authorities once for all connections."""
    return httpx.create_ssl_context(verify=True, trust_env=False)
