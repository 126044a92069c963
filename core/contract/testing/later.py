"""Contract group *later*: work that the remote accepted for later survives the process that handed it over."""

from __future__ import annotations

from core.contract.records import Applied, Pending, Receipt, Refused, Ticket
from core.contract.roles import Collects
from core.contract.testing.acts import creation, settle, truth, writer
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import BULK, COLLECTS, WRITES, needs, part


class LaterGroup:
    """Tickets outlive the instance that got them."""

    @needs(WRITES, COLLECTS, BULK)
    def test_a_new_instance_collects_an_old_ticket(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        facts = part(bench.manifest.facts(sample.object).writes, "objects.<name>.writes")
        count = part(facts.bulk_from, "writes.bulk_from")
        before = len(truth(bench).records(sample.object))
        old = bench.make()
        receipts = list(writer(old).write([creation(sample, number) for number in range(1, count + 1)]))
        old.close()
        assert any(isinstance(receipt, Pending) for receipt in receipts), "From 'bulk_from' writes on a job is expected."
        done = settle(bench, bench.make(), receipts)
        assert len(done) == count and all(isinstance(receipt, Applied) for receipt in done)
        assert len(truth(bench).records(sample.object)) == before + count

    @needs(WRITES, COLLECTS, BULK)
    def test_collecting_twice_gives_the_same_receipts(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        facts = part(bench.manifest.facts(sample.object).writes, "objects.<name>.writes")
        count = part(facts.bulk_from, "writes.bulk_from")
        receipts = list(writer(bench.make()).write([creation(sample, number) for number in range(1, count + 1)]))
        assert _ids(settle(bench, bench.make(), list(receipts))) == _ids(settle(bench, bench.make(), list(receipts)))

    @needs(COLLECTS)
    def test_an_unknown_ticket_is_no_success(self, bench: Bench) -> None:
        connector = bench.make()
        assert isinstance(connector, Collects)
        try:
            (receipt,) = connector.collect([Ticket("no such ticket")])
        except Exception as error:  # noqa: BLE001 - judged right here
            assert type(error).__module__.startswith("core.contract"), f"Only errors of the contract may leave: {error!r}"
            return
        assert isinstance(receipt, Refused)


def _ids(receipts: list[Receipt]) -> list[str]:
    return [receipt.id for receipt in receipts if isinstance(receipt, Applied)]
