"""What ON24 tells becomes leads: one a person however many webinars, and who came is no second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.memory.schema import EXTERNAL_ID, MemoryField
from connectors.on24.connector import On24
from connectors.on24.settings import On24Settings
from core.store.tables import GoldenRow, Inbox
from sandbox.clock import DialClock
from sandbox.on24 import On24StandIn
from sandbox.on24.stand_in import CLIENT_ID, EVENT_ID, TOKEN_KEY, TOKEN_SECRET
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine
from tests.support.http import make_context, make_manifest
from tests.support.sandbox import serving

STARTER = inbound_mapping(**YAML(typ="safe").load(Path("connectors/on24/starter.yaml").read_text("utf-8")))
LEAD_FIELDS = {
    **{"email": "email", "first_name": "first_name", "webinar": "x_webinar", "status": "x_webinar_status"},
    **{"attended": "x_attended_webinar", "minutes": "x_attended_minutes"},
}


class Hall:
    """An engine beside a stand-in, on one clock."""

    def __init__(self, engine: Engine, stand_in: On24StandIn, dial: DialClock) -> None:
        self.engine = engine
        self._stand_in = stand_in
        self._dial = dial

    def control(self, verb: str, **arguments: Any) -> Any:
        return self._stand_in.control(verb, arguments, self.engine.clock.now())

    def round(self, hours: float = 1) -> None:
        """Let time pass, read, and let everything come to rest."""
        self.engine.clock.advance(hours * 3_600)
        self._dial.set(self.engine.clock.now())
        report = self.engine.read("on24", "registration")
        assert report.error is None, report.error
        self.engine.decide()
        self.engine.deliver()

    def leads(self) -> list[dict[str, Any]]:
        """The CRM's leads."""
        return list(self.engine.crm.records().values())


@contextmanager
def hall() -> Iterator[Hall]:
    """A client with the shipped mapping, until the block ends."""
    dial, stand_in = DialClock(), On24StandIn()
    dial.freeze()
    with serving(stand_in, dial) as served:
        providers: dict[str, Any] = {}
        remote = {"schema": {"lead": [EXTERNAL_ID, *(MemoryField(name) for name in LEAD_FIELDS)]}, "search_lag_seconds": 5.0}
        engine = Engine(rules(sync_mapping(fields=LEAD_FIELDS), inbound=[STARTER]), providers=providers, remote=remote)
        opened = make_context(served.url, manifest=make_manifest(id="on24", hosts=[]), clock=engine.clock)
        settings = {"client_id": CLIENT_ID, "token_key": TOKEN_KEY, "token_secret": TOKEN_SECRET, "base_url": served.url, "days_back": 5}
        providers["on24"] = On24(On24Settings.model_validate(settings), opened.context)
        engine.restart()
        dial.set(engine.clock.now())
        stand_in.control("limit", {"bucket": 100_000}, engine.clock.now())
        try:
            yield Hall(engine, stand_in, dial)
        finally:
            engine.close()
            opened.close()


def test_one_person_at_two_webinars_is_one_lead_with_two_submissions() -> None:
    with hall() as found:
        found.control("event", id="400000", description="Second")
        found.control("register", event=EVENT_ID, eventuserid=7, email="ada@example.com", firstname="Ada")
        found.round()
        found.control("register", event="400000", eventuserid=8, email="Ada@example.com", firstname="Ada")
        found.round()
        (lead,) = found.leads()
        assert (lead["email"], lead["webinar"]) == ("ada@example.com", "Second")
        assert len(found.engine.rows(Inbox)) == 2 and len(found.engine.rows(GoldenRow)) == 1


def test_who_came_is_no_second_lead_and_keeps_what_the_form_told() -> None:
    with hall() as found:
        (registration,) = found.control("register", email="ada@example.com", firstname="Ada")["ids"]
        found.round()
        found.control("attend", id=registration, liveminutes=9)
        found.round(6)
        (lead,) = found.leads()
        assert (lead["first_name"], lead["attended"], lead["minutes"]) == ("Ada", "Saving time", 9)
        found.control("attend", id=registration, active=False, liveminutes=10)
        for _ in range(3):
            found.round(6)
        (lead,) = found.leads()
        assert lead["minutes"] == 10
        assert len(found.engine.rows(GoldenRow)) == 1 and len(found.engine.rows(Inbox)) == 3


def test_who_registers_for_the_next_webinar_has_not_attended_it() -> None:
    with hall() as found:
        (first,) = found.control("register", eventuserid=7, email="ada@example.com")["ids"]
        found.control("attend", id=first)
        found.round()
        found.control("event", id="400000", description="Second")
        found.control("register", event="400000", eventuserid=8, email="ada@example.com")
        found.round()
        (lead,) = found.leads()
        assert (lead["webinar"], lead["attended"]) == ("Second", "Saving time")


def test_who_registers_for_a_trial_makes_no_lead() -> None:
    with hall() as found:
        found.control("event", id="400000", istestevent=True)
        found.control("register", event="400000")
        found.round()
        assert found.leads() == []
