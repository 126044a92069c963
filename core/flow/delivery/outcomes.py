"""From a receipt to what is stored about the link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.contract import (
    Applied,
    Clear,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Missing,
    Pending,
    Receipt,
    RecordError,
    Refused,
    Stale,
    StopConnection,
    TryLater,
)
from core.flow.delivery.policy import RetryPolicy
from core.flow.delivery.work import Job
from core.model.records import Scalar
from core.store.codec import scalars
from core.store.commands.delivery import LinkOutcome
from core.store.queries.delivery import DueLink
from core.store.store import Snapshot

PENDING_SECONDS = 10.0
"""How long a job is left alone between two looks at it."""


class OutcomeMaker:
    """Seals outcomes for links of one snapshot."""

    def __init__(self, snapshot: Snapshot, now: Callable[[], datetime], retry: RetryPolicy, external_id: str | None) -> None:
        """Take what outcomes depend on beside the receipt."""
        self._snapshot = snapshot
        self._clock = now
        self._retry = retry
        self._external_id = external_id

    @property
    def _now(self) -> datetime:
        return self._clock()

    def of_receipt(self, job: Job, receipt: Receipt) -> LinkOutcome:
        """What a receipt means for its link."""
        if isinstance(receipt, Applied):
            return self._applied(job, receipt)
        if isinstance(receipt, Pending):
            return self._pending(job, receipt)
        outcome = self.refused(job.link, receipt.error)
        unclear = isinstance(receipt.error, ContractBroken) and job.write.target is None
        return replace(outcome, keep_intent=True, stamp_intent=True) if unclear else outcome

    def collected(self, link: DueLink, receipt: Receipt) -> LinkOutcome:
        """What the end of a remote job means; `sent` was stored when the job was handed over."""
        if isinstance(receipt, Applied):
            seen = {**link.seen, **link.sent, **{k: v for k, v in (receipt.fields or {}).items() if k in link.sent}}
            version = link.ticket_version or link.wanted_version
            outcome = self._level(link, receipt.id, receipt.version, link.sent, seen, version)
            return replace(outcome, refused_fields={**link.refused, **receipt.refused_fields})
        if isinstance(receipt, Pending):
            due = self._now + timedelta(seconds=PENDING_SECONDS)
            return LinkOutcome(
                link.id, "pending", 0, due, link.attempts, ticket=str(receipt.ticket), ticket_version=link.ticket_version, keep_intent=True
            )
        yielded = {name: link.sent[name] for name in link.diverged if name in link.sent}
        return replace(self.refused(link, receipt.error), sealed_sent=self._seal(link, "link.sent", yielded))

    def settled(self, link: DueLink) -> LinkOutcome:
        """A link that needs no write: everything wanted is there already."""
        return self._level(link, link.remote_id, link.remote_version, link.sent, dict(link.seen), link.wanted_version)

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
        """The log entry of a write, with what stood there before and what was sent."""
        before = {name: job.link.seen.get(name, job.link.sent.get(name)) for name in job.write.fields}
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
        sent, written = self._after(job)
        seen = {**job.link.seen, **written, **{k: v for k, v in (receipt.fields or {}).items() if k in sent}}
        for name in receipt.refused_fields:
            seen.pop(name, None)
        outcome = self._level(job.link, receipt.id, receipt.version, sent, seen, job.link.wanted_version)
        stays = {name: reason for name, reason in job.link.refused.items() if name not in job.write.fields}
        return replace(outcome, refused_fields={**stays, **receipt.refused_fields}, sent_mapping_version=job.link.mapping_version)

    def _pending(self, job: Job, receipt: Pending) -> LinkOutcome:
        sent, _ = self._after(job)
        return LinkOutcome(
            job.link.id,
            "pending",
            0,
            self._now + timedelta(seconds=PENDING_SECONDS),
            job.link.attempts,
            remote_id=job.link.remote_id,
            sealed_sent=self._seal(job.link, "link.sent", sent),
            sent_mapping_version=job.link.mapping_version,
            ticket=str(receipt.ticket),
            ticket_version=job.link.wanted_version,
            keep_intent=True,
        )

    def _after(self, job: Job) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
        written = _plain_fields(job)
        sent = {**job.link.sent, **written}
        if self._external_id:
            sent[self._external_id] = job.link.id
        return sent, written

    def _level(self, link: DueLink, remote_id: str | None, version: str | None, sent: Any, seen: Any, settled_version: int) -> LinkOutcome:
        moved = {name for name in link.diverged if name in link.wanted and link.sent.get(name) != sent.get(name)}
        diverged = tuple(name for name in link.diverged if name not in moved)
        return LinkOutcome(
            link.id,
            "level",
            settled_version,
            None,
            remote_id=remote_id,
            remote_version=version,
            sealed_sent=self._seal(link, "link.sent", sent),
            sealed_seen=self._seal(link, "link.seen", seen),
            diverged_fields=diverged,
        )

    def _seal(self, link: DueLink, place: str, fields: Any) -> bytes:
        return self._snapshot.store.vault.seal(self._snapshot.key(link.key_id), place, scalars(fields) or b"{}")


def _plain_fields(job: Job) -> dict[str, Any]:
    return {name: None if isinstance(value, Clear) else value for name, value in job.write.fields.items()}


def _default_hint(error: ConnectorError, link_id: str) -> str:
    if isinstance(error, Duplicate):
        return "Open the existing record there and compare; merge the two there or here, then replay."
    if isinstance(error, Missing):
        return "The record was deleted or is hidden from our user. Restore it there or give access, then replay."
    if isinstance(error, RecordError):
        return f"Correct the value or the mapping, then run `leadloom quarantine replay link:{link_id}`."
    return f"When the cause is mended, run `leadloom quarantine replay link:{link_id}`."
