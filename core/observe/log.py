"""The log: one line per change of state, with an event code, ids and numbers; only listed keys pass."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

from core.observe.events import EventCode
from core.observe.lean import without

with without("rich", "better_exceptions"):
    import structlog

ALLOWED = frozenset(
    (
        *("address", "attempts", "connection", "counts", "event", "lane", "level", "mapping", "object", "pid", "problems"),
        *("reason_code", "rule", "seconds", "timestamp", "type", "version"),
    )
)
"""The keys that may appear in a line. Everything else is dropped: a lead's data has no key here (law 9)."""


def _only_allowed(_: Any, __: str, line: Any) -> Any:
    return {key: value for key, value in line.items() if key in ALLOWED}


def configure_log(level: str, form: str, stream: TextIO | None = None) -> None:
    """Set the log up for this process: `json` for machines, `console` for a person."""
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[_only_allowed, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),  # standard error as it is then: it may be replaced
        cache_logger_on_first_use=False,
    )


def note(code: EventCode, **facts: Any) -> None:
    """Log an event that an operator expects."""
    structlog.get_logger().info(code.value, **facts)


def warn(code: EventCode, **facts: Any) -> None:
    """Log an event that an operator should look at."""
    structlog.get_logger().warning(code.value, **facts)
