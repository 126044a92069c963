"""From a receipt to what is stored about the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from core.contract import (
    Applied,
    Clear,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Effect,
    Missing,
    Pending,
    Receipt,
    RecordError,
    Ref,
    Refused,
    Stale,
    StopConnection,
    TryLater,
    WriteKind,
)
from core.flow.agreement.compare import difference
from core.flow.agreement.writing import Answer, after_write
from core.flow.delivery.policy import RetryPolicy
from core.flow.delivery.work import Job, Target
from core.model.records import RELINKED, Closed, Scalar
from core.model.remote import Agreement
from core.store.agreements import agreement_columns
from core.store.codec import scalars
from core.store.commands.delivery import LinkOutcome
from core.store.queries.delivery import DueLink
from core.store.store import Snapshot

HAND_OVER_SECONDS = 2.0
"""When a link is looked at again whose record's change goes first; the decision makes it due sooner where need be."""
PENDING_SECONDS = 10.0
"""How long a job is left alone between two looks at it."""


class OutcomeMaker:
    """Seals outcomes for links of one snapshot."""

    def __init__(self, snapshot: Snapshot, now: Callable[[], datetime], retry: RetryPolicy, target: Target) -> None:
        """Take what outcomes depend on beside the receipt."""
        self._snapshot = snapshot
        self._clock = now
        self._retry = retry
        self._external_id = target.external_id
        self._rules = target.rules

    @property
    def _now(self) -> datetime:
        return self._clock()

    def of_receipt(self, job: Job, receipt: Receipt) -> LinkOutcome:
        """What a receipt means for its link."""
        if isinstance(receipt, Applied):
            return self._applied(job, receipt)
        if isinstance(receipt, Pending):
            return self._pending(job, receipt)
        if job.write.kind is WriteKind.DELETE and isinstance(receipt.error, Missing):
            return self.deleted(job.link)
        outcome = self.refused(job.link, receipt.error)
        unclear = isinstance(receipt.error, ContractBroken) and job.write.target is None
        return replace(outcome, keep_intent=True, stamp_intent=True) if unclear else outcome

    def collected(self, link: DueLink, receipt: Receipt) -> LinkOutcome:
        """What the end of a remote job means; `sent` was stored when the job was handed over."""
        if isinstance(receipt, Applied):
            known = link.agreement
            written = {name: value for name, value in known.sent.items() if name not in known.diverged}
            version = link.ticket_version or link.wanted_version
            outcome = self._level(link, self._written(known, receipt, written), version)
            return replace(outcome, refused_fields={**link.refused, **receipt.refused_fields})
        if isinstance(receipt, Pending):
            due = self._now + timedelta(seconds=PENDING_SECONDS)
            return LinkOutcome(
                link.id, "pending", 0, due, link.attempts, ticket=str(receipt.ticket), ticket_version=link.ticket_version, keep_intent=True
            )
        known = link.agreement
        yielded = {name: known.sent[name] for name in known.diverged if name in known.sent}
        return self._knowing(self.refused(link, receipt.error), link, replace(known, sent=yielded))

    def settled(self, link: DueLink) -> LinkOutcome:
        """A link that needs no write: everything wanted is there already."""
        return self._level(link, link.agreement, link.wanted_version)

    def handed_over(self, link: DueLink, known: Agreement) -> LinkOutcome:
        """Their side is decided first; what is left to write then is written. What the link knows has moved only if it found a record."""
        outcome = LinkOutcome(
            link.id,
            "behind",
            0,
            self._now + timedelta(seconds=HAND_OVER_SECONDS),
            link.attempts,
            remote_id=known.remote_id,
            reason_code="their_change_first",
            reason="The record there has changed; that is taken in before it is written.",
        )
        return outcome if known == link.agreement else self._knowing(outcome, link, known)

    def deleted(self, link: DueLink) -> LinkOutcome:
        """The record is gone by our hand; the link is closed."""
        reason = "Its record elsewhere was deleted, and the mapping propagates that."
        return LinkOutcome(link.id, "not_wanted", link.wanted_version, None, reason_code=Closed.DELETED_BY_US, reason=reason, closes=True)

    def merged_there(self, link: DueLink, survivor: str) -> LinkOutcome:
        """The record went into another one there; the link is closed."""
        reason = f"The record {link.remote_id} was merged into {survivor} there, as the mapping says."
        return LinkOutcome(link.id, "not_wanted", link.wanted_version, None, reason_code=Closed.MERGED_THERE, reason=reason, closes=True)

    def relinked(self, link: DueLink) -> LinkOutcome:
        """There is no record any more into which this one could be merged; it is left alone."""
        reason = "This person's records were merged here; there is no other record there into which this one could go."
        return LinkOutcome(link.id, "not_wanted", link.wanted_version, None, reason_code=RELINKED, reason=reason, closes=True)

    def held_back(self, link: DueLink, what: str, count: int, of: int) -> LinkOutcome:
        """Too many at once: a person looks at it first."""
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            link.attempts,
            reason_code="safety_stop",
            reason=f"{count} of {of} records there would be {what}, more than the safety stop lets pass.",
            hint=f"If that is right, run `leadloom quarantine replay link:{link.id}`; `leadloom quarantine list` shows all of them.",
        )

    def refused(self, link: DueLink, error: ConnectorError) -> LinkOutcome:
        """Park the link with the vendor's reason, or schedule another try where the error says that it may help.

        What stops the whole connection is not the record's fault: the link stays behind until the connection goes on.
        """
        if isinstance(error, StopConnection):
            return LinkOutcome(
                link.id, "behind", 0, self._now, link.attempts, reason_code=error.code, reason=error.message, hint=error.hint
            )
        attempts = link.attempts + 1
        unknown = getattr(error, "outcome_unknown", False)
        if isinstance(error, TryLater | Stale) and attempts < self._retry.park_after:
            wait = self._retry.delay(attempts, getattr(error, "retry_after", None))
            return LinkOutcome(
                link.id,
                "behind",
                0,
                self._now + timedelta(seconds=wait),
                attempts,
                reason_code=error.code,
                reason=error.message,
                hint=error.hint,
                keep_intent=unknown,
                stamp_intent=unknown,
            )
        reason = error.message
        if isinstance(error, TryLater | Stale):
            reason = f"Given up after {attempts} attempts: {error.message}"
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            attempts,
            reason_code=error.code,
            reason=reason,
            hint=error.hint or _default_hint(error, link.id),
            keep_intent=unknown,
            stamp_intent=unknown,
        )

    def ambiguous(self, link: DueLink, found: list[str]) -> LinkOutcome:
        """Several records there could be this person: a human decides."""
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            link.attempts,
            reason_code="ambiguous",
            reason=f"{len(found)} records there match: {', '.join(sorted(found)[:5])}.",
            hint=f"Merge or correct them there, then run `leadloom quarantine replay link:{link.id}`.",
        )

    def taken(self, link: DueLink, remote_id: str, holder: str) -> LinkOutcome:
        """The record that was found belongs to another link of ours: nothing is written into it."""
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            link.attempts,
            reason_code="remote_taken",
            reason=f"The record {remote_id} there belongs to another of our records already (link {holder}).",
            hint="The two are probably one person: compare them with `leadloom leads show`, then merge or correct one of them.",
        )

    def unsearchable(self, link: DueLink, match: Sequence[str]) -> LinkOutcome:
        """A create whose answer was lost and that no search can find: trying again could double the person."""
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            link.attempts,
            reason_code="outcome_unknown",
            reason=f"The answer to the create was lost, and without {' or '.join(match)} the record cannot be looked for.",
            hint=f"Look for the record there. If there is none, run `leadloom quarantine replay link:{link.id}`.",
        )

    def unreadable(self, link: DueLink) -> LinkOutcome:
        """What is wanted there cannot be opened: the person was erased, or the file is damaged."""
        return LinkOutcome(
            link.id,
            "parked",
            link.wanted_version,
            None,
            link.attempts,
            reason_code="unreadable",
            reason=link.unreadable,
            hint="If nobody erased this person, restore the database from a backup and compare.",
        )

    def waiting(self, link: DueLink, until: datetime, *, tried_now: bool = False) -> LinkOutcome:
        """A create whose outcome is unknown: look for it when the remote's search can know it."""
        return LinkOutcome(
            link.id,
            "behind",
            0,
            until,
            link.attempts,
            reason_code="outcome_unknown",
            reason="The answer to the create was lost. Looking for the record before trying again.",
            keep_intent=True,
            stamp_intent=tried_now,
        )

    def attempt_row(self, job: Job, receipt: Receipt, run_id: str, attempt_id: str) -> dict[str, Any]:
        """The log entry of a write, with what stood there before, as far as it was known, and what was sent."""
        known = job.link.agreement
        stood = {**known.sent, **known.seen}
        before = {name: stood[name] for name in job.write.fields if name in stood}
        error = receipt.error if isinstance(receipt, Refused) else None
        return {
            "workspace": self._snapshot.workspace,
            "id": attempt_id,
            "link_id": job.link.id,
            "run_id": run_id,
            "at": self._now,
            "effect": receipt.effect.value if isinstance(receipt, Applied) else ("refused" if error else "pending"),
            "error_code": error.code if error else None,
            "key_id": job.link.key_id,
            "mapping_version": job.link.mapping_version,
            "sealed_before": self._seal(job.link, "attempt.before", before),
            "sealed_after": self._seal(job.link, "attempt.after", _plain_fields(job)),
        }

    def _applied(self, job: Job, receipt: Applied) -> LinkOutcome:
        if job.write.kind is WriteKind.DELETE:
            return self.deleted(job.link)
        outcome = self._level(job.link, self._written(job.link.agreement, receipt, self._sent(job)), job.link.wanted_version)
        stays = {name: reason for name, reason in job.link.refused.items() if name not in job.write.fields}
        return replace(outcome, refused_fields={**stays, **receipt.refused_fields}, sent_mapping_version=job.link.mapping_version)

    def _written(self, known: Agreement, receipt: Applied, written: Mapping[str, Scalar]) -> Agreement:
        is_new = receipt.effect is Effect.CREATED
        told, refused = receipt.fields or {}, receipt.refused_fields
        answer = Answer(receipt.id, self._now, receipt.version, told, refused, is_new)
        return after_write(known, written, answer, self._rules)

    def _sent(self, job: Job) -> dict[str, Scalar]:
        own = {self._external_id: job.link.id} if self._external_id else {}
        return {**_plain_fields(job), **own}

    def _pending(self, job: Job, receipt: Pending) -> LinkOutcome:
        known = job.link.agreement
        outcome = LinkOutcome(
            job.link.id,
            "pending",
            0,
            self._now + timedelta(seconds=PENDING_SECONDS),
            job.link.attempts,
            remote_id=job.link.remote_id,
            sent_mapping_version=job.link.mapping_version,
            ticket=str(receipt.ticket),
            ticket_version=job.link.wanted_version,
            keep_intent=True,
        )
        sent = self._sent(job)
        stays = tuple(name for name in known.diverged if name not in sent)
        handed_over = replace(known, sent={**known.sent, **sent}, diverged=stays, sent_at=self._now, sent_fields=tuple(sent))
        return self._knowing(outcome, job.link, handed_over)

    def _level(self, link: DueLink, known: Agreement, settled_version: int) -> LinkOutcome:
        """Level, unless a decision has asked meanwhile for more of the same want: a field to be enforced, filled or decided."""
        if difference(known, link.wanted, self._rules):
            outcome = LinkOutcome(link.id, "behind", 0, self._now, remote_id=known.remote_id)
        else:
            outcome = LinkOutcome(link.id, "level", settled_version, None, remote_id=known.remote_id)
        return self._knowing(outcome, link, known)

    def _knowing(self, outcome: LinkOutcome, link: DueLink, known: Agreement) -> LinkOutcome:
        columns = agreement_columns(known, partial(self._snapshot.store.vault.seal, self._snapshot.key(link.key_id)))
        return replace(outcome, known=columns, known_version=link.agreement.version)

    def _seal(self, link: DueLink, place: str, fields: Any) -> bytes:
        return self._snapshot.store.vault.seal(self._snapshot.key(link.key_id), place, scalars(fields) or b"{}")


def _plain_fields(job: Job) -> dict[str, Any]:
    return {name: _plain(value) for name, value in job.write.fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Ref):
        return value.id
    return None if isinstance(value, Clear) else value


def _default_hint(error: ConnectorError, link_id: str) -> str:
    if isinstance(error, Duplicate):
        return "Open the existing record there and compare; merge the two there or here, then replay."
    if isinstance(error, Missing):
        return "The record was deleted or is hidden from our user. Restore it there or give access, then replay."
    if isinstance(error, RecordError):
        return f"Correct the value or the mapping, then run `leadloom quarantine replay link:{link_id}`."
    return f"When the cause is mended, run `leadloom quarantine replay link:{link_id}`."
