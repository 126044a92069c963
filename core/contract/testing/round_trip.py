"""Contract group *round trip*: what was written is read and found again, and finding answers every question."""

from __future__ import annotations

from core.contract.records import Match, NativeId, ObjectName
from core.contract.testing.acts import changes_of, create_one, finder, read_pages, truth, wait_until_found
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import FINDS, FINDS_BY_VALUE, FINDS_WRITTEN, READS, READS_WRITTEN, WRITES, needs, part

NOWHERE = "nothing-has-this-value"


class RoundTripGroup:
    """Writing, reading and finding speak of the same records."""

    @needs(WRITES, READS, READS_WRITTEN)
    def test_what_was_written_is_read_back(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        created = create_one(bench, bench.make())
        wait_until_found(bench)
        bench.advance(3600)
        found = [change for change in changes_of(read_pages(bench.make(), sample.object)) if change.id == created.id]
        assert found, "The written record was not read."
        assert found[-1].fields.get(sample.text_field) == sample.fields(1)[sample.text_field]

    @needs(WRITES, FINDS, FINDS_WRITTEN)
    def test_what_was_written_is_found_by_its_id(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        created = create_one(bench, bench.make())
        wait_until_found(bench)
        match = Match.on("id", created.id)
        found = finder(bench.make()).find(ObjectName(sample.object), [match])[match]
        assert [change.id for change in found] == [created.id]
        assert found[0].fields.get(sample.text_field) == sample.fields(1)[sample.text_field]

    @needs(FINDS)
    def test_every_match_is_answered(self, bench: Bench) -> None:
        sample = part(bench.finding, "finding")
        (native_id,) = truth(bench).seed(sample.object, 1)
        wait_until_found(bench)
        hit = Match.on("id", native_id)
        found = finder(bench.make()).find(ObjectName(sample.object), [hit])
        assert set(found) == {hit}
        assert [change.id for change in found[hit]] == [NativeId(native_id)]

    @needs(FINDS, FINDS_BY_VALUE)
    def test_a_match_without_a_hit_is_empty(self, bench: Bench) -> None:
        sample = part(bench.finding, "finding")
        miss = Match.on(part(sample.field, "finding.field"), f"{NOWHERE}@example.com")
        assert list(finder(bench.make()).find(ObjectName(sample.object), [miss])[miss]) == []

    @needs(FINDS, FINDS_BY_VALUE)
    def test_a_record_is_found_by_a_value(self, bench: Bench) -> None:
        sample = part(bench.finding, "finding")
        field = part(sample.field, "finding.field")
        seeded = truth(bench).seed(sample.object, 2)
        wait_until_found(bench)
        values = {native_id: str(truth(bench).records(sample.object)[native_id][field]) for native_id in seeded}
        connector = bench.make()
        for native_id, value in values.items():
            match = Match.on(field, value)
            found = finder(connector).find(ObjectName(sample.object), [match])
            assert [change.id for change in found[match]] == [native_id]

    @needs(FINDS)
    def test_a_batch_of_matches_is_answered_match_by_match(self, bench: Bench) -> None:
        sample = part(bench.finding, "finding")
        facts = part(bench.manifest.facts(sample.object).finds, "objects.<name>.finds")
        seeded = truth(bench).seed(sample.object, min(facts.batch, 3))
        wait_until_found(bench)
        matches = [Match.on("id", native_id) for native_id in seeded]
        found = finder(bench.make()).find(ObjectName(sample.object), matches)
        assert {match: [change.id for change in found[match]] for match in matches} == {
            match: [NativeId(native_id)] for match, native_id in zip(matches, seeded, strict=True)
        }
