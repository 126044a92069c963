"""The named steps a value may go through before it is normalised."""

from __future__ import annotations

from collections.abc import Callable

STEPS: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "collapse": lambda text: " ".join(text.split()),
    "digits": lambda text: "".join(c for c in text if c.isdigit()),
    "first_line": lambda text: text.strip().splitlines()[0] if text.strip() else "",
}
"""By name as mapping files use them; each is total: it gives text for any text."""
