"""What to write: wanted against sent and seen; and what adopting an existing record means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.model.records import Scalar


def same(ours: Any, theirs: Any) -> bool:
    """Whether two values are one as far as a CRM's rewriting goes: number and text, case of yes and no, phone spelling.

    Only what starts with `+` on one side is taken for a phone: amounts and dates have dots and dashes, too.
    """
    if ours == theirs:
        return True
    left, right = _plain(ours), _plain(theirs)
    if left == right:
        return True
    return "+" in (left[:1], right[:1]) and _is_phone(left) and _is_phone(right) and _digits(left) == _digits(right)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _is_phone(text: str) -> bool:
    return re.fullmatch(r"\+?[\d\s()./-]{6,}", text) is not None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def difference(wanted: Mapping[str, Scalar], sent: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The fields where our side moved since the last write. A field that is not wanted any more is left alone."""
    return {name: value for name, value in wanted.items() if name not in sent or not same(value, sent[name])}


@dataclass(frozen=True, slots=True)
class Adoption:
    """The start of an agreement with a record that was there before: `sent` as if we had, `diverged` where we yield."""

    sent: Mapping[str, Scalar]
    seen: Mapping[str, Any]
    diverged: tuple[str, ...]


def adopt(wanted: Mapping[str, Scalar], theirs: Mapping[str, Any], *, fill: bool, ours_win: bool) -> Adoption:
    """Compare with an existing record: equal values agree; an empty one there is filled if `fill`; else theirs stands.

    What stands there although ours differs counts as diverged: it is not written until our side moves again.
    """
    sent: dict[str, Scalar] = {}
    diverged: list[str] = []
    for name, value in wanted.items():
        there = theirs.get(name)
        if same(value, there):
            sent[name] = value
        elif _plain(there) == "":
            if not fill:
                sent[name] = value
                diverged.append(name)
        elif not ours_win:
            sent[name] = value
            diverged.append(name)
    return Adoption(sent, {name: theirs[name] for name in wanted if name in theirs}, tuple(diverged))
