"""The AeroLeads connector passes the contract suite, and takes an e-mail address only from a sure answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.aeroleads.answers import read_answer
from connectors.aeroleads.connector import NO_CREDIT_SECONDS, AeroLeads
from connectors.aeroleads.settings import AeroLeadsSettings
from core.contract import AuthFailed, Change, Invalid, Manifest, NativeId, ObjectName, RateLimited
from core.contract.testing import Bench, ContractSuite
from core.runtime.registry import read_manifest
from sandbox.enrichers import AeroLeadsStandIn
from sandbox.enrichers.lookup import AEROLEADS_KEY
from sandbox.shell import Served as Sandboxed
from tests.support.http import Answer, HandClock, Served, make_context, serve
from tests.support.sandbox import control, serving

KEY = "aero-key-7d1f"
PROFILE = "https://profiles.example/in/ada?x=1&y=2"


def aeroleads_manifest() -> Manifest:
    """The shipped manifest."""
    return read_manifest(Path(__file__).resolve().parents[2] / "connectors" / "aeroleads" / "manifest.yaml")


def settings(url: str = "http://127.0.0.1:9", **changes: Any) -> AeroLeadsSettings:
    return AeroLeadsSettings.model_validate({"key": KEY, "base_url": url, **changes})


@contextmanager
def service(reply: Answer, **changes: Any) -> Iterator[tuple[AeroLeads, Served]]:
    with serve(lambda _: reply) as served, closing(make_context(served.url, manifest=aeroleads_manifest())) as opened:
        yield AeroLeads(settings(served.url, **changes), opened.context), served


def ask(connector: AeroLeads, profile: Any = PROFILE) -> Mapping[str, Any]:
    return connector.enrich(Change(ObjectName("Lead"), NativeId("x"), {"x_linkedin": profile}))


def told(**content: Any) -> Answer:
    return Answer(200, json.dumps(content).encode())


class TestAeroLeads(ContractSuite):
    """The manifest names no hosts: what is called stands in the settings."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        clock = HandClock()
        with closing(make_context("http://127.0.0.1:9", manifest=aeroleads_manifest(), clock=clock)) as opened:
            yield Bench(
                manifest=aeroleads_manifest(),
                make=lambda: AeroLeads(settings(), opened.context),
                advance=clock.advance,
                secrets=[KEY],
            )


@pytest.mark.parametrize(
    ("sure", "expected"), [(95, "ada@example.com"), (90, "ada@example.com"), (89, None), (None, None), ("high", None), (True, None)]
)
def test_an_address_is_taken_only_from_a_sure_answer(sure: Any, expected: str | None) -> None:
    with service(told(email="ada@example.com", email_confidence=sure, title="Director")) as (connector, _):
        found = ask(connector)
    assert (found.get("email"), found["job_title"]) == (expected, "Director")


def test_the_profile_is_quoted_and_paths_are_settings() -> None:
    with service(
        told(person={"mails": [{"a": "ada@example.com"}], "p": 1}), email="person.mails.0.a", confidence="person.p", confidence_of=1
    ) as (
        connector,
        served,
    ):
        assert ask(connector) == {"email": "ada@example.com", "confidence": 1.0}
    assert served.paths() == [f"/apis/details?api_key={KEY}&linkedin_url=https%3A%2F%2Fprofiles.example%2Fin%2Fada%3Fx%3D1%26y%3D2"]


@pytest.mark.parametrize("profile", [None, "", "  "])
def test_without_a_profile_nothing_is_asked(profile: Any) -> None:
    with service(told()) as (connector, served), pytest.raises(Invalid):
        ask(connector, profile)
    assert served.seen == []


@pytest.mark.parametrize("reply", [Answer(404), Answer(202), Answer(200, b""), told(), told(email="ada@example.com")])
def test_what_tells_nothing_sure_is_a_miss(reply: Answer) -> None:
    with service(reply) as (connector, _):
        assert ask(connector) == {}


def test_refusals_say_what_to_do_next_without_the_key() -> None:
    for reply, kind in ((Answer(402), RateLimited), (Answer(429, b"no credit left"), RateLimited), (Answer(401), AuthFailed)):
        with service(reply) as (connector, _), pytest.raises(kind) as caught:
            ask(connector)
        assert KEY not in f"{caught.value!r} {caught.value}"
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after == NO_CREDIT_SECONDS


@contextmanager
def account() -> Iterator[tuple[AeroLeads, Sandboxed]]:
    """A connector on the stand-in's account."""
    with serving(AeroLeadsStandIn()) as served, closing(make_context(served.url, manifest=aeroleads_manifest())) as opened:
        yield AeroLeads(settings(served.url, key=AEROLEADS_KEY), opened.context), served


def test_an_account_gives_what_it_knows_once_it_is_ready_and_nothing_of_strangers() -> None:
    with account() as (connector, served):
        control(served, "know", who=PROFILE, answer={"email": "ada@example.com", "email_confidence": 95, "title": "Director"})
        control(served, "later", who=PROFILE)
        assert ask(connector) == {}
        assert ask(connector) == {"email": "ada@example.com", "job_title": "Director", "confidence": 0.95}
        assert ask(connector, "https://profiles.example/in/nobody") == {}
        assert control(served, "counts")["asked"] == {PROFILE: 2, "https://profiles.example/in/nobody": 1}


def test_an_account_without_credit_is_left_alone_for_an_hour() -> None:
    with account() as (connector, served):
        control(served, "credits", left=0)
        with pytest.raises(RateLimited) as caught:
            ask(connector)
        assert caught.value.retry_after == NO_CREDIT_SECONDS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(JSON, JSON)
def test_any_answer_is_read_or_is_a_miss(one: Any, other: Any) -> None:
    for content in (one, {"email": one, "email_confidence": other, "title": other}, {"email": "a@example.com", "email_confidence": other}):
        assert isinstance(read_answer(content, settings()), dict)
