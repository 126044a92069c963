"""What the configuration says about enrichment, in the words of the lane that carries it out."""

from __future__ import annotations

from datetime import timedelta

from core.flow.enrich.run import Asking
from core.runtime.settings import Config


def asking_of(config: Config, name: str) -> Asking:
    """What this provider is asked; one that goes first and is switched off, or asked nothing, is not waited for."""
    given = config.connections[name].enrich
    assert given is not None
    others = {other: connection for other, connection in config.connections.items() if connection.enabled and connection.enrich is not None}
    return Asking(
        subject=given.of,
        by=given.by,
        fills=tuple(given.fills),
        tell=tuple(given.tell),
        after=tuple(first for first in given.after if first in others),
        min_confidence=given.min_confidence,
        keep=timedelta(days=given.keep_days),
        keep_miss=timedelta(days=given.keep_miss_days),
        cost=given.cost,
        costs_per_call=given.charged == "call",
        most_per_day=given.most_per_day,
    )
