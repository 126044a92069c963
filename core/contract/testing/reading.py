"""Contract group *read*: nothing is skipped, every cursor is a safe place to go on from, and every read ends."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from core.contract.errors import ConnectorError
from core.contract.records import ChangeKind, NativeId, ObjectName
from core.contract.testing.acts import changes_of, ids_of, read_pages, reader, truth
from core.contract.testing.bench import Bench, FaultKind
from core.contract.testing.capabilities import CALLS_OUT, COMPARABLE, DELETIONS, READS, needs, part

AN_HOUR = 3600.0
FEW = 3


class ReadGroup:
    """Reads are complete, resumable and finite."""

    @needs(READS)
    def test_a_full_read_yields_every_record(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        seeded = truth(bench).seed(sample.object, FEW)
        bench.advance(AN_HOUR)
        changes = changes_of(read_pages(bench.make(), sample.object))
        assert set(seeded) <= {change.id for change in changes}
        assert {change.object for change in changes} == {sample.object}
        assert all(change.kind is ChangeKind.UPSERTED for change in changes if change.id in seeded)

    @needs(READS)
    def test_pages_are_no_larger_than_declared(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        truth(bench).seed(sample.object, sample.several_pages)
        bench.advance(AN_HOUR)
        facts = part(bench.manifest.facts(sample.object).reads, "objects.<name>.reads")
        assert max(len(page.changes) + len(page.rejects) for page in read_pages(bench.make(), sample.object)) <= facts.page

    @needs(READS)
    def test_resuming_after_any_page_yields_exactly_the_rest(self, bench: Bench) -> None:
        """The cursor of the last page may re-read what is recent; those in the middle of a read are exact."""
        sample = part(bench.reading, "reading")
        seeded = truth(bench).seed(sample.object, sample.several_pages)
        bench.advance(AN_HOUR)
        pages = read_pages(bench.make(), sample.object)
        assert set(seeded) <= set(ids_of(pages))
        filled = [at for at, page in enumerate(pages) if page.changes]
        assert len(filled) >= FEW, f"The bench's 'several_pages' made {len(filled)} pages; at least {FEW} are needed."
        for at in range(filled[-1]):
            resumed = Counter(ids_of(read_pages(bench.make(), sample.object, pages[at].resume)))
            rest = Counter(ids_of(pages[at + 1 :]))
            assert set(resumed) == set(rest), f"after page {at + 1} of {len(pages)}"
        assert set(ids_of(read_pages(bench.make(), sample.object, pages[-1].resume))) <= set(ids_of(pages))

    @needs(READS)
    def test_a_read_that_breaks_off_can_be_resumed(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        seeded = truth(bench).seed(sample.object, sample.several_pages)
        bench.advance(AN_HOUR)
        taken = list(islice(reader(bench.make()).read(ObjectName(sample.object), None), 1))
        rest = read_pages(bench.make(), sample.object, taken[0].resume)
        assert set(seeded) <= set(ids_of(taken)) | set(ids_of(rest))

    @needs(READS)
    def test_what_changes_later_is_read_from_the_last_cursor(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        seeded = truth(bench).seed(sample.object, FEW)
        bench.advance(AN_HOUR)
        before = read_pages(bench.make(), sample.object)
        old: dict[str, object] = {change.id: change.version for change in changes_of(before)}
        truth(bench).change(sample.object, seeded[0])
        (new,) = truth(bench).seed(sample.object, 1)
        bench.advance(AN_HOUR)
        after = changes_of(read_pages(bench.make(), sample.object, before[-1].resume))
        assert {seeded[0], new} <= {change.id for change in after}
        last = [change for change in after if change.id == seeded[0]][-1]
        assert last.version is None or last.version != old[seeded[0]], "A changed record must bear another version."

    @needs(READS)
    def test_an_object_without_records_reads_as_nothing(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        pages = read_pages(bench.make(), sample.object)
        held = set(truth(bench).records(sample.object))
        assert set(ids_of(pages)) <= held

    @needs(READS, DELETIONS)
    def test_deletions_are_told(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        seeded = truth(bench).seed(sample.object, FEW)
        bench.advance(AN_HOUR)
        since = read_pages(bench.make(), sample.object)[-1].resume
        truth(bench).delete(sample.object, seeded[1])
        bench.advance(AN_HOUR)
        told = {change.id: change.kind for change in changes_of(read_pages(bench.make(), sample.object, since))}
        assert told.get(NativeId(seeded[1])) is ChangeKind.DELETED
        assert told.get(NativeId(seeded[0])) is not ChangeKind.DELETED

    @needs(READS)
    def test_times_are_aware(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        truth(bench).seed(sample.object, FEW)
        bench.advance(AN_HOUR)
        changes = changes_of(read_pages(bench.make(), sample.object))
        naive = [change.id for change in changes if change.changed_at is not None and change.changed_at.tzinfo is None]
        assert changes and not naive

    @needs(READS, COMPARABLE)
    def test_comparable_versions_grow(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        (native_id,) = truth(bench).seed(sample.object, 1)
        versions = []
        for _ in range(FEW):
            bench.advance(AN_HOUR)
            changes = changes_of(read_pages(bench.make(), sample.object))
            versions += [change.version for change in changes if change.id == native_id]
            truth(bench).change(sample.object, native_id)
        assert None not in versions
        assert len(set(versions)) == FEW and versions == sorted(versions, key=str)

    @needs(READS, CALLS_OUT)
    def test_a_page_that_points_to_itself_ends_with_an_error(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        truth(bench).seed(sample.object, FEW)
        bench.advance(AN_HOUR)
        connector = bench.make()
        part(bench.faults, "faults").set(FaultKind.SAME_PAGE)
        with pytest.raises(ConnectorError):
            list(islice(reader(connector).read(ObjectName(sample.object), None), 50))
            pytest.fail("50 pages were read from a remote that repeats its page.")
