"""Whether what is done now may use up a day's calls to the last, or has to leave the reserve for live leads alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_BACKGROUND: ContextVar[bool] = ContextVar("background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """Let every API call within, through an SDK too, be one that can wait: a full read, a look for drift, a replan.

    Outside of it calls are live. It holds for the thread that enters it; threads started within begin as live ones.
    """
    before = _BACKGROUND.set(True)
    try:
        yield
    finally:
        _BACKGROUND.reset(before)


def is_background() -> bool:
    """Whether this thread is within `background`."""
    return _BACKGROUND.get()
