"""Transforms by regular expression; a pattern that runs away on a value fails that value."""

from __future__ import annotations

from functools import lru_cache

import regex

from core.flow.mapping.patterns import PatternTooSlow, pattern
from core.flow.mapping.transforms.transform import Arguments, Parameter, Sample, Step, Transform, TransformFailed, TransformRefused, Type


def _replace_pattern(arguments: Arguments) -> Step:
    compiled, new = pattern(arguments["find"]), arguments["with"]

    def replaced(text: str) -> str:
        try:
            return compiled.replace(text, new)
        except PatternTooSlow as slow:
            raise TransformFailed(f"took too long: {slow}") from slow

    return replaced


def _extract(arguments: Arguments) -> Step:
    compiled = pattern(arguments["pattern"])
    group = _group(arguments["pattern"], arguments["group"])

    def extracted(text: str) -> str | None:
        try:
            match = compiled.search(text)
        except PatternTooSlow as slow:
            raise TransformFailed(f"took too long: {slow}") from slow
        found = match.group(group) if match else None
        return str(found) if found is not None else None

    return extracted


@lru_cache(maxsize=256)
def _group(text: str, wanted: str | None) -> int | str:
    """The group to take: as asked for, else the first, else the whole match."""
    groups = pattern(text).groups
    if wanted is None:
        return 1 if groups else 0
    if wanted.isdecimal() and len(wanted) < 4:
        if int(wanted) <= groups:
            return int(wanted)
        raise TransformRefused(f"`group` of `extract`: the pattern has {groups} groups, not {wanted}.")
    names = regex.compile(text).groupindex
    if wanted not in names:
        known = f"its groups are called {', '.join(names)}" if names else "none of its groups has a name"
        raise TransformRefused(f"`group` of `extract`: the pattern has no group '{wanted}'; {known}.")
    return wanted


FINDING = (
    Transform(
        "replace_pattern",
        "Replace whatever a regular expression matches by a text, taken as it stands.",
        (Sample({"find": r"\s*\(.*?\)", "with": ""}, "ACME (Berlin) GmbH", "ACME GmbH"),),
        forward=_replace_pattern,
        parameters=(
            Parameter("find", "The regular expression.", Type.PATTERN),
            Parameter("with", "What takes the place of each match.", required=False, default=""),
        ),
    ),
    Transform(
        "extract",
        "Take what a regular expression finds first: its first group, or the whole match; nothing where it finds none.",
        (
            Sample(r"Budget: (\d+)", "Budget: 500 EUR", "500"),
            Sample({"pattern": r"(?<first>\w+) (?<last>\w+)", "group": "last"}, "Ada Byron", "Byron"),
            Sample(r"\d+", "none", None),
        ),
        forward=_extract,
        parameters=(
            Parameter("pattern", "The regular expression.", Type.PATTERN),
            Parameter("group", "The number or name of the group to take; 0 for the whole match.", required=False),
        ),
    ),
)
