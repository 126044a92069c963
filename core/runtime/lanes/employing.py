"""Lead-to-account matching, beside the matching of people: for whoever changed, the account that fits, with its reason.

An account that changed has those looked at who may work there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.flow.identity.account_rules import AccountRules
from core.flow.identity.employer import employed_key
from core.flow.identity.employment import Employment, Firm, employer_of, find_employer, finding_keys, firm_of
from core.flow.pipeline import Rules
from core.flow.reconcile.lines import rules_of
from core.model.ids import GoldenId
from core.model.vocabulary import Subject
from core.store.commands.employing import OPEN, TIED, StoreEmployments
from core.store.queries.employing import sharing
from core.store.queries.plain_values import values_of
from core.store.store import Snapshot, Store

MOST_ACCOUNTS = 50
MOST_PEOPLE = 500
"""Of those who may work for an account that changed; more are found as they change themselves, or by `leadloom run match --all`."""
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Lease:
    """The lane for which something is done."""

    lane: str
    token: int


def concerns_accounts(rules: Rules) -> bool:
    """Whether any mapping in force makes accounts or ties people's records to them."""
    makes = any(mapping.subject is Subject.ACCOUNT for mapping in rules.inbound)
    return makes or any(mapping.subject is Subject.ACCOUNT or rules_of(mapping).related for mapping in rules.sync)


class Employing:
    """Finds accounts for people, batch by batch."""

    def __init__(self, store: Store, rules: AccountRules, now: Callable[[], datetime]) -> None:
        """Take the store and the rules in force."""
        self._store = store
        self._rules = rules
        self._now = now

    def run(self, ids: Sequence[str], lease: Lease) -> int:
        """Look at golden records that changed, and at the people whom a changed account may concern; tells how many were tied anew."""
        with self._store.snapshot() as snapshot:
            accounts = values_of(snapshot, ids, Subject.ACCOUNT)
            firms = {each: firm_of(values) for each, values in accounts.items()}
            concerned = self._concerned(snapshot, firms)
            leads = values_of(snapshot, list(dict.fromkeys([*ids, *concerned])), Subject.LEAD)
            people = {each: employer_of(values) for each, values in leads.items()}
            found = self._found(snapshot, people, firms)
        gone = [each for each in ids if each not in accounts and each not in leads]
        return self._store.write(self._command(lease, firms, people, found, gone))

    def _concerned(self, snapshot: Snapshot, firms: Mapping[str, Firm]) -> list[str]:
        digests = [digest for firm in firms.values() for digest in self._digests(firm)]
        return sharing(snapshot, digests, accounts=False, most=MOST_PEOPLE) if digests else []

    def _found(self, snapshot: Snapshot, people: Mapping[str, Firm], changed: Mapping[str, Firm]) -> dict[str, Employment]:
        """Accounts that changed in this batch are not stored under their new keys yet: they are compared with everybody in it."""
        near = {lead: sharing(snapshot, self._digests(firm), accounts=True, most=MOST_ACCOUNTS) for lead, firm in people.items()}
        ids = list(dict.fromkeys(account for mine in near.values() for account in mine if account not in changed))
        known = {each: firm_of(values) for each, values in values_of(snapshot, ids, Subject.ACCOUNT).items()} | dict(changed)
        by_key = _by_key(changed)
        found: dict[str, Employment] = {}
        for lead, firm in people.items():
            mine = [*near[lead], *(account for key in finding_keys(firm) for account in by_key.get(key, ()))]
            firms = {GoldenId(account): known[account] for account in mine if account in known}
            best = find_employer(firm, firms, self._rules)
            if best is not None:
                found[lead] = best
        return found

    def _digests(self, firm: Firm) -> list[bytes]:
        return [self._store.vault.digest(f"firm_{kind}", text)[:_DIGEST_BYTES] for kind, text in finding_keys(firm)]

    def _command(
        self, lease: Lease, firms: Mapping[str, Firm], people: Mapping[str, Firm], found: Mapping[str, Employment], gone: Sequence[str]
    ) -> StoreEmployments:
        workspace, now = self._store.workspace, self._now()
        keys = [(each, firm, True) for each, firm in firms.items()] + [(each, firm, False) for each, firm in people.items()]
        rows: list[dict[str, Any]] = [
            {"workspace": workspace, "is_account": is_account, "digest": digest, "golden_id": each}
            for each, firm, is_account in keys
            for digest in dict.fromkeys(self._digests(firm))
        ]
        return StoreEmployments(
            workspace=workspace,
            lane=lease.lane,
            token=lease.token,
            at=now,
            looked_at=(*firms, *people, *gone),
            people=(*people, *gone),
            firms=tuple(rows),
            found=tuple(row_of(workspace, lead, best, now) for lead, best in found.items()),
            ties=tuple((lead, employed_key(lead, self._store.vault.digest).digest) for lead in (*people, *gone)),
        )


def _by_key(firms: Mapping[str, Firm]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for account, firm in firms.items():
        for key in finding_keys(firm):
            found.setdefault(key, []).append(account)
    return found


def row_of(workspace: str, lead: str, best: Employment, at: datetime) -> dict[str, Any]:
    """What was found, as it is kept."""
    return {
        "workspace": workspace,
        "lead_id": lead,
        "account_id": best.account,
        "rival_id": best.rival,
        "confidence": best.confidence,
        "name": best.name.value,
        "site": best.site.value,
        "place": best.where.value,
        "state": TIED if best.sure else OPEN,
        "at": at,
        "decided_by": None,
    }
