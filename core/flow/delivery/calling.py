"""What every part of a delivery pass does alike: storing outcomes, calling the connector under the lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.contract import ConnectorError, ContractBroken
from core.contract.manifest import WriteFacts
from core.flow.delivery.outcomes import OutcomeMaker
from core.flow.delivery.work import Hands, Tally, Target
from core.store.commands.delivery import LinkOutcome, RecordOutcomes
from core.store.store import Snapshot, Store


class Work:
    """What a pass does not decide itself: storing outcomes, calling the connector."""

    def __init__(self, store: Store, target: Target, hands: Hands, tally: Tally, snapshot: Snapshot) -> None:
        """Take what the pass works with, and the snapshot that it looks at."""
        self._store = store
        self._target = target
        self._hands = hands
        self._tally = tally
        self._snapshot = snapshot
        self._maker = OutcomeMaker(snapshot, hands.now, hands.retry, target)
        self._writes = target.facts.writes or WriteFacts()

    def _record(self, outcomes: Sequence[LinkOutcome], attempts: Sequence[dict[str, Any]] = ()) -> tuple[str, ...]:
        """Store outcomes; give the links of which something was learnt meanwhile, so that theirs must be worked out anew."""
        for outcome in outcomes:
            self._tally.add(f"links_{outcome.state}")
        if not outcomes and not attempts:
            return ()
        hands = self._hands
        return self._store.write(
            RecordOutcomes(self._store.workspace, hands.lane, hands.token, hands.now(), tuple(outcomes), tuple(attempts))
        )

    def _call(self, act: Callable[[], Any]) -> Any:
        """Call the connector under the lease; what it must not raise is a broken contract."""
        self._hands.renew()
        try:
            return act()
        except ConnectorError:
            raise
        except Exception as error:  # a connector's bug must not end the lane
            raise ContractBroken(
                f"The connector of '{self._target.connection}' failed with {type(error).__name__}.",
                hint="This is a bug in the connector. Report it with the version and the time from the log.",
            ) from error
