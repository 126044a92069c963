"""First names that may be one person's: which two agree, and one form for all short forms of a name."""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz.distance import Prefix

from core.flow.quality.nicknames import nickname_table
from core.flow.quality.person import nicknames


def are_nicknames(one: str, other: str) -> bool:
    """Whether two folded given names are forms of one."""
    return not nicknames(one).isdisjoint(nicknames(other))


@lru_cache(maxsize=50_000)
def root(given: str) -> str:
    """Give one form for the short forms of a name: of several names that it may stand for, the one that is most like it."""
    others = nicknames(given) - {given}
    if not others or given in _whole_names():
        return given
    return min(others, key=lambda name: (-Prefix.similarity(name, given), len(name), name))


@cache
def _whole_names() -> frozenset[str]:
    """Names that others are short forms of."""
    return frozenset(name for short, names in nickname_table().items() for name in names if name != short)
