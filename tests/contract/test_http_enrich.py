"""The HTTP enrichment connector passes the contract suite, and tells the kinds of answer apart over loopback HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http_enrich.answers import fill, read_confidence, read_fields
from connectors.http_enrich.connector import NO_CREDIT_SECONDS, HttpEnrich
from connectors.http_enrich.settings import HttpEnrichSettings
from core.contract import AuthFailed, Change, Invalid, Manifest, NativeId, ObjectName, PermissionMissing, RateLimited, Unavailable
from core.contract.testing import Bench, ContractSuite
from core.runtime.registry import read_manifest
from sandbox.enrichers import FactsStandIn
from sandbox.enrichers.lookup import FACTS_TOKEN
from tests.support.http import Answer, HandClock, Seen, Served, make_context, serve
from tests.support.sandbox import control, serving

KEY = "facts-key-61c2"
FIELDS = {"industry": "company.category", "mail": "emails.0.address"}
FOUND = {"company": {"category": "Mills"}, "emails": [{"address": "a@example.com"}], "score": 80}


def http_manifest() -> Manifest:
    """The shipped manifest."""
    return read_manifest(Path(__file__).resolve().parents[2] / "connectors" / "http_enrich" / "manifest.yaml")


def settings(url: str, **changes: Any) -> HttpEnrichSettings:
    given = {"base_url": url, "path": "/v1/{domain}", "token": KEY, "fields": FIELDS, "confidence": "score", "confidence_of": 100}
    return HttpEnrichSettings.model_validate(given | changes)


@contextmanager
def service(reply: Callable[[Seen], Answer] | Answer, **changes: Any) -> Iterator[tuple[HttpEnrich, Served]]:
    with (
        serve(reply if callable(reply) else lambda _: reply) as served,
        closing(make_context(served.url, manifest=http_manifest())) as opened,
    ):
        yield HttpEnrich(settings(served.url, **changes), opened.context), served


def ask(connector: HttpEnrich, **values: Any) -> Mapping[str, Any]:
    told = values or {"domain": "acme.example"}
    return connector.enrich(Change(ObjectName("Account"), NativeId("x"), told))


def answered(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode())


class TestHttpEnrich(ContractSuite):
    """The manifest names no hosts: what is called stands in the settings."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        clock = HandClock()
        with closing(make_context("http://127.0.0.1:9", manifest=http_manifest(), clock=clock)) as opened:
            yield Bench(
                manifest=http_manifest(),
                make=lambda: HttpEnrich(settings("http://127.0.0.1:9"), opened.context),
                advance=clock.advance,
                secrets=[KEY],
            )


def test_a_hit_gives_the_named_fields_and_how_sure_it_is() -> None:
    with service(answered(FOUND)) as (connector, served):
        assert ask(connector) == {"industry": "Mills", "mail": "a@example.com", "confidence": 0.8}
    (seen,) = served.seen
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("GET", "/v1/acme.example", f"Bearer {KEY}")


@pytest.mark.parametrize(
    "reply", [answered({}, 404), answered({}), answered({"company": None}), Answer(204, b""), Answer(202), Answer(200, b"")]
)
def test_what_tells_nothing_is_a_miss(reply: Answer) -> None:
    with service(reply) as (connector, _):
        assert ask(connector) == {}


@pytest.mark.parametrize("reply", [answered({"error": "pay"}, 402), answered({"error": "credits_exhausted"}, 429)])
def test_without_credit_it_waits_for_somebody_to_pay(reply: Answer) -> None:
    with service(reply) as (connector, _), pytest.raises(RateLimited) as caught:
        ask(connector)
    assert caught.value.retry_after == NO_CREDIT_SECONDS


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Answer(429, b"{}", {"Retry-After": "30"}), RateLimited),
        (Answer(500), Unavailable),
        (Answer(200, b"<html>"), Unavailable),
        (Answer(401), AuthFailed),
        (Answer(403), PermissionMissing),
    ],
)
def test_other_refusals_say_what_to_do_next_without_the_key(reply: Answer, kind: type[Exception]) -> None:
    with service(reply, token_param="key") as (connector, _), pytest.raises(kind) as caught:
        ask(connector)
    assert KEY not in f"{caught.value!r} {caught.value}"


def test_values_are_quoted_and_cannot_lead_elsewhere() -> None:
    with service(answered(FOUND), params={"q": "{domain}"}, token_param="key") as (connector, served):
        ask(connector, domain="a/../b?c=d&e")
        for hostile in ("..", ".", " ", None):
            with pytest.raises(Invalid):
                ask(connector, domain=hostile)
    assert served.paths() == [f"/v1/a%2F..%2Fb%3Fc%3Dd%26e?q=a%2F..%2Fb%3Fc%3Dd%26e&key={KEY}"]


def test_a_post_carries_its_body() -> None:
    with service(answered(FOUND), method="POST", path="/find", body={"site": "{domain}"}) as (connector, served):
        ask(connector)
    assert [(seen.method, json.loads(seen.body)) for seen in served.seen] == [("POST", {"site": "acme.example"})]


@pytest.mark.parametrize(
    "asked", [{"path": "/v1/companies/{domain}"}, {"method": "POST", "path": "/v1/find", "body": {"domain": "{domain}"}}]
)
def test_a_service_is_asked_by_path_or_by_body_and_tells_hits_from_misses(asked: dict[str, Any]) -> None:
    with serving(FactsStandIn()) as served, closing(make_context(served.url, manifest=http_manifest())) as opened:
        connector = HttpEnrich(settings(served.url, token=FACTS_TOKEN, **asked), opened.context)
        control(served, "know", who="acme.example", answer=FOUND)
        assert ask(connector) == {"industry": "Mills", "mail": "a@example.com", "confidence": 0.8}
        assert ask(connector, domain="nobody.example") == {}
        with pytest.raises(AuthFailed):
            ask(HttpEnrich(settings(served.url, token="wrong", **asked), opened.context))
        control(served, "credits", left=0)
        with pytest.raises(RateLimited):
            ask(connector)
        assert control(served, "counts")["asked"] == {"acme.example": 2, "nobody.example": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(JSON, JSON)
def test_any_answer_is_read_or_is_a_miss(one: Any, other: Any) -> None:
    contents: list[Any] = [one, {"company": one, "emails": other, "score": one}, {"company": {"category": other}, "emails": [one]}]
    for content in contents:
        assert set(read_fields(content, FIELDS)) <= set(FIELDS)
        sure = read_confidence(content, "score", 100.0)
        assert sure is None or 0 <= sure <= 1


def test_a_template_without_names_stays_as_it_is() -> None:
    assert fill("/v1/all", {}) == "/v1/all"
