"""The block `accept` of an inbound mapping: how it is read, and which of its rules rejects a lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.flow.mapping.blocks import Blocks
from core.flow.mapping.compiling.lines import FAILURES
from core.flow.mapping.compiling.source import segments
from core.flow.mapping.compiling.values import find, plain, text
from core.flow.mapping.lines import LineReader
from core.flow.mapping.model import Acceptance, Doubles, PerCampaign, Place, RejectRule
from core.flow.mapping.words import ACCEPT, REJECT, names
from core.model.records import Scalar

_PLACE: Place = ("accept",)
_LONGEST = 200


class AcceptReader:
    """Reads the block; problems go to `blocks`."""

    def __init__(self, blocks: Blocks, lines: LineReader) -> None:
        """Take where problems go, and the reader of expressions, which knows our fields."""
        self._blocks = blocks
        self._lines = lines

    def read(self, written: object) -> Acceptance:
        """Give what the block says."""
        block = self._blocks.block(written, _PLACE, names(ACCEPT))
        cost, currency = self._numbers(block, "cost"), self._blocks.text(block, "currency", _PLACE) or ""
        if (cost != PerCampaign()) != bool(currency):
            self._blocks.problem(_PLACE, "`cost` and `currency` belong together; one of them is missing.")
        return Acceptance(
            lead_id=self._blocks.texts(block, "lead_id", _PLACE),
            campaign=self._blocks.texts(block, "campaign", _PLACE),
            reject=self._rules(block.get("reject", [])),
            doubles=Doubles(self._blocks.choice(block, "doubles", tuple(Doubles), _PLACE) or Doubles.CAMPAIGN),
            cap=self._numbers(block, "cap"),
            cost=cost,
            currency=currency,
        )

    def _rules(self, written: object) -> tuple[RejectRule, ...]:
        if not isinstance(written, list):
            self._blocks.problem((*_PLACE, "reject"), "`reject` must be a list of blocks with `when:` and `reason:`.")
            return ()
        found = [self._rule(each, (*_PLACE, "reject", position)) for position, each in enumerate(written)]
        return tuple(rule for rule in found if rule is not None)

    def _rule(self, written: object, place: Place) -> RejectRule | None:
        if not isinstance(written, dict):
            self._blocks.problem(place, f"A rule is a block with `when:` and `reason:`, not {written!r}.")
            return None
        self._blocks.known(written, names(REJECT), place)
        for name in names(REJECT):
            if name not in written:
                self._blocks.problem(place, f"This rule lacks `{name}:`.")
                return None
        reason = self._blocks.text(written, "reason", place)
        when = self._lines.condition(written["when"], (*place, "when"), self._lines.names())
        return None if when is None or reason is None else RejectRule(when, reason)

    def _numbers(self, block: Mapping[str, Any], key: str) -> PerCampaign:
        written = block.get(key)
        if written is None:
            return PerCampaign()
        if not isinstance(written, dict):
            return PerCampaign(self._number(written, (*_PLACE, key), key))
        named: dict[str, float] = {}
        for campaign, value in written.items():
            place = (*_PLACE, key, str(campaign))
            if folded_campaign(campaign) in named:
                self._blocks.problem(place, f"The campaign '{campaign}' stands twice under `{key}`; capital letters do not count.")
            number = self._number(value, place, key)
            if number is not None:
                named[folded_campaign(campaign)] = number
        return PerCampaign(None, named)

    def _number(self, value: object, place: Place, key: str) -> float | None:
        kinds = (int,) if key == "cap" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value < 1e12:
            told = "a whole number, 0 or more" if key == "cap" else "a number, 0 or more"
            self._blocks.problem(place, f"`{key}` must be {told}, not {value!r}.")
            return None
        return value


def folded_campaign(name: object) -> str:
    """Fold a campaign's name: neither capital letters nor runs of blanks make two campaigns of one."""
    return " ".join(text(name).replace("\x00", " ").split()).casefold()[:_LONGEST]


def told_by_vendor(record: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    """The first of some paths of the vendor's record that is not empty, as text; '' when all are."""
    found = (text(plain(find(record, segments(path)))) for path in paths)
    return next((each.strip() for each in found if each.strip()), "")


def rejection(accept: Acceptance, values: Mapping[str, Scalar]) -> str | None:
    """The reason of the first rule that holds for our fields, or None.

    A rule that cannot be evaluated for a lead rejects it: nobody pays for a lead that was not judged.
    """
    for rule in accept.reject:
        try:
            if rule.when.evaluate(values):
                return rule.reason
        except FAILURES as error:
            return f"{rule.reason} (`{rule.when.text}` cannot be decided: {error})"
    return None
