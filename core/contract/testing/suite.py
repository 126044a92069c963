"""The contract suite: inherit from `ContractSuite`, give it a `bench`, and the connector is held to the whole contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from core.contract.testing.behaving import MannersGroup
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import KnownFailure, unmet_need
from core.contract.testing.checking import CheckGroup
from core.contract.testing.facts import FactsGroup
from core.contract.testing.failing import FaultGroup
from core.contract.testing.grouping import GroupingGroup
from core.contract.testing.later import LaterGroup
from core.contract.testing.reading import ReadGroup
from core.contract.testing.round_trip import RoundTripGroup
from core.contract.testing.subscribing import SubscriptionGroup
from core.contract.testing.succession import SuccessionGroup
from core.contract.testing.webhooks import WebhookGroup
from core.contract.testing.writing import WriteGroup

OPEN_NAMES = frozenset({"bench", "known_failures", "pytestmark"})
"""What a subclass may define although the suite has it, or pytest reads it."""


class ContractSuite(
    FactsGroup,
    CheckGroup,
    ReadGroup,
    WriteGroup,
    GroupingGroup,
    RoundTripGroup,
    LaterGroup,
    SuccessionGroup,
    WebhookGroup,
    SubscriptionGroup,
    FaultGroup,
    MannersGroup,
):
    """Subclass it as `Test...` and define one fixture `bench` that returns a fresh `Bench`.

    Tests of its own are welcome in a subclass; those of the suite cannot be overridden, removed or skipped by hand.
    """

    known_failures: ClassVar[Mapping[str, KnownFailure]] = {}
    """Tests of the suite by name that are expected to fail for now."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Refuse a subclass that weakens the suite."""
        super().__init_subclass__(**keywords)
        replaced = sorted(name for name in vars(cls) if name in _suite_names() - OPEN_NAMES)
        if replaced:
            raise TypeError(
                f"{cls.__name__} overrides tests of the contract suite: {', '.join(replaced)}. Declare the capability or a known failure."
            )
        strangers = sorted(name for name in cls.known_failures if not name.startswith("test_") or name not in _suite_names())
        if strangers:
            raise TypeError(f"{cls.__name__} expects failures of tests that the suite does not have: {', '.join(strangers)}.")
        if _hides(cls):
            raise TypeError(f"{cls.__name__} is skipped or expected to fail as a whole. Declare the capability or a known failure.")

    @pytest.fixture(autouse=True)
    def _gate(self, request: pytest.FixtureRequest, bench: Bench) -> Iterator[None]:
        """Skip what the manifest does not claim; expect what is known to fail."""
        name = request.function.__name__
        missing = unmet_need(request.function, bench)
        if missing is not None:
            pytest.skip(missing)
        known = self.known_failures.get(name)
        if known is not None:
            request.applymarker(pytest.mark.xfail(reason=f"#{known.issue}: {known.reason}", strict=True))
        yield


def _suite_names() -> set[str]:
    return {name for base in ContractSuite.__mro__[:-1] for name in vars(base) if name.startswith(("test_", "_gate"))}


def _hides(cls: type[ContractSuite]) -> bool:
    marks = vars(cls).get("pytestmark", [])
    names = {mark.name for mark in (marks if isinstance(marks, list | tuple) else [marks])}
    return bool(names & {"skip", "skipif", "xfail"})
