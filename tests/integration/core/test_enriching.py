"""Enrichment: blanks are filled, nothing else; nobody is paid twice, nobody is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from core.contract import Change, ContractBroken, Invalid, RateLimited
from core.flow.enrich.run import Asking
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.enrichment_table import Enrichment
from core.store.queries.decision import KnownPeople, active_goldens
from core.store.tables import Inbox
from tests.support.builders import inbound_mapping, rules, sync_mapping
from tests.support.engine import Crash, Engine

ASKING = Asking("Lead", "email", ("industry",))
FACTS: dict[str, Any] = {
    "name": "facts",
    "from": {"connection": "facts"},
    "authority": 90,
    "fields": {"industry": "sector", "city": "town", "email": "mail"},
}
FORM = inbound_mapping(
    fields={
        "email": "email",
        "last_name": "last_name",
        "company": "company",
        "domain": "domain",
        "phone": "phone",
        "city": "city",
        "industry": "industry",
    }
)
PERSON = {"email": "ada@example.com", "last_name": "Byron"}


class Provider:
    """Answers by the value asked about; an exception among the answers is raised."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[Change] = []

    def enrich(self, subject: Change) -> Mapping[str, Any]:
        self.asked.append(subject)
        answer = self.answers.get(subject.id, {})
        if isinstance(answer, BaseException):
            raise answer
        found: Mapping[str, Any] = answer
        return found


def engine_with(providers: Mapping[str, Provider], asking: Mapping[str, Asking]) -> Engine:
    sources = [FORM, *(inbound_mapping(**FACTS | {"name": name, "from": {"connection": name}}) for name in providers)]
    return Engine(rules(sync_mapping(fields={"email": "email"}), inbound=sources), providers=providers, enrich=asking)


def one(provider: Provider, asking: Asking = ASKING) -> Engine:
    return engine_with({"facts": provider}, {"facts": asking})


def take(engine: Engine, *people: Mapping[str, Any]) -> None:
    for person in people:
        engine.push(f"e{len(engine.rows(Inbox))}", person)
    engine.decide()
    engine.clock.advance(60)


def enrich(engine: Engine, name: str = "facts") -> Any:
    report = engine.step(LaneName(LaneKind.ENRICH, name))
    engine.decide()
    engine.clock.advance(60)
    return report


def people(engine: Engine) -> list[dict[str, Any]]:
    with engine.store.snapshot() as snapshot:
        known = KnownPeople(snapshot).goldens(active_goldens(snapshot, "", 100))  # type: ignore[arg-type]  # before the first id
    return [{name: value.value for name, value in golden.values.items()} for golden in known.values()]


def test_an_answer_fills_a_blank_and_tells_where_it_comes_from() -> None:
    engine = one(Provider({"ada@example.com": {"sector": "Mills", "confidence": 0.8}}))
    take(engine, PERSON)
    enrich(engine)
    assert [person["industry"] for person in people(engine)] == ["Mills"]
    with engine.store.snapshot() as snapshot:
        (golden,) = KnownPeople(snapshot).goldens(active_goldens(snapshot, "", 9)).values()  # type: ignore[arg-type]  # as above
    assert golden.values["industry"].observer == "facts"
    assert "confidence 0.8" in [step for each in golden.observations for value in each.values.values() for step in value.steps]
    engine.close()


def test_what_somebody_entered_stays_whatever_the_authority_and_the_order() -> None:
    engine = one(Provider({"ada@example.com": {"sector": "Mills", "town": "Ulm"}}))
    take(engine, PERSON | {"city": "Bonn"})
    enrich(engine)
    assert [(person["city"], person["industry"]) for person in people(engine)] == [("Bonn", "Mills")]
    take(engine, PERSON | {"industry": "Looms"})
    assert [person["industry"] for person in people(engine)] == ["Looms"]
    engine.close()


def test_nobody_is_invented_and_nobody_merged_by_what_a_provider_says() -> None:
    engine = one(Provider({"ada@example.com": {"sector": "Mills", "mail": "zoe@example.com"}}))
    take(engine, PERSON, {"email": "zoe@example.com", "last_name": "Quill"})
    enrich(engine)
    assert sorted(person["email"] for person in people(engine)) == ["ada@example.com", "zoe@example.com"]
    engine.close()


def test_an_answer_about_somebody_who_is_gone_is_no_news() -> None:
    engine = one(Provider({"ada@example.com": {"sector": "Mills"}}))
    about = {"_about": {"email": "gone@example.com"}, "_subject": "Lead", "sector": "Mills"}
    engine.push("a", about, connection="facts", object="Lead", flag="enriched")
    engine.decide()
    assert people(engine) == []
    assert [row.outcome for row in engine.rows(Inbox)] == ["no_news"]
    engine.close()


def test_an_answer_whose_keys_lead_to_two_people_joins_neither() -> None:
    engine = one(Provider())
    take(engine, PERSON | {"email": "ada@example.com"}, {"email": "zoe@example.com", "last_name": "Quill", "phone": "+12025550123"})
    about = {"email": "ada@example.com", "last_name": "Quill", "phone": "+12025550123"}
    engine.push("a", {"_about": about, "_subject": "Lead", "sector": "Mills"}, connection="facts", object="Lead", flag="enriched")
    engine.decide()
    assert [person.get("industry") for person in people(engine)] == [None, None]
    engine.close()


def test_a_hit_and_a_miss_are_paid_for_once_until_they_are_too_old() -> None:
    provider = Provider({"zoe@example.com": {"town": "Ulm"}})
    engine = one(provider, Asking("Lead", "email", ("industry",), keep=timedelta(days=90), keep_miss=timedelta(days=30)))
    zoe = {"email": "zoe@example.com", "last_name": "Quill"}
    for _ in range(3):
        take(engine, PERSON, zoe)
        enrich(engine)
    assert sorted(each.id for each in provider.asked) == ["ada@example.com", "zoe@example.com"]
    engine.clock.advance(31 * 86_400)
    take(engine, PERSON, zoe)
    enrich(engine)
    assert sorted(each.id for each in provider.asked) == ["ada@example.com", "ada@example.com", "zoe@example.com"]
    engine.close()


def test_a_company_is_asked_about_once_for_all_its_people() -> None:
    provider = Provider({"acme.example": {"sector": "Mills"}})
    engine = one(provider, Asking("Lead", "domain", ("industry",)))
    take(engine, *({"email": f"p{n}@acme.example", "last_name": f"P{n}", "domain": "acme.example"} for n in range(3)))
    enrich(engine)
    assert len(provider.asked) == 1
    assert [person["industry"] for person in people(engine)] == ["Mills"] * 3
    engine.close()


@pytest.mark.parametrize("person", [PERSON | {"industry": "Looms"}, {"email": "info@example.com", "last_name": "Byron"}])
def test_nobody_is_asked_about_who_lacks_nothing_or_is_a_desk(person: Mapping[str, Any]) -> None:
    provider = Provider()
    engine = one(provider)
    take(engine, person)
    enrich(engine)
    assert provider.asked == []
    engine.close()


def test_only_what_is_named_is_told() -> None:
    provider = Provider()
    engine = one(provider, Asking("Lead", "email", ("industry",), tell=("last_name",)))
    take(engine, PERSON | {"company": "Engines"})
    enrich(engine)
    assert [dict(each.fields) for each in provider.asked] == [{"email": "ada@example.com", "last_name": "Byron"}]
    engine.close()


def test_an_unsure_answer_is_not_taken_but_is_paid_for() -> None:
    provider = Provider({"ada@example.com": {"sector": "Mills", "confidence": 0.4}, "zoe@example.com": {"sector": "Mills"}})
    engine = one(provider, Asking("Lead", "email", ("industry",), min_confidence=0.5, cost=2.0))
    take(engine, PERSON, {"email": "zoe@example.com", "last_name": "Quill"})
    enrich(engine)
    assert [person.get("industry") for person in people(engine)] == [None, None]
    assert [(row.outcome, row.cost) for row in engine.rows(Enrichment)] == [("unsure", 2.0)] * 2
    engine.close()


def test_the_days_cap_stops_the_calls_and_says_so_until_the_next_day() -> None:
    provider = Provider({f"p{n}@example.com": {"sector": "Mills"} for n in range(5)})
    engine = one(provider, Asking("Lead", "email", ("industry",), most_per_day=2.0))
    take(engine, *({"email": f"p{n}@example.com", "last_name": f"P{n}"} for n in range(5)))
    report = enrich(engine)
    assert len(provider.asked) == 2
    assert isinstance(report.error, RateLimited) and "2 a day is what it may cost" in report.error.message
    enrich(engine)
    assert len(provider.asked) == 2
    engine.clock.advance(86_400)
    enrich(engine)
    assert len(provider.asked) == 4
    engine.close()


def test_a_miss_costs_nothing_where_only_hits_are_charged_and_something_where_calls_are() -> None:
    for per_call, cost in ((False, 0.0), (True, 1.0)):
        engine = one(Provider(), Asking("Lead", "email", ("industry",), costs_per_call=per_call))
        take(engine, PERSON)
        enrich(engine)
        assert [(row.outcome, row.cost) for row in engine.rows(Enrichment)] == [("miss", cost)]
        engine.close()


def test_the_second_provider_is_asked_only_about_what_the_first_did_not_fill() -> None:
    first, second = Provider({"ada@example.com": {"sector": "Mills"}}), Provider({"zoe@example.com": {"sector": "Looms"}})
    engine = engine_with(
        {"facts": first, "more": second}, {"facts": ASKING, "more": Asking("Lead", "email", ("industry",), after=("facts",))}
    )
    take(engine, PERSON, {"email": "zoe@example.com", "last_name": "Quill"})
    enrich(engine, "more")
    assert second.asked == []
    engine.step(LaneName(LaneKind.ENRICH, "facts"))
    engine.step(LaneName(LaneKind.ENRICH, "more"))
    assert second.asked == []  # an answer of the first waits for its decision
    engine.decide()
    engine.clock.advance(60)
    for name in ("facts", "more"):
        enrich(engine, name)
    assert [each.id for each in second.asked] == ["zoe@example.com"]
    assert sorted(person["industry"] for person in people(engine)) == ["Looms", "Mills"]
    engine.close()


def test_a_provider_that_is_out_of_order_loses_no_record_and_one_that_refuses_a_value_goes_on() -> None:
    provider = Provider({"ada@example.com": RateLimited(retry_after=30), "zoe@example.com": Invalid()})
    engine = one(provider)
    take(engine, PERSON, {"email": "zoe@example.com", "last_name": "Quill"})
    assert isinstance(enrich(engine).error, RateLimited)
    provider.answers["ada@example.com"] = {"sector": "Mills"}
    assert enrich(engine).error is None
    assert {person["email"]: person.get("industry") for person in people(engine)} == {"ada@example.com": "Mills", "zoe@example.com": None}
    engine.close()


def test_without_a_mapping_for_the_answers_nobody_is_asked() -> None:
    provider = Provider({"ada@example.com": {"sector": "Mills"}})
    engine = one(provider)
    engine.rules = rules(inbound=[FORM])
    take(engine, PERSON)
    report = enrich(engine)
    assert report.error is not None and "No inbound mapping" in report.error.message
    assert provider.asked == []
    engine.close()


@pytest.mark.parametrize("death", range(1, 12))
def test_a_crash_anywhere_loses_no_answer_and_takes_none_twice(death: int) -> None:
    engine = one(Provider({"ada@example.com": {"sector": "Mills"}}))
    take(engine, PERSON)
    engine.boundaries.deaths = {len(engine.boundaries.passed) + death}
    try:
        enrich(engine)
    except Crash:
        engine.restart()
    engine.boundaries.deaths = set()
    engine.clock.advance(120)
    enrich(engine)
    assert [person["industry"] for person in people(engine)] == ["Mills"]
    assert len(engine.rows(Inbox)) == 2
    engine.close()


class ManyProvider(Provider):
    """Takes several subjects a call; a subject whose answer is an exception spoils the whole call."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        super().__init__(answers)
        self.calls: list[list[str]] = []

    def enrich_many(self, subjects: Sequence[Change]) -> Sequence[Mapping[str, Any]]:
        self.calls.append([each.id for each in subjects])
        return [self.enrich(each) for each in subjects]


def batched(provider: ManyProvider, **changes: Any) -> Engine:
    return one(provider, Asking("Lead", "domain", ("industry",), **changes))


def staff(*domains: str) -> list[Mapping[str, Any]]:
    return [{"email": f"p{n}@{domain}", "last_name": f"P{n}", "domain": domain} for n, domain in enumerate(domains)]


def test_several_values_are_asked_in_one_call_and_each_value_once() -> None:
    provider = ManyProvider({f"d{n}.example": {"sector": f"S{n}"} for n in range(6)})
    engine = batched(provider)
    take(engine, *staff("d0.example", "d1.example", "d0.example", "d2.example", "d3.example", "d4.example", "d5.example"))
    enrich(engine)
    assert [len(call) for call in provider.calls] == [4, 2]
    assert sorted(name for call in provider.calls for name in call) == [f"d{n}.example" for n in range(6)]
    assert sorted(person["industry"] for person in people(engine)) == ["S0", "S0", "S1", "S2", "S3", "S4", "S5"]
    engine.close()


def test_a_value_that_is_refused_costs_its_batch_another_round_and_nothing_else() -> None:
    provider = ManyProvider({"d0.example": {"sector": "A"}, "d1.example": Invalid(), "d2.example": {"sector": "C"}})
    engine = batched(provider)
    take(engine, *staff("d0.example", "d1.example", "d2.example"))
    enrich(engine)
    assert [len(call) for call in provider.calls] == [3, 1, 1, 1]
    assert sorted(row.outcome for row in engine.rows(Enrichment)) == ["hit", "hit", "miss"]
    engine.close()


def test_a_batch_never_costs_more_than_the_day_leaves() -> None:
    provider = ManyProvider({f"d{n}.example": {"sector": "A"} for n in range(6)})
    engine = batched(provider, most_per_day=5.0)
    take(engine, *staff(*(f"d{n}.example" for n in range(6))))
    report = enrich(engine)
    assert [len(call) for call in provider.calls] == [4, 1]
    assert isinstance(report.error, RateLimited)
    engine.clock.advance(86_400)
    enrich(engine)
    assert [len(call) for call in provider.calls] == [4, 1, 1]
    engine.close()


def test_a_batch_that_fails_is_asked_again_whole() -> None:
    provider = ManyProvider({"d0.example": {"sector": "A"}, "d1.example": RateLimited(retry_after=30)})
    engine = batched(provider)
    take(engine, *staff("d0.example", "d1.example"))
    assert isinstance(enrich(engine).error, RateLimited)
    provider.answers["d1.example"] = {"sector": "B"}
    assert enrich(engine).error is None
    assert sorted(person["industry"] for person in people(engine)) == ["A", "B"]
    assert len(engine.rows(Enrichment)) == 2
    engine.close()


def test_too_few_answers_are_taken_as_none() -> None:
    provider = ManyProvider()
    provider.enrich_many = lambda subjects: [{"sector": "A"}]  # type: ignore[method-assign]
    engine = batched(provider)
    take(engine, *staff("d0.example", "d1.example"))
    assert isinstance(enrich(engine).error, ContractBroken)
    assert engine.rows(Enrichment) == []
    engine.close()
