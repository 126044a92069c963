"""What moved on either side since the last agreement, and what is agreed from now on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.flow.agreement.rules import FieldRule, Rules
from core.model.records import Scalar
from core.model.remote import Agreement, Frozen

MOST_BOUNCES = 3
"""How often a field may come back changed after our write within the window before it is frozen."""
BOUNCE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class News:
    """What a reading tells: fields that moved there, fields nothing was agreed of yet, and ours in the vendor's spelling."""

    moved: Mapping[str, Any] = field(default_factory=dict)
    fresh: Mapping[str, Any] = field(default_factory=dict)
    rewritten: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything has to be stored."""
        return bool(self.moved or self.fresh or self.rewritten)


def read(agreement: Agreement, remote: Mapping[str, Any], rules: Rules) -> News:
    """Compare a reading with what was seen last. What the reading does not name is unknown and has not moved."""
    news = News({}, {}, {})
    for target, rule in rules.fields.items():
        if target in remote:
            kind = _sort(agreement, target, remote[target], rule)
            if kind is not None:
                getattr(news, kind)[target] = remote[target]
    return news


def _sort(agreement: Agreement, target: str, theirs: Any, rule: FieldRule) -> str | None:
    seen, sent = agreement.seen, agreement.sent
    if target in seen and _same_bytes(seen[target], theirs):
        return None
    if target in sent and rule.same(sent[target], theirs) and _may_come_back(agreement, target, rule):
        return "rewritten"
    return "moved" if target in seen or target in sent else "fresh"


def _may_come_back(agreement: Agreement, target: str, rule: FieldRule) -> bool:
    """Whether what was sent may be on its way back. Where something else was seen since it was written, they have moved to it."""
    seen = agreement.seen
    return target in agreement.sent_fields or target not in seen or rule.same(agreement.sent[target], seen[target])


def _same_bytes(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "") and other in (None, ""))


def is_outdated(agreement: Agreement, version: str | None, read_at: datetime, *, by_version: bool) -> bool:
    """Whether something newer is known already: by the versions, where these can be compared, else by when it was read."""
    if by_version and version is not None and agreement.remote_version is not None:
        return version < agreement.remote_version
    return agreement.seen_at is not None and read_at < agreement.seen_at


def difference(agreement: Agreement, wanted: Mapping[str, Scalar], rules: Rules) -> dict[str, Scalar]:
    """The fields where our side moved since it was written last. A field that is not wanted any more is left alone."""
    sent = agreement.sent
    return {
        name: value
        for name, value in wanted.items()
        if name not in agreement.frozen and (name not in sent or not rules.same(name, value, sent[name]))
    }


def conflicts(agreement: Agreement, moved: Mapping[str, Any], wanted: Mapping[str, Scalar], rules: Rules) -> set[str]:
    """The fields that moved on both sides, to different values."""
    ours = difference(agreement, wanted, rules)
    return {name for name in moved if name in ours and not rules.same(name, ours[name], moved[name])}


def count_bounces(agreement: Agreement, moved: Collection[str], read_at: datetime) -> Agreement:
    """Count what came back changed after our own write; freeze what did so more than `MOST_BOUNCES` times in the window."""
    if agreement.sent_at is None or read_at - agreement.sent_at > BOUNCE_WINDOW:
        return agreement
    returned = [name for name in moved if name in agreement.sent_fields]
    if not returned:
        return agreement
    since = int((read_at - BOUNCE_WINDOW).timestamp())
    counted = {name: tuple(at for at in times if at > since) for name, times in agreement.bounces.items()}
    for name in returned:
        counted[name] = (*counted.get(name, ()), int(read_at.timestamp()))
    looping = {name: Frozen.BOUNCES for name in returned if len(counted[name]) > MOST_BOUNCES}
    sent_fields = tuple(name for name in agreement.sent_fields if name not in returned)
    return replace(
        agreement,
        bounces={name: times for name, times in counted.items() if times},
        frozen={**agreement.frozen, **looping},
        sent_fields=sent_fields,
    )


def agree(agreement: Agreement, wanted: Mapping[str, Scalar], theirs: Mapping[str, Any], fresh: Collection[str], rules: Rules) -> Agreement:
    """Take what was read into the agreement, field by field.

    Equal values agree. Where their side moved and ours did not, and ours is still another value, authority has refused
    theirs: the field has diverged, and is not written before a side moves again, unless it is enforced. Where ours moved,
    too, ours will be written. What was never agreed has not moved: an empty side is filled if `fill`, else theirs stands
    unless `ours_win`.
    """
    sent, seen, diverged = dict(agreement.sent), {**agreement.seen, **theirs}, dict.fromkeys(agreement.diverged)
    other = {name for name, value in theirs.items() if name not in sent or not rules.same(name, sent[name], value)}
    for name, value in theirs.items():
        rule = rules.fields[name]
        diverged.pop(name, None)
        if name not in wanted:
            sent.pop(name, None)
        elif rule.same(wanted[name], value):
            sent[name] = wanted[name]
        elif name in agreement.frozen or (name in sent and not rule.same(wanted[name], sent[name])):
            continue
        elif _is_written(name in fresh, value, rule, rules):
            sent.pop(name, None)
        else:
            sent[name] = wanted[name]
            diverged[name] = None
    sent_fields = tuple(name for name in agreement.sent_fields if name not in other)
    return replace(agreement, sent=sent, seen=seen, diverged=tuple(diverged), sent_fields=sent_fields)


def _is_written(is_fresh: bool, theirs: Any, rule: FieldRule, rules: Rules) -> bool:
    """Whether a value of ours goes there although it did not move."""
    if rule.enforce:
        return True
    if not is_fresh:
        return False
    return rules.fill if theirs in (None, "") else rules.ours_win
