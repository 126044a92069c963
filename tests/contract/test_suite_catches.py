"""Each group of the contract suite can fail: connectors that are broken on purpose are caught, the healthy one passes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import pytest
from _pytest.outcomes import Failed

from connectors.memory.connector import MemoryConnector
from core.contract import (
    Applied,
    AuthFailed,
    Change,
    ConnectorError,
    Cursor,
    Effect,
    Event,
    Health,
    InboundRequest,
    Invalid,
    Match,
    NativeId,
    ObjectName,
    Outcome,
    Page,
    Pending,
    Receipt,
    Ref,
    Refused,
    Reply,
    Role,
    Ticket,
    TryLater,
    Unavailable,
    Write,
)
from core.contract.testing import Bench, ContractSuite, FaultKind
from tests.support.memory_bench import memory_bench


class UnnamedAccount(MemoryConnector):
    def check(self) -> Health:
        super().check()
        return Health(account=" ")


class TellsItsKey(MemoryConnector):
    def check(self) -> Health:
        try:
            return super().check()
        except AuthFailed as error:
            raise AuthFailed(f"The key {self.settings.key.get_secret_value()} was refused.") from error


class TakesManyQuestionsUntold(MemoryConnector):
    def enrich(self, subject: Change) -> Mapping[str, Any]:
        return {}

    def enrich_many(self, subjects: Sequence[Change]) -> Sequence[Mapping[str, Any]]:
        return [{} for _ in subjects]


class SkipsOneRecordAPage(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        for page in super().read(object_name, since):
            yield replace(page, resume=Cursor(str(int(page.resume) + 1)))


class IgnoresTheCursor(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        return super().read(object_name, None)


class StopsAfterOnePage(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        return islice(super().read(object_name, since), 1)


class NaiveTimes(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        for page in super().read(object_name, since):
            naive = [replace(change, changed_at=change.changed_at and change.changed_at.replace(tzinfo=None)) for change in page.changes]
            yield replace(page, changes=naive)


class KeepsDeletionsToItself(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        for page in super().read(object_name, since):
            yield replace(page, changes=[change for change in page.changes if change.fields])


class GoesInCircles(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        page = next(super().read(object_name, since))
        while self._remote.faults.is_stuck:
            yield page
        yield from super().read(object_name, since)


class AnswersBackwards(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        return list(reversed(super().write(batch)))


class AlwaysCreates(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        return super().write([replace(write, target=None) if isinstance(write.target, Match) else write for write in batch])


class OneBadSpoilsAll(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        receipts = super().write(batch)
        for receipt in receipts:
            if isinstance(receipt, Refused):
                raise receipt.error
        return receipts


class CutsLongText(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        return super().write([replace(write, fields={name: _short(value) for name, value in write.fields.items()}) for write in batch])


class DropsLeadingZeros(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        return super().write([replace(write, fields={n: _number(v) for n, v in write.fields.items()}) for write in batch])


class SaysDoneTooEarly(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        receipts = super().write([write for write in batch if write.fields.get("note") != "another text"])
        return receipts or [Applied(write.target, effect=Effect.UPDATED) for write in batch]  # type: ignore[arg-type]


class FindsNothing(MemoryConnector):
    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        super().find(object_name, matches)
        return {match: [] for match in matches}


class KeepsTicketsInMemory(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        receipts = super().write(batch)
        self.tickets = {receipt.ticket for receipt in receipts if isinstance(receipt, Pending)}
        return receipts

    def collect(self, tickets: Sequence[Ticket]) -> Sequence[Receipt]:
        known: set[Ticket] = getattr(self, "tickets", set())
        return [
            receipt if ticket in known else Refused(Invalid()) for ticket, receipt in zip(tickets, super().collect(tickets), strict=True)
        ]


class BelievesEverybody(MemoryConnector):
    def verify(self, request: InboundRequest) -> None:
        return None


class ForgetsTheTime(MemoryConnector):
    def verify(self, request: InboundRequest) -> None:
        stamp = int(request.headers["x-memory-timestamp"])
        super().verify(replace(request, received_at=request.received_at.fromtimestamp(stamp, tz=request.received_at.tzinfo)))


class FreshIdsEachTime(MemoryConnector):
    def parse(self, request: InboundRequest) -> Sequence[Event]:
        return [replace(event, id=f"{event.id}@{request.received_at}") for event in super().parse(request)]


class TripsOverGarbage(MemoryConnector):
    def parse(self, request: InboundRequest) -> Sequence[Event]:
        try:
            return super().parse(request)
        except Invalid as error:
            raise KeyError("records") from error


class ThanksForWhatItLost(MemoryConnector):
    def answer(self, request: InboundRequest, outcome: Outcome) -> Reply:
        return Reply(200)


class WritesWhileParsing(MemoryConnector):
    def parse(self, request: InboundRequest) -> Sequence[Event]:
        sys.audit("open", "state.txt", "w", 0)
        return super().parse(request)


class CallsEverythingInvalid(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        try:
            yield from super().read(object_name, since)
        except TryLater as error:
            raise Invalid("bad page") from error


class CertainOfTheUncertain(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        try:
            return super().write(batch)
        except TryLater as error:
            raise Unavailable("no answer") from error


class SendsCreatesTwice(MemoryConnector):
    def write(self, batch: Sequence[Write]) -> Sequence[Receipt]:
        try:
            return super().write(batch)
        except TryLater:
            return super().write(batch)


class NothingFoundOnTrouble(MemoryConnector):
    def find(self, object_name: ObjectName, matches: Sequence[Match]) -> Mapping[Match, Sequence[Change]]:
        try:
            return super().find(object_name, matches)
        except ConnectorError:
            return {match: [] for match in matches}


class HidesTheHeir(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        for page in super().read(object_name, since):
            yield replace(page, changes=[replace(change, successor=None) for change in page.changes])


class MergesTheWrongWay(MemoryConnector):
    def merge(self, object_name: ObjectName, survivor: NativeId, losers: Sequence[NativeId]) -> Receipt:
        return super().merge(object_name, losers[0], [survivor, *losers[1:]])


class NamesWhatIsNotThere(MemoryConnector):
    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        for page in super().read(object_name, since):
            yield replace(page, changes=[replace(change, also=[Ref(ObjectName("account"), NativeId("-"))]) for change in page.changes])


class SleepsOnTheJob(MemoryConnector):
    def check(self) -> Health:
        time.sleep(0)
        return super().check()


class CallsAStranger(MemoryConnector):
    def check(self) -> Health:
        sys.audit("socket.connect", None, ("192.0.2.1", 443))
        return super().check()


@dataclass(frozen=True)
class Plant:
    """One planted fault: the broken connector, and the test of the suite that must see it."""

    broken: type[MemoryConnector]
    test: str
    arguments: tuple[Any, ...] = ()


PLANTS = [
    Plant(UnnamedAccount, "test_a_working_connection_names_its_account"),
    Plant(TellsItsKey, "test_no_message_shows_a_secret"),
    Plant(TakesManyQuestionsUntold, "test_a_batch_of_questions_comes_with_a_way_to_ask_it"),
    Plant(SkipsOneRecordAPage, "test_resuming_after_any_page_yields_exactly_the_rest"),
    Plant(IgnoresTheCursor, "test_resuming_after_any_page_yields_exactly_the_rest"),
    Plant(StopsAfterOnePage, "test_resuming_after_any_page_yields_exactly_the_rest"),
    Plant(NaiveTimes, "test_times_are_aware"),
    Plant(KeepsDeletionsToItself, "test_deletions_are_told"),
    Plant(GoesInCircles, "test_a_page_that_points_to_itself_ends_with_an_error"),
    Plant(AnswersBackwards, "test_receipts_come_in_the_order_of_the_writes"),
    Plant(AlwaysCreates, "test_the_same_key_twice_writes_once"),
    Plant(OneBadSpoilsAll, "test_a_refused_record_leaves_the_others_alone"),
    Plant(CutsLongText, "test_a_hostile_value_is_stored_unchanged_or_refused", ("ten thousand characters",)),
    Plant(DropsLeadingZeros, "test_a_hostile_value_is_stored_unchanged_or_refused", ("leading zeros",)),
    Plant(SaysDoneTooEarly, "test_an_update_changes_the_named_fields_only"),
    Plant(FindsNothing, "test_what_was_written_is_found_by_its_id"),
    Plant(FindsNothing, "test_a_record_is_found_by_a_value"),
    Plant(KeepsTicketsInMemory, "test_a_new_instance_collects_an_old_ticket"),
    Plant(BelievesEverybody, "test_a_flipped_byte_is_refused", ("middle",)),
    Plant(BelievesEverybody, "test_a_wrong_secret_is_refused"),
    Plant(BelievesEverybody, "test_a_missing_or_broken_signature_is_refused", (None,)),
    Plant(ForgetsTheTime, "test_a_delivery_from_another_time_is_refused", (-1,)),
    Plant(ForgetsTheTime, "test_a_delivery_from_another_time_is_refused", (1,)),
    Plant(FreshIdsEachTime, "test_the_same_delivery_gives_the_same_events"),
    Plant(TripsOverGarbage, "test_garbage_is_invalid_and_nothing_worse"),
    Plant(ThanksForWhatItLost, "test_the_answer_tells_the_platform_what_happened"),
    Plant(WritesWhileParsing, "test_a_webhook_is_handled_without_any_io"),
    Plant(CallsEverythingInvalid, "test_a_read_that_fails_is_tried_later", (FaultKind.SERVER_ERROR,)),
    Plant(CertainOfTheUncertain, "test_a_create_whose_answer_is_lost_is_unknown", (FaultKind.RESET_AFTER,)),
    Plant(CertainOfTheUncertain, "test_a_write_that_fails_is_tried_later", (FaultKind.RATE_LIMITED_WITH_WAIT,)),
    Plant(SendsCreatesTwice, "test_a_create_whose_answer_is_lost_is_unknown", (FaultKind.CUT_OFF_BODY,)),
    Plant(NothingFoundOnTrouble, "test_a_find_that_fails_is_not_an_empty_answer", (FaultKind.HTML_BODY,)),
    Plant(HidesTheHeir, "test_a_merge_is_told_with_the_record_that_is_left"),
    Plant(HidesTheHeir, "test_a_conversion_names_all_that_was_made"),
    Plant(MergesTheWrongWay, "test_merging_leaves_the_survivor_alone"),
    Plant(NamesWhatIsNotThere, "test_a_conversion_names_all_that_was_made"),
    Plant(SleepsOnTheJob, "test_nothing_sleeps_and_no_other_network_is_touched"),
    Plant(CallsAStranger, "test_nothing_sleeps_and_no_other_network_is_touched"),
]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.broken.__name__}-{plant.test}")
def test_a_planted_fault_is_caught(plant: Plant) -> None:
    run(memory_bench(), plant.test, *plant.arguments)
    with pytest.raises((AssertionError, Failed, KeyError, ConnectorError)):
        run(memory_bench(plant.broken), plant.test, *plant.arguments)


FACT_PLANTS: dict[str, Callable[[Bench], Bench]] = {
    "test_roles_declared_are_roles_played": lambda bench: _with_roles(bench, set(bench.manifest.roles) - {Role.MERGES}),
    "test_object_facts_and_roles_agree": lambda bench: _with_roles(bench, set(bench.manifest.roles) - {Role.FINDS}),
    "test_bulk_facts_come_with_a_way_to_collect": lambda bench: _with_roles(bench, set(bench.manifest.roles) - {Role.COLLECTS}),
    "test_what_references_point_to_is_known_by_its_field": lambda bench: _with_references(bench, {"user": "no such field"}),
    "test_what_records_turn_into_can_be_read_or_found": lambda bench: _turning_into(bench, "nothing that exists"),
    "test_settings_hide_their_secrets": lambda bench: replace(bench, secrets=["bench"]),
    "test_the_manifest_is_valid_and_names_the_code": lambda bench: replace(
        bench, manifest=bench.manifest.model_copy(update={"id": "memoir"})
    ),
}


@pytest.mark.parametrize("test", FACT_PLANTS)
def test_a_manifest_that_does_not_fit_the_code_is_caught(test: str) -> None:
    run(memory_bench(), test)
    with pytest.raises(AssertionError):
        run(FACT_PLANTS[test](memory_bench()), test)


@pytest.mark.parametrize("part", ["remote", "reading", "writing", "finding", "webhook", "faults", "make_unauthorized", "convert"])
def test_a_part_that_the_manifest_calls_for_cannot_be_left_out(part: str) -> None:
    tests = {
        "remote": "test_a_full_read_yields_every_record",
        "reading": "test_a_full_read_yields_every_record",
        "writing": "test_an_update_changes_the_named_fields_only",
        "finding": "test_every_match_is_answered",
        "webhook": "test_a_genuine_delivery_is_accepted",
        "convert": "test_a_conversion_names_all_that_was_made",
        "faults": "test_a_missing_permission_is_named",
        "make_unauthorized": "test_wrong_credentials_stop_the_connection",
    }
    bench = memory_bench()
    with pytest.raises(AssertionError, match=part):
        run(Bench(**{**{name: getattr(bench, name) for name in bench.__dataclass_fields__}, part: None}), tests[part])


def run(bench: Bench, test: str, *arguments: object) -> None:
    """Run one test of the suite as pytest would, past its gate."""
    getattr(ContractSuite(), test)(bench, *arguments)


def _with_roles(bench: Bench, roles: set[Role]) -> Bench:
    return replace(bench, manifest=bench.manifest.model_copy(update={"roles": sorted(roles)}))


def _with_references(bench: Bench, references: Mapping[str, str]) -> Bench:
    return replace(bench, manifest=bench.manifest.model_copy(update={"references": references}))


def _turning_into(bench: Bench, target: str) -> Bench:
    facts = {name: each.model_copy(update={"converts_to": [target]}) for name, each in bench.manifest.objects.items()}
    return replace(bench, manifest=bench.manifest.model_copy(update={"objects": facts}))


def _number(value: Any) -> Any:
    return str(int(value)) if isinstance(value, str) and value.isdigit() else value


def _short(value: Any) -> Any:
    return value[:255] if isinstance(value, str) else value
