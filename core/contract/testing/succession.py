"""Contract group *succession*: what takes a record's place after a merge or a conversion is told, and named rightly."""

from __future__ import annotations

from core.contract.records import Applied, Change, ChangeKind, Cursor, NativeId, ObjectName
from core.contract.roles import Merges
from core.contract.testing.acts import applied, changes_of, read_pages, truth
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import CONVERTS, DELETIONS, MERGES, READS, REFERENCES, needs, part

AN_HOUR = 3600.0
FEW = 3


class SuccessionGroup:
    """No record disappears without its heir being known."""

    @needs(MERGES, READS)
    def test_merging_leaves_the_survivor_alone(self, bench: Bench) -> None:
        seeded, receipt = _merged(bench)
        records = truth(bench).records(part(bench.reading, "reading").object)
        assert receipt.id in records, "The receipt must name the record that is left."
        assert not {*seeded[1:]} & set(records), "The losers of a merge must be gone."

    @needs(MERGES, READS, DELETIONS)
    def test_a_merge_is_told_with_the_record_that_is_left(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        since = read_pages(bench.make(), sample.object)[-1].resume
        seeded, receipt = _merged(bench)
        bench.advance(AN_HOUR)
        told = {change.id: change for change in changes_of(read_pages(bench.make(), sample.object, since))}
        for loser in seeded[1:]:
            change = told.get(NativeId(loser))
            assert change is not None and change.kind is ChangeKind.MERGED, f"{change!r}"
            assert change.successor is not None and change.successor.id == receipt.id

    @needs(READS, CONVERTS)
    def test_a_conversion_names_all_that_was_made(self, bench: Bench) -> None:
        sample, convert = part(bench.reading, "reading"), part(bench.convert, "convert")
        targets = bench.manifest.facts(sample.object).converts_to
        (native_id,) = truth(bench).seed(sample.object, 1)
        bench.advance(AN_HOUR)
        since = read_pages(bench.make(), sample.object)[-1].resume
        convert(native_id)
        bench.advance(AN_HOUR)
        change = _told(bench, native_id, since)
        assert change.kind is ChangeKind.CONVERTED
        assert change.successor is not None and change.successor.object == targets[0]
        assert {ref.object for ref in change.also} <= set(targets)
        for ref in (change.successor, *change.also):
            assert ref.id in truth(bench).records(ref.object), f"{ref} does not exist."

    @needs(CONVERTS)
    def test_what_records_turn_into_can_be_read_or_found(self, bench: Bench) -> None:
        known = {spec.name for spec in bench.make().describe()}
        for target in {name for facts in bench.manifest.objects.values() for name in facts.converts_to}:
            facts = bench.manifest.facts(target)
            assert target in known and (facts.reads or facts.finds), f"{target} is out of reach."

    @needs(REFERENCES)
    def test_what_references_point_to_is_known_by_its_field(self, bench: Bench) -> None:
        specs = {spec.name: spec for spec in bench.make().describe()}
        for name, field in bench.manifest.references.items():
            facts = bench.manifest.facts(name)
            assert facts.reads or facts.finds, f"{name} is neither read nor found."
            spec = specs.get(ObjectName(name))
            assert spec is not None and spec.field(field) is not None, f"describe() does not know {name}.{field}."


def _merged(bench: Bench) -> tuple[list[str], Applied]:
    sample, connector = part(bench.reading, "reading"), bench.make()
    seeded = list(truth(bench).seed(sample.object, FEW))
    bench.advance(AN_HOUR)
    assert isinstance(connector, Merges), "Role 'merges' is declared, but there is no method 'merge'."
    losers = [NativeId(loser) for loser in seeded[1:]]
    return seeded, applied(connector.merge(ObjectName(sample.object), NativeId(seeded[0]), losers))


def _told(bench: Bench, native_id: str, since: Cursor) -> Change:
    sample = part(bench.reading, "reading")
    changes = [change for change in changes_of(read_pages(bench.make(), sample.object, since)) if change.id == native_id]
    assert changes, "The conversion was not told."
    return changes[-1]
