"""Two-way sync under load: delivery beside readings that wait for their decision, and decisions of many changes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import Connection

from core.model.ids import GoldenId
from core.model.records import IdentityKey
from core.store.commands.decision import StoreDecision, Taken, WorldMoved
from core.store.queries.decision import KnownPeople
from core.store.tables import Inbox
from tests.support.crm_pair import ADA, BOTH, both, edit, only, quiet


def test_a_record_whose_change_waits_for_its_decision_is_neither_read_again_nor_told_twice() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.clock.advance(600)
        engine.push("e2", ADA | {"first_name": "Augusta"})
        engine.decide()
        told = len(engine.rows(Inbox))

        # when somebody edited the record, and delivery runs three times before the decision does
        edit(engine, "crm", city="Ockham")
        looks = [engine.deliver("crm").counts.get("reread", 0)]
        for _ in range(2):
            engine.clock.advance(5)
            looks.append(engine.deliver("crm").counts.get("reread", 0))

        # then the record was read once, and what it says was handed over once
        assert looks == [1, 0, 0]
        assert len(engine.rows(Inbox)) == told + 1
        quiet(engine)
        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]
        assert [only(engine, name)[1]["first_name"] for name in BOTH] == ["Augusta", "Augusta"]


def test_a_record_that_a_poll_has_read_is_not_read_again_before_it_is_decided() -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        engine.clock.advance(600)
        engine.push("e2", ADA | {"first_name": "Augusta"})
        engine.decide()

        edit(engine, "crm", city="Ockham")
        engine.read("crm")
        report = engine.deliver("crm")

        assert report.counts.get("reread", 0) == report.counts.get("updated", 0) == 0
        quiet(engine)
        assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]


def test_a_batch_of_changes_asks_for_the_owners_of_its_keys_in_few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    with both() as engine:
        for number in range(20):
            engine.push(f"e{number}", ADA | {"email": f"ada{number}@example.com", "first_name": f"Ada{number}"})
        quiet(engine)
        engine.clock.advance(60)
        for record_id in list(engine.crm.records()):
            engine.crm.remote.edit("lead", record_id, {"city": "Ockham"}, now=engine.clock.now())
        engine.read("crm")
        asked: list[int] = []
        owners = KnownPeople.owners

        def counted(known: KnownPeople, keys: Sequence[IdentityKey]) -> Mapping[IdentityKey, GoldenId]:
            asked.append(len(keys))
            return owners(known, keys)

        monkeypatch.setattr(KnownPeople, "owners", counted)

        engine.decide()

        assert 1 <= len(asked) <= 2
        quiet(engine)
        assert {fields["city"] for fields in engine.crms["hub"].records().values()} == {"Ockham"}


@pytest.mark.parametrize(("surprise", "waits"), [(WorldMoved, True), (Taken, False)])
def test_a_change_whose_record_keeps_moving_waits_and_one_that_cannot_be_stored_goes_into_quarantine(
    monkeypatch: pytest.MonkeyPatch, surprise: type[WorldMoved], waits: bool
) -> None:
    with both() as engine:
        engine.push("e1", ADA)
        quiet(engine)
        edit(engine, "crm", city="Ockham")
        engine.read("crm")

        def surprised(plan: StoreDecision, tx: Connection) -> None:
            if not any(row["state"] == "quarantined" for row in plan.settlements):
                raise surprise("planted")

        with monkeypatch.context() as planted:
            planted.setattr(StoreDecision, "_check_unmoved", surprised)
            report = engine.decide()

        assert (report.error is not None) is waits
        assert {row.state for row in engine.rows(Inbox) if row.connection == "crm"} == ({"ready"} if waits else {"quarantined"})
        if waits:
            engine.clock.advance(60)
            quiet(engine)
            assert [only(engine, name)[1]["city"] for name in BOTH] == ["Ockham", "Ockham"]
