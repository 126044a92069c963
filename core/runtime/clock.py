"""The wall clock of a running Leadloom, behind the contract's `Clock`."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)
