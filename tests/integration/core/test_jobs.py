"""Writes that the remote takes as a job: they outlive restarts, and what changes meanwhile holds afterwards."""

from __future__ import annotations

from typing import Any

import pytest

import connectors.memory.connector
from core.store.tables import LinkRow
from tests.support.builders import inbound_mapping, person, rules, sync_mapping
from tests.support.engine import Engine, running

JOB = 20
"""From so many writes on these remotes make a job of them."""


@pytest.fixture(autouse=True)
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors.memory.connector, "BULK_FROM", JOB)


def link_of(engine: Engine, **wanted: Any) -> Any:
    (link,) = [row for row in engine.rows(LinkRow) if all(getattr(row, name) == value for name, value in wanted.items())]
    return link


def with_consent() -> Any:
    return inbound_mapping(consent={"news": "news"})


def test_a_job_outlives_a_restart_and_ends_level() -> None:
    with running(rules(), facts={"bulk_from": JOB}) as engine:
        for number in range(JOB + 10):
            engine.push(f"e{number}", person(number))
        engine.decide()
        engine.deliver()
        assert {link.state for link in engine.rows(LinkRow)} == {"pending"}

        engine.restart()
        engine.settle()

        assert {link.state for link in engine.rows(LinkRow)} == {"level"}
        assert len(engine.crm.records()) == JOB + 10


def test_a_want_that_moves_while_a_job_runs_is_delivered_after_the_job() -> None:
    with running(rules(), facts={"bulk_from": JOB}) as engine:
        for number in range(JOB):
            engine.push(f"e{number}", person(number))
        engine.decide()
        engine.deliver()
        engine.clock.advance(1)
        engine.push("late", person(7, title="Head"))

        engine.settle()

        assert {link.state for link in engine.rows(LinkRow)} == {"level"}
        assert [record["title"] for record in engine.crm.records().values() if "title" in record] == ["Head"]


def test_consent_withdrawn_while_a_job_runs_holds_when_the_job_is_done() -> None:
    mapping = sync_mapping(consent={"purpose": "news", "require": True})
    with running(rules(mapping, inbound=[with_consent()]), facts={"bulk_from": JOB}) as engine:
        for number in range(JOB):
            engine.push(f"e{number}", person(number, news="yes"))
        engine.decide()
        engine.deliver()
        engine.clock.advance(1)
        engine.push("late", person(7, title="Head", news="no"))

        engine.settle()

        link = link_of(engine, state="not_wanted")
        assert link.ticket is None
        assert link.remote_id is not None
        assert all("title" not in record for record in engine.crm.records().values())


def test_a_row_that_a_job_refuses_is_parked_with_its_reason() -> None:
    mapping = sync_mapping(fields={"email": "email", "status": "message"})
    with running(rules(mapping), facts={"bulk_from": JOB}) as engine:
        for number in range(JOB):
            engine.push(f"e{number}", person(number, note="no such status" if number == 7 else "new"))

        engine.settle()

        assert link_of(engine, state="parked").reason_code == "invalid"
        assert len(engine.crm.records()) == JOB - 1
