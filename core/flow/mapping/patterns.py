"""Regular expressions that a mapping may hold: bounded in length, and stopped when one of them runs away on a value."""

from __future__ import annotations

from functools import lru_cache

import regex

MAX_LENGTH = 500
"""Characters of a pattern."""
TIME_LIMIT_SECONDS = 0.05
"""For one value; an ordinary pattern takes some microseconds."""


class PatternRefused(Exception):
    """The text is no regular expression, or a longer one than is allowed; the message says why."""


class PatternTooSlow(Exception):
    """The pattern did not come to an end with this value in time: it backtracks. The record is to blame as little as the pattern."""


class Pattern:
    """A checked regular expression; every search has a time limit."""

    def __init__(self, text: str) -> None:
        """Check and compile; raises PatternRefused."""
        if len(text) > MAX_LENGTH:
            raise PatternRefused(f"The pattern has {len(text)} characters; {MAX_LENGTH} are allowed.")
        try:
            self._compiled = regex.compile(text)
        except (regex.error, RecursionError, OverflowError) as error:
            raise PatternRefused(f"'{text}' is not a regular expression: {error}.") from error
        self.text = text
        self.groups = self._compiled.groups

    def search(self, value: str) -> regex.Match[str] | None:
        """Find the first match anywhere in the value; raises PatternTooSlow."""
        try:
            return self._compiled.search(value, timeout=TIME_LIMIT_SECONDS)
        except TimeoutError:
            raise PatternTooSlow(
                f"The pattern '{self.text}' took longer than {TIME_LIMIT_SECONDS:g} s for a value; make it simpler."
            ) from None

    def replace(self, value: str, replacement: str) -> str:
        """Replace every match by the replacement, taken as it stands; raises PatternTooSlow."""
        try:
            return self._compiled.sub(lambda _: replacement, value, timeout=TIME_LIMIT_SECONDS)
        except TimeoutError:
            raise PatternTooSlow(
                f"The pattern '{self.text}' took longer than {TIME_LIMIT_SECONDS:g} s for a value; make it simpler."
            ) from None


@lru_cache(maxsize=512)
def pattern(text: str) -> Pattern:
    """Give the compiled pattern of a text, remembering recent ones; raises PatternRefused."""
    return Pattern(text)
