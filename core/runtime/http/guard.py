"""The guard at the socket: names are resolved once, private addresses refused, and the checked address is the one connected to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence

import httpcore

from core.runtime.http.origins import Pin

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host name, as text."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """The host name leads to an address that is not on the public Internet."""


def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver; raises OSError for unknown names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether the address, and any IPv4 address hidden in it, is an ordinary one of the public Internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(ip.is_global and not ip.is_multicast and not ip.is_reserved for ip in _with_hidden(parsed))


class GuardedBackend(httpcore.NetworkBackend):
    """Open TCP connections for one connection's pool, to public addresses and to what its admin named by hand.

    Because the check and the connect use the same address, a name server that changes its answer gains nothing.
    """

    def __init__(self, pin: Pin, resolve: Resolve = resolve_by_system) -> None:
        """Take the origins that are trusted, and how names are resolved."""
        self._pin = pin
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first reachable address that passes; raises AddressRefused when none passes."""
        failure: Exception = httpcore.ConnectError("The name has no address.")
        for address in self._checked(host, port):
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            found = self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The name could not be resolved.") from error
        if self._pin.trusts(host.strip("[]"), port):
            return found
        passed = [address for address in found if is_public(address)]
        if found and not passed:
            raise AddressRefused(host)
        return passed


def _with_hidden(address: _Address) -> Iterable[_Address]:
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
