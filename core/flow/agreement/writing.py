"""What is agreed after a write, as far as its answer can tell. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.flow.agreement.rules import Rules
from core.model.records import Scalar
from core.model.remote import Agreement


@dataclass(frozen=True, slots=True)
class Answer:
    """What the CRM said to a write: which record, in which version, with which values, and which fields it refused."""

    remote_id: str
    at: datetime
    version: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    refused: Collection[str] = ()
    is_new: bool = False


def after_write(agreement: Agreement, written: Mapping[str, Scalar], answer: Answer, rules: Rules) -> Agreement:
    """Take a write into the agreement: what we sent is taken to stand there until a reading says otherwise.

    Of what the answer tells only another spelling of ours is kept. A field that we did not write, or that was changed at
    once, would else count as seen, and nobody would ever hear of the edit. A field that stayed as it was although we wrote it
    (an automation there put it back at once) has diverged: no reading will bring news of it. What was known of another
    record, which the link took over while this one was being made, is no knowledge of this one.
    """
    if agreement.remote_id not in (None, answer.remote_id):
        agreement = Agreement(agreement.link_id, version=agreement.version)
    before = agreement.seen
    told = {name: value for name, value in answer.told.items() if name in written}
    spelt = {name: value for name, value in told.items() if rules.same(name, written[name], value)}
    stuck = {name: value for name, value in told.items() if name not in spelt and name in before and before[name] == value}
    seen = {**before, **written, **spelt, **stuck}
    return replace(
        agreement,
        remote_id=answer.remote_id,
        remote_version=answer.version or agreement.remote_version,
        sent={**agreement.sent, **written},
        seen={name: value for name, value in seen.items() if name not in answer.refused},
        diverged=(*(name for name in agreement.diverged if name not in written), *stuck),
        sent_at=answer.at,
        sent_fields=tuple(name for name in written if name not in answer.refused and name not in stuck),
        seen_at=answer.at if answer.is_new else agreement.seen_at,
    )
