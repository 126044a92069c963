"""The guard at the socket refuses private addresses, in every notation and after every change of mind of a name server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import httpcore
import pytest

from core.contract import ConfigInvalid, Request, Unavailable
from core.runtime.http.guard import AddressRefused, GuardedBackend, is_public
from core.runtime.http.origins import Pin
from tests.support.http import Answer, make_context, serve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "not an address", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_on_the_public_internet_is_recognised(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_an_ordinary_address_passes(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["0x7f000001", "2130706433", "127.1", "0", "127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "localhost"]
)
def test_no_notation_of_a_private_address_is_connected_to(host: str) -> None:
    with pytest.raises((AddressRefused, httpcore.ConnectError)):
        GuardedBackend(Pin(["api.acme.example"])).connect_tcp(host, 443, timeout=1)


def test_a_vendor_host_that_resolves_to_a_private_address_stops_the_connection() -> None:
    with (
        closing(make_context(base_url="https://api.acme.example", resolve=lambda host, port: ["127.0.0.1"])) as opened,
        pytest.raises(ConfigInvalid, match="private address"),
    ):
        opened.http.send(Request("GET", "/x"))


def test_the_checked_address_is_the_one_connected_to() -> None:
    answers = [["127.0.0.1"], ["192.0.2.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    with serve(lambda seen: Answer()) as server:
        url = server.url.replace("127.0.0.1", "sandbox.test")
        with closing(make_context(url, resolve=rebinding)) as opened:
            assert opened.http.send(Request("GET", "/x")).status == 200
            assert opened.http.send(Request("GET", "/y")).status == 200
    assert asked == ["sandbox.test"]
    assert server.paths() == ["/x", "/y"]


def test_private_addresses_among_public_ones_are_left_out() -> None:
    backend = GuardedBackend(Pin([]), lambda host, port: ["10.0.0.1", "127.0.0.1"])
    with pytest.raises(AddressRefused):
        backend.connect_tcp("api.acme.example", 443)


def test_an_unknown_name_is_a_matter_for_later() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with closing(make_context(base_url="https://api.acme.example", resolve=unknown)) as opened, pytest.raises(Unavailable) as caught:
        opened.http.send(Request("POST", "/x"))
    assert not caught.value.outcome_unknown
