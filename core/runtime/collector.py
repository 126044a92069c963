"""Python's cycle collector in processes that stay: what was loaded at the start is not looked through again and again."""

from __future__ import annotations

import gc

THRESHOLDS = (10_000, 20, 50)
"""New objects between two looks, and looks between two deeper ones; Python's own, 700 and 10, cost intake a third of its speed."""


def calm_collector() -> None:
    """Take everything that exists now for permanent, and look for cycles less often. Call once, when all is loaded."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()  # it may have been off while all was loaded
