"""What the groups of the suite do with a connector again and again: read to the end, write and wait, catch what is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from core.contract.errors import ConnectorError
from core.contract.records import Applied, Change, Cursor, NativeId, ObjectName, Page, Pending, Receipt, Refused, Ticket, Write, WriteValue
from core.contract.roles import Collects, Connector, Finds, Reads, ReceivesWebhooks, Writes
from core.contract.testing.bench import Bench, Remote, WriteSample
from core.contract.testing.capabilities import part

PAGE_CAP = 2_000
"""A read of some hundred records that takes more pages than this goes in circles."""
JOB_ROUNDS = 30
JOB_ROUND_SECONDS = 60


def reader(connector: Connector[Any]) -> Reads:
    """The connector as a reader."""
    assert isinstance(connector, Reads), "Role 'reads' is declared, but there is no method 'read'."
    return connector


def writer(connector: Connector[Any]) -> Writes:
    """The connector as a writer."""
    assert isinstance(connector, Writes), "Role 'writes' is declared, but there is no method 'write'."
    return connector


def finder(connector: Connector[Any]) -> Finds:
    """The connector as a finder."""
    assert isinstance(connector, Finds), "Role 'finds' is declared, but there is no method 'find'."
    return connector


def receiver(connector: Connector[Any]) -> ReceivesWebhooks:
    """The connector as a receiver of webhooks."""
    assert isinstance(connector, ReceivesWebhooks), "Role 'webhooks' is declared, but verify, parse or answer is missing."
    return connector


def read_pages(connector: Connector[Any], object_name: str, since: Cursor | None = None) -> list[Page]:
    """Read until there is no more now; a read that never ends fails."""
    pages = list(islice(reader(connector).read(ObjectName(object_name), since), PAGE_CAP))
    assert len(pages) < PAGE_CAP, f"The read went on for {PAGE_CAP} pages: it seems to go in circles."
    return pages


def changes_of(pages: Iterable[Page]) -> list[Change]:
    """All changes of some pages, in order."""
    return [change for page in pages for change in page.changes]


def ids_of(pages: Iterable[Page]) -> list[str]:
    """The native ids of all changes of some pages, in order."""
    return [change.id for change in changes_of(pages)]


def creation(sample: WriteSample, number: int, **fields: WriteValue) -> Write:
    """A write that creates the n-th sample record, by the vendor's upsert where there is one."""
    target = sample.match(number) if sample.match else None
    return Write(key=f"w{number}", object=ObjectName(sample.object), fields={**sample.fields(number), **fields}, target=target)


def update(sample: WriteSample, native_id: str, fields: Mapping[str, WriteValue]) -> Write:
    """A write that changes a record by its native id."""
    return Write(key=f"u-{native_id}", object=ObjectName(sample.object), fields=fields, target=NativeId(native_id))


def write_and_settle(bench: Bench, connector: Connector[Any], batch: Sequence[Write]) -> list[Receipt]:
    """Write, then collect what is pending until it is done; a job that does not end within half an hour fails."""
    return settle(bench, connector, list(writer(connector).write(batch)))


def settle(bench: Bench, connector: Connector[Any], receipts: list[Receipt]) -> list[Receipt]:
    """Collect every pending receipt, moving the clock."""
    for _ in range(JOB_ROUNDS):
        tickets: dict[int, Ticket] = {at: receipt.ticket for at, receipt in enumerate(receipts) if isinstance(receipt, Pending)}
        if not tickets:
            return receipts
        assert isinstance(connector, Collects), "A receipt is Pending, but role 'collects' is not played: nobody can ask again."
        bench.advance(JOB_ROUND_SECONDS)
        collected = connector.collect(list(tickets.values()))
        assert len(collected) == len(tickets), "collect() must give one receipt per ticket."
        for at, receipt in zip(tickets, collected, strict=True):
            receipts[at] = receipt
    raise AssertionError(f"A job did not end within {JOB_ROUNDS * JOB_ROUND_SECONDS} s.")


def applied(receipt: Receipt) -> Applied:
    """The receipt as a success; anything else fails."""
    assert isinstance(receipt, Applied), f"Expected Applied, got {receipt!r}."
    return receipt


def create_one(bench: Bench, connector: Connector[Any], number: int = 1, **fields: WriteValue) -> Applied:
    """Write the n-th sample record."""
    (receipt,) = write_and_settle(bench, connector, [creation(part(bench.writing, "writing"), number, **fields)])
    return applied(receipt)


def failure_of(call: Callable[[], object]) -> ConnectorError:
    """The error of a call that must fail: what it raised, or the error in its only receipt."""
    try:
        answer = call()
    except ConnectorError as error:
        return error
    if isinstance(answer, Sequence) and len(answer) == 1 and isinstance(answer[0], Refused):
        return answer[0].error
    raise AssertionError(f"The call should have failed, and answered {answer!r}.")


def truth(bench: Bench) -> Remote:
    """The remote behind the connector's back."""
    return part(bench.remote, "remote")


def wait_until_found(bench: Bench) -> None:
    """Let the declared lag of search and read pass."""
    bench.advance(bench.manifest.find_lag + bench.manifest.settle + 1)
