"""Weights that are fitted to the store's own records take the place of the shipped ones, until somebody goes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.support.crm_people import People, Recipe
from core.flow.identity.model import Model
from core.flow.identity.profile import profile_of
from core.runtime import match_weights
from core.runtime.lanes.match_judge import Judge
from core.runtime.lanes.names import LaneKind, LaneName
from core.runtime.match_weights import TooFew, learn_weights, put_in_force
from core.store.commands.matching import KeepModel
from core.store.queries.match_models import model_in_force
from tests.support.builders import inbound_mapping, rules
from tests.support.engine import WORKSPACE, Engine, running

FIELDS = ("email", "phone", "first_name", "last_name", "company", "city", "country")
ROWS = [{name: row[name] for name in FIELDS if row.get(name)} for row in People(Recipe(seed=21, people=60)).rows()]
PAIR = (
    profile_of({"first_name": "Ada", "last_name": "Lovelace", "city": "Ulm"}),
    profile_of({"first_name": "Ada", "last_name": "Lovelase", "city": "Ulm"}),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running(rules(inbound=[inbound_mapping(fields={name: name for name in FIELDS})])) as made:
        for number, row in enumerate(ROWS):
            made.push(f"p{number}", row)
        made.decide()
        made.clock.advance(3)
        made.step(LaneName(LaneKind.MATCH))
        yield made


def judged(engine: Engine) -> float:
    with engine.store.snapshot() as snapshot:
        score = Judge(snapshot, 0.95).score(*PAIR, 0.0)
    assert score is not None
    return score.logit


def test_few_records_teach_nothing(engine: Engine) -> None:
    with pytest.raises(TooFew, match="1,000 are needed"):
        learn_weights(engine.store)


def test_what_was_learnt_is_weighed_by_until_somebody_goes_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_weights, "FEWEST", 50)
    shipped = judged(engine)
    fitted = learn_weights(engine.store)
    assert fitted.records > 50 and judged(engine) == shipped

    put_in_force(engine.store, fitted, engine.clock.now())
    learnt = judged(engine)
    put_in_force(engine.store, None, engine.clock.now())

    assert learnt != shipped
    assert judged(engine) == shipped


def test_of_a_part_of_the_records_the_share_of_doubles_is_not_learnt(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_weights, "FEWEST", 10)
    whole = learn_weights(engine.store)
    monkeypatch.setattr(match_weights, "MOST", 40)
    part = learn_weights(engine.store)
    assert part.records <= 40 < whole.records
    assert part.model.partners == Model.default().partners != whole.model.partners


def test_a_model_that_stands_on_other_weights_merges_no_more(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_weights, "FEWEST", 50)
    engine.store.write(KeepModel(WORKSPACE, engine.clock.now(), 120, 30, 0.99, True, "{}"))
    put_in_force(engine.store, learn_weights(engine.store), engine.clock.now())
    with engine.store.snapshot() as snapshot:
        assert model_in_force(snapshot) is None
    put_in_force(engine.store, None, engine.clock.now())
