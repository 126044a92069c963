"""When a call is sent again within the same call: only what is safe, for about ten seconds, and within a budget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_before_delay

from core.contract import ConnectorError, Response

_SHARE = 0.1
_START = 10.0
_MOST = 20.0
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 4.0


class AgainPlease(Exception):
    """This attempt failed in a way that makes another one safe; carries what to answer when there is none."""

    def __init__(self, result: Response | ConnectorError, after: float | None = None) -> None:
        """Wait `after` seconds where the vendor names them."""
        super().__init__()
        self.result = result
        self.after = after


class RetryBudget:
    """Lets retries be at most a tenth of the traffic, plus a few; shared by all threads of a connection."""

    def __init__(self) -> None:
        """Begin with a small stock."""
        self._lock = threading.Lock()
        self._stock = _START

    def earn(self) -> None:
        """Note one ordinary call."""
        with self._lock:
            self._stock = min(_MOST, self._stock + _SHARE)

    def spend(self) -> bool:
        """Take one retry from the stock; False when it is used up."""
        with self._lock:
            if self._stock < 1:
                return False
            self._stock -= 1
            return True


@dataclass(frozen=True)
class RetryPolicy:
    """How long to try, and what to wait with."""

    seconds: float
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    budget: RetryBudget

    def run(self, attempt: Callable[[int], Response]) -> Response:
        """Call `attempt` with 1, 2, ... until it does not ask for another; the last refusal's result counts.

        Raises the ConnectorError of that result when it is one; every other exception passes at once.
        """
        self.budget.earn()
        retrying = Retrying(
            sleep=self.sleep,
            wait=self._wait,
            stop=self._is_enough,
            retry=retry_if_exception_type(AgainPlease),
            reraise=True,
        )
        number = 0

        def counted() -> Response:
            nonlocal number
            number += 1
            return attempt(number)

        try:
            return retrying(counted)
        except AgainPlease as last:
            if isinstance(last.result, ConnectorError):
                raise last.result from last.__cause__
            return last.result

    def _wait(self, state: RetryCallState) -> float:
        asked = self._last(state).after
        if asked is not None:
            return asked
        return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (state.attempt_number - 1)) * (0.5 + self.jitter() / 2)

    def _is_enough(self, state: RetryCallState) -> bool:
        # The waits are summed besides the clock, so that a sleep that does not really wait ends as well.
        too_long = stop_before_delay(self.seconds)(state) or state.idle_for + state.upcoming_sleep >= self.seconds
        return too_long or not self.budget.spend()

    @staticmethod
    def _last(state: RetryCallState) -> AgainPlease:
        error = state.outcome.exception() if state.outcome is not None else None
        assert isinstance(error, AgainPlease)
        return error
