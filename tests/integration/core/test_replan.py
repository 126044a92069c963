"""After mappings changed, `run replan` brings every golden record in line with them; nothing does so unasked."""

from __future__ import annotations

from core.flow.pipeline import Rules
from core.runtime.desk.questions import sync_targets
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.queries.ledger import Ledger, read_ledger
from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, person, rules, sync_mapping
from tests.support.engine import Engine, running

REPLAN = LaneName(LaneKind.REPLAN)


def books(engine: Engine) -> Ledger:
    with engine.store.snapshot() as snapshot:
        return read_ledger(snapshot, sync_targets(engine.rules))


def filled(engine: Engine, people: int) -> None:
    for number in range(people):
        engine.push(f"e{number}", person(number))
    engine.settle()


def test_a_mapping_that_is_added_later_reaches_the_records_that_were_there_before() -> None:
    with running(Rules((inbound_mapping(),), ())) as engine:
        filled(engine, 450)
        engine.rules = rules()
        assert not books(engine).balanced

        report = engine.step(REPLAN)
        assert report.counts == {"records": 450, "links_changed": 450}
        assert books(engine).balanced
        engine.settle()

        assert len(engine.crm.remote.records("lead")) == 450


def test_a_line_that_is_changed_is_sent_for_all_records_and_a_second_pass_changes_nothing() -> None:
    with running(rules()) as engine:
        filled(engine, 3)
        engine.rules = rules(sync_mapping(fields={"email": "email", "last_name": "last_name", "city": {"const": "Berlin"}}))

        assert engine.step(REPLAN).counts["links_changed"] == 3
        engine.settle()

        assert {record["city"] for record in engine.crm.remote.records("lead").values()} == {"Berlin"}
        assert engine.step(REPLAN).counts["links_changed"] == 0


def test_links_that_no_mapping_writes_any_more_are_let_go_and_taken_up_again_when_it_comes_back() -> None:
    with running(rules()) as engine:
        engine.push("e1", person(1))
        engine.decide()
        before, engine.rules = engine.rules, Rules((inbound_mapping(),), ())

        assert engine.deliver().error is not None
        engine.step(REPLAN)
        (link,) = engine.rows(LinkRow)
        assert (link.state, link.reason_code) == ("not_wanted", "released")
        assert not [lane for lane in engine.due() if lane.kind is LaneKind.DELIVER]

        engine.rules = before
        engine.step(REPLAN)
        engine.settle()
        (link,) = engine.rows(LinkRow)
        assert (link.state, link.reason_code) == ("level", None)
