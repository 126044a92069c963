"""What became of the leads that were bought from a vendor: the report by which rejected ones are returned, and what is paid."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.flow.acceptance import campaign_of
from core.flow.mapping.accepting import folded_campaign, told_by_vendor
from core.flow.mapping.model import InboundMapping
from core.flow.pipeline import Rules, compiled_inbound
from core.model.plan import DOUBLE, NOT_ACCEPTED, OVER_CAP
from core.store.queries.bought import BoughtLead, bought_leads, undecided
from core.store.store import Store

ACCEPTED, DUPLICATE, REJECTED = "accepted", "duplicate", "rejected"
_OWN_WORDS = frozenset({NOT_ACCEPTED, DOUBLE, OVER_CAP})
_WORDS = {
    "required_missing": "A field that must be filled in is empty.",
    "invalid_value": "A value cannot be used, such as an address without @.",
    "condition": "The lead is none of those that were ordered.",
    "not_identifiable": "Nothing says who the person is.",
    "absurd": "What is filled in are test values.",
    "spam": "A robot filled it in.",
    "unreadable": "The row or the file could not be read.",
}
_OTHER = "The lead could not be processed."


class NothingBought(Exception):
    """No mapping of the connection says which leads are accepted; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of one lead, in words for the vendor. `reference` is ours: `inbox:NUMBER`.

    Of the person it tells what identifies the lead to those who sent it: their own id, and the SHA-256 of the address.
    """

    lead_id: str
    email_sha256: str
    campaign: str
    decision: str
    reason: str
    decided_at: datetime
    deliveries: int
    reference: str


@dataclass(slots=True)
class CampaignTally:
    """How the leads of a campaign ended, and what the accepted ones cost by currency."""

    campaign: str
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    cost: dict[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The report on one connection; `undecided` leads are not in it yet."""

    connection: str
    campaigns: tuple[CampaignTally, ...]
    leads: tuple[Returned, ...]
    undecided: int


def returns(store: Store, rules: Rules, connection: str, *, campaign: str | None = None, since: datetime | None = None) -> Report:
    """Report on the leads of a connection that were decided since then, oldest first. Raises NothingBought."""
    mappings = [mapping for mapping in rules.inbound if mapping.connection == connection and mapping.accept is not None]
    if not mappings:
        raise NothingBought(f"No mapping of '{connection}' has an `accept` block, so nothing says which of its leads are accepted.")
    tallies: dict[str, CampaignTally] = {}
    leads: list[Returned] = []
    with store.snapshot() as snapshot:
        for lead in bought_leads(snapshot, connection, since):
            mapping = rules.inbound_for(connection, lead.object) or mappings[0]
            folded = _campaign(mapping, lead)
            if campaign is not None and folded != folded_campaign(campaign):
                continue
            told = _returned(mapping, lead, folded)
            leads.append(told)
            _count(tallies.setdefault(folded, CampaignTally(told.campaign)), told, lead)
        waiting = undecided(snapshot, connection)
    return Report(connection, tuple(tallies[name] for name in sorted(tallies)), tuple(leads), waiting)


def _campaign(mapping: InboundMapping, lead: BoughtLead) -> str:
    if lead.campaign is not None:
        return lead.campaign
    return campaign_of(lead.fields or {}, mapping.accept) if mapping.accept else ""


def _returned(mapping: InboundMapping, lead: BoughtLead, folded: str) -> Returned:
    record, accept = lead.fields or {}, mapping.accept
    code = lead.reason_code
    decision = ACCEPTED if code is None else DUPLICATE if code == DOUBLE else REJECTED
    reason = "" if code is None else str(lead.reason) if code in _OWN_WORDS else _WORDS.get(code, _OTHER)
    email = compiled_inbound(mapping).values(record, {}, []).get("email") if record else None
    return Returned(
        lead_id=told_by_vendor(record, accept.lead_id) if accept else "",
        email_sha256=hashlib.sha256(str(email).encode()).hexdigest() if email else "",
        campaign=(told_by_vendor(record, accept.campaign) if accept else "") or folded,
        decision=decision,
        reason=reason,
        decided_at=lead.at,
        deliveries=lead.deliveries,
        reference=f"inbox:{lead.inbox_id}",
    )


def _count(tally: CampaignTally, told: Returned, lead: BoughtLead) -> None:
    setattr(tally, told.decision, getattr(tally, told.decision) + 1)
    if lead.cost is not None:
        paid = tally.cost or {}
        tally.cost = {**paid, lead.currency: paid.get(lead.currency, Decimal()) + Decimal(str(lead.cost))}


def rows(leads: Sequence[Returned]) -> list[list[str]]:
    """The report as a table for a file, with its heading. A cell that a spreadsheet would run as a formula is made a text."""
    heading = ["lead_id", "email_sha256", "campaign", "decision", "reason", "decided_at", "deliveries", "reference"]
    found = [
        [each.lead_id, each.email_sha256, each.campaign, each.decision, each.reason, each.decided_at.isoformat(), str(each.deliveries)]
        for each in leads
    ]
    return [heading, *([*(_harmless(cell) for cell in row), each.reference] for row, each in zip(found, leads, strict=True))]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell
