"""Where a connection may send to: its manifest's hosts over https, and the origins that an admin has configured.

Pure. Everything that becomes a URL passes through `Pin`, so no id, path or link can lead a token to another host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.\-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\#]")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class NotPinned(ValueError):
    """The address is outside of what the connection may call, or is not a plain one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port; IPv6 hosts stand in brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Read the origin of an absolute http(s) URL; raises NotPinned for anything with a user, or not quite a URL."""
        return cls._from_parts(_split(url))

    @classmethod
    def _from_parts(cls, parts: SplitResult) -> Origin:
        authority = parts.netloc.lower()
        host, colon, port = authority.rpartition(":") if re.search(r":\d+\Z", authority) else (authority, "", "")
        number = int(port) if colon else _DEFAULT_PORTS.get(parts.scheme, 0)
        if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or not 0 < number < 65536:
            raise NotPinned("This is not the address of a web server.")
        return cls(parts.scheme, host, number)

    @property
    def bare_host(self) -> str:
        """The host without brackets, as sockets want it."""
        return self.host.strip("[]")

    def __str__(self) -> str:
        """Write it as a URL without path."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")


class Pin:
    """The closed set of origins of one connection."""

    def __init__(self, hosts: Iterable[str], configured: Iterable[str] = ()) -> None:
        """Take the manifest's `hosts` and the absolute URLs that the admin configured by hand."""
        self._hosts = [host.lower() for host in hosts]
        self._configured = {Origin.of(url) for url in configured}

    def covers(self, origin: Origin) -> bool:
        """Whether the connection may send there."""
        return self._is_vendor(origin) or origin in self._configured

    def trusts(self, host: str, port: int) -> bool:
        """Whether an admin named this socket address by hand, so that it may be on a private network.

        A vendor's own host stays guarded even when it was configured explicitly.
        """
        return any(origin.bare_host == host.lower() and origin.port == port and not self._is_vendor(origin) for origin in self._configured)

    def resolve(self, url: str, base: str | None) -> str:
        """Give the absolute URL to call; `base` is put before a path, with its own path kept.

        Raises NotPinned for foreign hosts, dot segments, backslashes, blanks, control characters, fragments, and
        for a path without a base or beginning with `//`.
        """
        absolute = url if _ABSOLUTE.match(url) else _join(base, url)
        parts = _split(absolute)
        origin = Origin._from_parts(parts)
        if not self.covers(origin):
            raise NotPinned(f"The host {origin.host} is not one of this connection's.")
        _refuse_dot_segments(parts.path)
        return str(origin) + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _is_vendor(self, origin: Origin) -> bool:
        return origin.scheme == "https" and origin.port == 443 and any(_host_matches(origin.host, pattern) for pattern in self._hosts)


def with_params(url: str, params: Sequence[tuple[str, str]]) -> str:
    """Append query parameters, percent-encoded, after those that the URL has already."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params, quote_via=quote)}"


def _host_matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def _join(base: str | None, path: str) -> str:
    if base is None:
        raise NotPinned("A path was given, but neither the token nor the settings name a base address.")
    if path.startswith("//"):
        raise NotPinned("A path must not begin with two slashes.")
    return base.rstrip("/") + ("" if path.startswith(("/", "?")) else "/") + path


def _split(url: str) -> SplitResult:
    if _UNSAFE.search(url):
        raise NotPinned("An address must not hold blanks, control characters, backslashes or fragments.")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise NotPinned("This is not an address.") from error


def _refuse_dot_segments(path: str) -> None:
    if any(unquote(segment) in {".", ".."} for segment in path.split("/")):
        raise NotPinned("A path must not hold dot segments; quote the id.")
