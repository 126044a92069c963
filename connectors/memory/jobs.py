"""Jobs of the remote in memory: many writes taken at once, carried out later, asked for by ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.memory.remote import MemoryRemote
from core.contract import Missing, Pending, Receipt, Refused, Ticket, Write

JOB_TIME = timedelta(seconds=30)


@dataclass(slots=True)
class Job:
    """Some writes and the moment from which on their receipts can be had."""

    writes: Sequence[Write]
    due: datetime
    receipts: list[Receipt] | None = None


def hand_over(remote: MemoryRemote, writes: Sequence[Write], now: datetime) -> list[Receipt]:
    """Give the writes to a job; one ticket per write, so that each link waits for its own."""
    name = f"job{len(remote.jobs) + 1}"
    remote.jobs[name] = Job(list(writes), now + JOB_TIME)
    return [Pending(Ticket(f"{name}:{at}")) for at in range(len(writes))]


def receipt_of(remote: MemoryRemote, ticket: Ticket, now: datetime, apply: Callable[[Write], Receipt]) -> Receipt:
    """The receipt behind a ticket; `Pending` again before the job is due."""
    name, _, position = ticket.partition(":")
    job = remote.jobs.get(name)
    if not isinstance(job, Job) or not position.isdigit() or int(position) >= len(job.writes):
        return Refused(Missing("The remote does not know this ticket."))
    if now < job.due:
        return Pending(ticket)
    if job.receipts is None:
        job.receipts = [apply(write) for write in job.writes]
    return job.receipts[int(position)]
