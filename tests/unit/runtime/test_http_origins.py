"""Whatever a connector is told by a vendor or a lead, its calls stay on the connection's own hosts."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import ConfigInvalid, ContractBroken, Request
from core.runtime.http.origins import NotPinned, Origin, Pin, with_params
from tests.support.http import make_context, make_manifest

BASE = "https://acme.my.vendor.example/api"
PIN = Pin(["*.vendor.example", "login.vendor.example"], ["http://127.0.0.1:8099"])


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://acme.vendor.example/x",
        "https://acme.vendor.example:8443/x",
        "https://vendor.example/x",
        "https://evilvendor.example/x",
        "https://acme.vendor.example.evil.example/x",
        "https://acme.vendor.example@evil.example/x",
        "https://user:word@acme.vendor.example/x",
        "https://acme.vendor.example\\@evil.example/x",
        "https://acme.vendor.example:0/x",
        "https://[::1]/x",
        "http://127.0.0.1:8098/x",
        "ftp://acme.vendor.example/x",
        "//evil.example/x",
        "/x y",
        "/x\r\nHost: evil.example",
        "/x#y",
        "/a/../b",
        "/a/%2e%2e/b",
        "/a/./b",
        "/..",
    ],
)
def test_a_url_that_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(NotPinned):
        PIN.resolve(url, BASE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/v1/leads?q=1", "https://acme.my.vendor.example/api/v1/leads?q=1"),
        ("v1/leads", "https://acme.my.vendor.example/api/v1/leads"),
        ("https://LOGIN.vendor.example/token", "https://login.vendor.example/token"),
        ("https://eu.vendor.example:443/x", "https://eu.vendor.example/x"),
        ("http://127.0.0.1:8099/x", "http://127.0.0.1:8099/x"),
        ("/http://evil.example", "https://acme.my.vendor.example/api/http://evil.example"),
        ("/x/a%2F..%2Fb", "https://acme.my.vendor.example/api/x/a%2F..%2Fb"),
    ],
)
def test_a_url_of_the_connection_is_made_absolute(url: str, expected: str) -> None:
    assert PIN.resolve(url, BASE) == expected


def test_a_path_without_any_base_is_refused() -> None:
    with pytest.raises(NotPinned):
        PIN.resolve("/x", None)


@given(path=st.text())
def test_no_text_as_a_path_changes_the_host(path: str) -> None:
    try:
        url = PIN.resolve(path, BASE)
    except NotPinned:
        return
    assert PIN.covers(Origin.of(url))


@given(record_id=st.text(min_size=1))
def test_a_quoted_id_stays_one_segment_of_the_path(record_id: str) -> None:
    quoted = quote(record_id, safe="", errors="replace")
    try:
        url = PIN.resolve(f"/leads/{quoted}/notes", BASE)
    except NotPinned:
        assert record_id in {".", ".."}
        return
    assert urlsplit(url).path == f"/api/leads/{quoted}/notes"
    assert urlsplit(url).netloc == "acme.my.vendor.example"


@given(rest=st.text())
def test_no_text_after_the_scheme_leaves_the_pinned_hosts(rest: str) -> None:
    for scheme in ("https://", "http://", "HTTPS://acme.vendor.example", "//"):
        try:
            url = PIN.resolve(scheme + rest, BASE)
        except NotPinned:
            continue
        assert PIN.covers(Origin.of(url))


def test_parameters_are_encoded_and_come_after_those_of_the_url() -> None:
    assert with_params("/q?a=1", [("q", "a b&c=ü")]) == "/q?a=1&q=a%20b%26c%3D%C3%BC"


def test_a_vendors_own_host_is_not_trusted_on_a_private_network_even_when_configured() -> None:
    pin = Pin(["api.acme.example"], ["https://api.acme.example", "https://crm.internal.example"])
    assert not pin.trusts("api.acme.example", 443)
    assert pin.trusts("crm.internal.example", 443)
    assert not pin.trusts("crm.internal.example", 80)


def test_a_base_address_outside_of_the_vendors_hosts_must_be_configured() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        make_context(manifest=make_manifest(hosts=["api.acme.example"]), base_url="https://evil.example")
    assert caught.value.setting == "base_url"


def test_an_absolute_link_to_a_foreign_host_is_not_called() -> None:
    opened = make_context(base_url="https://api.acme.example")
    with pytest.raises(ContractBroken, match="not sent"):
        opened.http.send(Request("GET", "https://evil.example/next"))
    opened.close()
