"""The BuiltWith connector passes the contract suite, and asks for many domains at once over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.builtwith.answers import errors_of, read_answers
from connectors.builtwith.connector import NO_CREDIT_SECONDS, BuiltWith
from connectors.builtwith.settings import BuiltWithSettings
from core.contract import AuthFailed, Change, Manifest, NativeId, ObjectName, RateLimited, Unavailable
from core.contract.testing import Bench, ContractSuite, FaultKind
from core.runtime.http import OpenedContext
from core.runtime.registry import read_manifest
from sandbox.clock import DialClock
from sandbox.enrichers import BuiltWithStandIn
from sandbox.enrichers.builtwith import KEY
from sandbox.shell import Served
from tests.support.contract_bench import JointClock, SandboxFaults, answer
from tests.support.http import make_context
from tests.support.sandbox import serving


def builtwith_manifest() -> Manifest:
    """The shipped manifest."""
    return read_manifest(Path(__file__).resolve().parents[2] / "connectors" / "builtwith" / "manifest.yaml")


@dataclass
class Account:
    """The stand-in's account, and connectors on it."""

    served: Served
    clock: JointClock
    opened: list[OpenedContext] = field(default_factory=list)

    def connector(self, key: str = KEY) -> BuiltWith:
        opened = make_context(self.served.url, manifest=builtwith_manifest(), clock=self.clock)
        self.opened.append(opened)
        return BuiltWith(BuiltWithSettings.model_validate({"key": key, "base_url": self.served.url}), opened.context)

    def control(self, verb: str, **arguments: Any) -> Any:
        return self.served.stand_in.control(verb, arguments, self.clock.now())


@contextmanager
def builtwith_account() -> Iterator[Account]:
    dial = DialClock()
    with serving(BuiltWithStandIn(), dial) as served:
        account = Account(served, JointClock(dial))
        try:
            yield account
        finally:
            for opened in account.opened:
                opened.close()


def about(domain: Any) -> Change:
    return Change(ObjectName("Account"), NativeId(str(domain)), {"domain": domain})


class TestBuiltWith(ContractSuite):
    """One account with a key."""

    @pytest.fixture
    def account(self) -> Iterator[Account]:
        with builtwith_account() as account:
            yield account

    @pytest.fixture
    def bench(self, account: Account) -> Bench:
        words = {FaultKind.UNAUTHORIZED: answer(401, {"Errors": [{"Message": "API Key is incorrect"}]})}
        return Bench(
            manifest=builtwith_manifest(),
            make=account.connector,
            make_unauthorized=lambda: account.connector("wrong-key"),
            faults=SandboxFaults(account.served, words=words),
            secrets=[KEY, "wrong-key"],
            advance=account.clock.advance,
        )

    def test_sixteen_domains_cost_one_call_and_are_told_apart_by_name(self, account: Account) -> None:
        for n in range(16):
            account.control("know", domain=f"d{n}.example", technologies=[f"T{n}"])
        found = account.connector().enrich_many([about(f"d{n}.example") for n in range(16)])
        assert [each["technologies"] for each in found] == [[f"T{n}"] for n in range(16)]
        assert account.control("counts")["calls"] == 1

    def test_a_domain_without_an_answer_is_a_miss_among_hits(self, account: Account) -> None:
        account.control("know", domain="acme.example", technologies=["Shopify"])
        hit, miss = account.connector().enrich_many([about("ACME.example"), about("other.example")])
        assert (hit["by_tag"], miss) == ({"shop": ["Shopify"]}, {})
        assert hit["last_seen"] == "2026-03-02T09:00:00+00:00" and "Somebody" not in str(hit)

    @pytest.mark.parametrize(
        "hostile", ["a.example,b.example", "a.example/path", "", "nobody", None, 7, "x" * 300 + ".example", "a.example\n"]
    )
    def test_what_is_no_domain_is_never_asked_about(self, account: Account, hostile: Any) -> None:
        account.connector().enrich_many([about(hostile), about("good.example")])
        assert (
            set(account.control("counts")["asked"]) <= {"good.example", "a.example"}
            and "b.example" not in account.control("counts")["asked"]
        )

    def test_without_credit_it_waits_for_somebody_to_pay(self, account: Account) -> None:
        account.control("credits", left=0)
        with pytest.raises(RateLimited) as caught:
            account.connector().enrich(about("acme.example"))
        assert caught.value.retry_after == NO_CREDIT_SECONDS

    @pytest.mark.parametrize(("words", "kind"), [("API Key is incorrect", AuthFailed), ("Something else", Unavailable)])
    def test_an_error_that_comes_with_status_200_is_an_error(self, account: Account, words: str, kind: type[Exception]) -> None:
        account.served.faults.add({**answer(200, {"Results": [], "Errors": [{"Lookup": None, "Message": words}]}), "times": -1})
        with pytest.raises(kind) as caught:
            account.connector().enrich(about("acme.example"))
        assert KEY not in f"{caught.value!r} {caught.value}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(JSON, JSON)
def test_any_answer_is_read_or_is_a_miss(one: Any, other: Any) -> None:
    technology = {"Name": "T", "Tag": other, "LastDetected": one}
    for content in (
        one,
        {"Results": one, "Errors": other},
        {
            "Results": [
                {
                    "Lookup": "a.example",
                    "Result": {"Paths": [{"Technologies": one}, {"Technologies": [technology, one]}, other]},
                    "Meta": one,
                }
            ]
        },
    ):
        assert isinstance(read_answers(content), dict)
        assert all(isinstance(each, str) for each in errors_of(content))
