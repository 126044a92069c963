"""Who works for which account: what was found and by what, a person's word on it, and looking at everybody anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.flow.identity.employer import employed_key
from core.flow.identity.employment import Name, Site, Where, reason_of
from core.model.ids import GoldenId
from core.model.merges import PERSON
from core.model.records import Scalar
from core.model.vocabulary import Subject
from core.store.commands.employing import OPEN, REFUSED, TIED, SayEmployment
from core.store.commands.matching import QueueToMatch
from core.store.queries.decision import active_goldens
from core.store.queries.employing import FoundEmployment, employments
from core.store.queries.merging import living
from core.store.queries.plain_values import values_of
from core.store.store import Snapshot, Store

_AT_ONCE = 500
_SHOWN = ("name", "domain", "city", "country")
BY_HAND = "by hand"


class NoSuchRecord(Exception):
    """What was named is not a person, or not an account; the message says which."""


@dataclass(frozen=True, slots=True)
class Employer:
    """The account found for a person: how sure, why, and what became of it (`tied`, `open`, `refused`).

    `account` is what the account says of itself; `rival` is another account that fits as well.
    """

    lead: str
    account_id: str | None
    account: dict[str, Scalar]
    rival_id: str | None
    confidence: float
    reason: str
    state: str
    at: datetime
    decided_by: str | None


def open_questions(store: Store, limit: int) -> list[Employer]:
    """The people whose account is a question, the surest guess first."""
    with store.snapshot() as snapshot:
        return [_shown(snapshot, each) for each in employments(snapshot, state=OPEN, limit=limit)]


def employer(store: Store, lead: GoldenId) -> Employer | None:
    """The account found for a person; None where none fits."""
    with store.snapshot() as snapshot:
        found = employments(snapshot, people=[lead])
        return _shown(snapshot, found[0]) if found else None


def say_employer(store: Store, lead: GoldenId, account: GoldenId | None, *, by: str, now: datetime) -> None:
    """Keep a person's word: this account, or none of them. Nothing overrules it but the next word. Raises NoSuchRecord."""
    with store.snapshot() as snapshot:
        lead = _of_subject(snapshot, lead, Subject.LEAD)
        account = _of_subject(snapshot, account, Subject.ACCOUNT) if account is not None else None
    row = {
        **{"workspace": store.workspace, "lead_id": lead, "account_id": account, "rival_id": None, "confidence": 1.0},
        **{"name": Name.NONE.value, "site": Site.NONE.value, "place": Where.NONE.value},
        **{"state": REFUSED if account is None else TIED, "at": now, "decided_by": f"{PERSON}{by}"},
    }
    store.write(SayEmployment(store.workspace, now, row, employed_key(lead, store.vault.digest).digest))


def look_anew(store: Store, now: datetime) -> int:
    """Have all people and accounts matched again, as after a change of the rules; tells how many."""
    after, count = GoldenId(""), 0
    while True:
        with store.snapshot() as snapshot:
            ids = active_goldens(snapshot, after, _AT_ONCE)
        if not ids:
            return count
        store.write(QueueToMatch(store.workspace, tuple((each, 0) for each in ids), now))
        count, after = count + len(ids), ids[-1]


def _of_subject(snapshot: Snapshot, golden_id: GoldenId, subject: Subject) -> GoldenId:
    now = living(snapshot, golden_id)
    if now is None or now not in values_of(snapshot, [now], subject):
        kind = "person" if subject is Subject.LEAD else "account"
        raise NoSuchRecord(f"'{golden_id}' is no {kind}'s record. Name one by its id, as `leadloom accounts list` shows it.")
    return now


def _shown(snapshot: Snapshot, found: FoundEmployment) -> Employer:
    account = living(snapshot, GoldenId(found.account_id)) if found.account_id else None
    values = values_of(snapshot, [account], Subject.ACCOUNT).get(account, {}) if account is not None else {}
    reason = BY_HAND if found.decided_by else reason_of(Name(found.name), Site(found.site), Where(found.place))
    said = {name: values[name] for name in _SHOWN if values.get(name) is not None}
    return Employer(found.lead_id, account, said, found.rival_id, found.confidence, reason, found.state, found.at, found.decided_by)
