"""What Leadfeeder tells becomes activity of accounts: read, folded by domain, delivered to the CRM; nobody is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.leadfeeder.connector import Leadfeeder
from connectors.leadfeeder.settings import LeadfeederSettings
from connectors.memory.schema import EXTERNAL_ID, MemoryField
from core.store.tables import GoldenRow, Inbox, ObservationRow
from sandbox.clock import DialClock
from sandbox.leadfeeder import LeadfeederStandIn
from sandbox.leadfeeder.stand_in import ACCOUNT, API_TOKEN
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Engine
from tests.support.http import make_context, make_manifest
from tests.support.sandbox import serving

STARTER = YAML(typ="safe").load(Path("connectors/leadfeeder/starter.yaml").read_text("utf-8"))
MONTHS = inbound_mapping(
    name="months",
    **{
        "from": {"connection": "leadfeeder", "object": "company_month"},
        "to": "Account",
        "fields": {
            "domain": {"from": "company.domain", "required": True},
            "x_month": "month",
            "x_visits": {"from": "visits", "as": "number"},
        },
    },
)
COMPANY_FIELDS = {
    **{"name": "name", "domain": "domain", "visited": "x_last_visit_at", "page": "x_last_visit_page"},
    **{"pages": "x_last_visit_pages", "month": "x_month", "visits": "x_visits"},
}
COMPANIES = sync_mapping(
    name="companies",
    golden="Account",
    to={"connection": "crm", "object": "account"},
    external_id="external_id",
    fields=COMPANY_FIELDS,
)


class Site:
    """An engine beside a stand-in, on one clock."""

    def __init__(self, engine: Engine, stand_in: LeadfeederStandIn, dial: DialClock) -> None:
        self.engine = engine
        self._stand_in = stand_in
        self._dial = dial

    def control(self, verb: str, **arguments: Any) -> Any:
        return self._stand_in.control(verb, arguments, self.engine.clock.now())

    def round(self, hours: float = 1) -> None:
        """Let time pass, read both objects, and let everything come to rest."""
        self.engine.clock.advance(hours * 3_600)
        self._dial.set(self.engine.clock.now())
        for name in ("visit", "company_month"):
            report = self.engine.read("leadfeeder", name)
            assert report.error is None, report.error
        self._dial.set(self.engine.clock.now())
        self.engine.decide()
        self.engine.deliver("crm", "account")

    def accounts(self) -> dict[str, dict[str, Any]]:
        """The CRM's accounts by domain."""
        return {str(fields.get("domain")): fields for fields in self.engine.crm.records("account").values()}


@contextmanager
def site() -> Iterator[Site]:
    """A site with the shipped mapping, until the block ends."""
    dial, stand_in = DialClock(), LeadfeederStandIn()
    dial.freeze()
    with serving(stand_in, dial) as served:
        providers: dict[str, Any] = {}
        starter = inbound_mapping(**STARTER)
        schema = {"account": [EXTERNAL_ID, *(MemoryField(name) for name in COMPANY_FIELDS)]}
        remote = {"schema": schema, "search_lag_seconds": 5.0}
        engine = Engine(rules(COMPANIES, inbound=[starter, MONTHS]), providers=providers, remote=remote)
        opened = make_context(served.url, manifest=make_manifest(id="leadfeeder", hosts=[]), clock=engine.clock)
        settings = {"api_token": API_TOKEN, "account": ACCOUNT, "base_url": served.url, "days_back": 2}
        connector = Leadfeeder(LeadfeederSettings.model_validate(settings), opened.context)
        opened.authenticate_with(connector.token)
        providers["leadfeeder"] = connector
        engine.restart()
        dial.set(engine.clock.now())
        stand_in.control("limit", {"calls": 100_000}, engine.clock.now())
        try:
            yield Site(engine, stand_in, dial)
        finally:
            engine.close()
            opened.close()


def test_visits_are_told_of_the_account_with_their_domain_and_of_nobody_else() -> None:
    with site() as found:
        found.control("visit", lead_id="lead1", started_at="2026-03-02T08:00:00.000Z", page_depth=12, landing_page_path="/first")
        found.control("visit", lead_id="lead1", started_at="2026-03-02T08:30:00.000Z", page_depth=9, landing_page_path="/later")
        found.control("visit", lead_id="lead2", started_at="2026-03-02T08:10:00.000Z")
        found.round()
        accounts = found.accounts()
        assert set(accounts) == {"acme.example", "ternlogistics.example"}
        assert (accounts["acme.example"]["page"], accounts["acme.example"]["pages"], accounts["acme.example"]["visits"]) == ("/later", 9, 2)
        assert {row.subject for row in found.engine.rows(GoldenRow)} == {"Account"}


def test_overlapping_readings_add_nothing_and_a_further_visit_counts_once() -> None:
    with site() as found:
        found.control("visit", lead_id="lead1", count=9)
        for _ in range(3):
            found.round()
        assert len(found.engine.rows(ObservationRow)) == 10  # nine visits and one count
        assert found.accounts()["acme.example"]["visits"] == 9
        found.control("visit", lead_id="lead1", started_at="2026-03-01T08:00:00.000Z", landing_page_path="/told-late")
        found.round()
        told = found.accounts()["acme.example"]
        assert (told["visits"], told["page"]) == (10, "/prices")


def test_a_visit_that_goes_on_is_told_with_what_it_came_to() -> None:
    with site() as found:
        (visit,) = found.control("visit", lead_id="lead1", page_depth=9)["ids"]
        found.round()
        found.control("continue", id=visit)
        found.round()
        assert found.accounts()["acme.example"]["pages"] == 10


def test_a_company_without_a_domain_waits_and_makes_no_account_until_its_domain_is_known() -> None:
    with site() as found:
        found.control("company", id="lead1", website_url=None)
        found.control("visit", lead_id="lead1")
        found.round()
        assert found.accounts() == {}
        assert {(row.state, row.reason_code) for row in found.engine.rows(Inbox)} == {("quarantined", "required_missing")}
        found.control("company", id="lead1", website_url="https://acme.example")
        found.round()
        assert set(found.accounts()) == {"acme.example"}


def test_the_months_follow_each_other() -> None:
    with site() as found:
        found.control("visit", lead_id="lead1", count=11)
        found.round()
        found.round(hours=29 * 24 + 20)  # the first of April
        found.control("visit", lead_id="lead1", count=2)
        for _ in range(3):
            found.round(hours=20)
        told = found.accounts()["acme.example"]
        assert (told["month"], told["visits"]) == ("2026-04", 2)
