"""The contract suite: what every connector must pass, shipped so that third parties can run it too."""

import pytest

_GROUPS = (
    "acts",
    "behaving",
    "capabilities",
    "checking",
    "facts",
    "failing",
    "grouping",
    "later",
    "reading",
    "round_trip",
    "subscribing",
    "succession",
)
pytest.register_assert_rewrite(*(f"{__name__}.{group}" for group in (*_GROUPS, "webhooks", "writing")))

from core.contract.testing.bench import (  # noqa: E402 - assertions are rewritten only in modules imported afterwards
    RETRY_AFTER_SECONDS,
    Bench,
    FaultKind,
    Faults,
    FindSample,
    GroupSample,
    ReadSample,
    Remote,
    SubscriptionSample,
    WebhookSample,
    WriteSample,
)
from core.contract.testing.capabilities import KnownFailure  # noqa: E402
from core.contract.testing.suite import ContractSuite  # noqa: E402

__all__ = [
    "RETRY_AFTER_SECONDS",
    "Bench",
    "ContractSuite",
    "FaultKind",
    "Faults",
    "FindSample",
    "GroupSample",
    "KnownFailure",
    "ReadSample",
    "Remote",
    "SubscriptionSample",
    "WebhookSample",
    "WriteSample",
]
