"""The score's arithmetic: parts that add up, weights that are kept and fitted, groups, and the judging of all this."""

from __future__ import annotations

import json
from math import log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.identity.clusters import Linkage, group
from core.flow.identity.judging import b_cubed, curve, judge_groups, judge_pairs
from core.flow.identity.logistic import Example, fit_logistic, likelihood
from core.flow.identity.model import PRIOR, RARITY, Model
from core.flow.identity.pairing import candidate_pairs
from core.flow.identity.profile import Profile, pack, profile_of, unpack
from core.flow.identity.resolving import pairs_by_key, resolve

_TEXT = st.text("abcß éo-", max_size=8)
_PROFILES = st.builds(
    Profile,
    given=_TEXT,
    family=_TEXT,
    middle=_TEXT,
    suffix=st.sampled_from(("", "jr", "sr")),
    box=st.sampled_from(("", "a@example.com", "b@example.org")),
    email_local=st.sampled_from(("a", "b")),
    email_domain=st.just("example.com"),
    role_email=st.booleans(),
    phones=st.sampled_from(((), ("+442079460123",), ("+442079460124", "2079460123"))),
    company=_TEXT,
    street=_TEXT,
    house=st.sampled_from(("", "1", "2")),
    city=_TEXT,
    birth_date=st.sampled_from(("", "1980-02-03", "1980-03-02", "1981-07-21")),
    ids=st.sampled_from(((), ("tax_id:12345",), ("tax_id:12346", "linkedin:abcd"))),
)


def people(count: int, seed: int = 3) -> list[dict[str, str | int | float | bool | None]]:
    """Invent records; every third one is told twice, with a letter missing."""
    random = Random(seed)
    names = ["Birkenfeld", "Thistlewood", "Petrescu", "Okonkwo", "Lindqvist", "Fairweather", "Castellano", "Dombrowski", "Hathaway"]
    given = ["Katja", "Owen", "Pavel", "Ada", "Sven", "Mia", "Luca", "Ewa", "Sam", "Nora", "Tariq"]
    records: list[dict[str, str | int | float | bool | None]] = []
    for number in range(count):
        record = {
            "first_name": random.choice(given),
            "last_name": f"{random.choice(names)}{'aeiou'[number % 5]}",
            "x_birth_date": f"{1950 + number % 50}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        }
        records.append(dict(record))
        if number % 3 == 0:
            records.append({**record, "last_name": record["last_name"][:4] + record["last_name"][5:]})
    return records


@given(_PROFILES, _PROFILES)
def test_the_order_of_two_records_makes_no_difference(a: Profile, b: Profile) -> None:
    model = Model.default()
    assert model.score(a, b) == model.score(b, a)
    assert model.logit(a, b) == pytest.approx(model.score(a, b).logit)


@given(_PROFILES)
def test_a_packed_profile_is_read_back_as_it_was(profile: Profile) -> None:
    assert unpack(pack(profile)) == profile


def test_the_parts_add_up_to_the_score_and_have_words() -> None:
    a = profile_of({"first_name": "Bob", "last_name": "Miller", "phone": "+442079460123"})
    b = profile_of({"first_name": "Robert", "last_name": "Miller", "phone": "+442079460123"})
    score = Model.default().score(a, b)
    assert score.logit == pytest.approx(sum(part.weight for part in score.parts))
    assert {"short form of the first name", "same last name", "same phone"} <= {part.words for part in score.parts}


def test_weights_survive_being_written_and_say_where_they_come_from() -> None:
    shipped = Model.default()
    again = Model.from_json(shipped.to_json())
    assert again.to_json() == shipped.to_json()
    assert shipped.provenance["made_by"] == "python -m scripts.train_identity"


def test_weights_of_another_version_are_refused_by_what_they_lack() -> None:
    content = json.loads(Model.default().to_json())
    del content["comparisons"]["phone"]
    with pytest.raises(ValueError, match="phone"):
        Model.from_json(json.dumps(content))


def test_ten_times_as_many_records_make_every_agreement_tell_less() -> None:
    small, large = (Model.default().for_records(records) for records in (1_001, 10_001))
    assert small.prior - large.prior == pytest.approx(log2(10))


def test_a_rare_name_tells_more_than_a_common_one() -> None:
    records = [{"first_name": "Mia", "last_name": f"Lind{'abcdefghij'[number // 10]}{'klmnopqrst'[number % 10]}"} for number in range(80)]
    records += [{"first_name": "Thora", "last_name": "Quackenbush"}, {"first_name": "Thora", "last_name": "Linda"}]
    fitted = resolve([profile_of(each) for each in records]).model

    def rarity(name: str) -> float:
        score = fitted.score(profile_of({"first_name": name}), profile_of({"first_name": name}))
        return sum(part.weight for part in score.parts if part.comparison == RARITY)

    assert rarity("Thora") > rarity("Mia")


def test_records_that_are_told_twice_are_found_without_labels_and_the_same_ones_each_time() -> None:
    profiles = [profile_of(each) for each in people(120)]
    first, second = resolve(profiles), resolve(profiles)
    assert first.pairs == second.pairs
    groups = first.groups()
    assert sum(len(each) == 2 for each in groups) == 40
    assert sorted(place for each in groups for place in each) == list(range(160))


def test_a_key_that_too_many_share_makes_no_pairs() -> None:
    crowd = [profile_of({"email": "bot@example.com", "first_name": name, "last_name": name}) for name in ("Ada", "Owen", "Mia")]
    assert len(candidate_pairs(crowd)) == 3
    assert candidate_pairs(crowd, most=2) == []


def test_records_that_share_a_deterministic_key_are_paired() -> None:
    records = [{"email": "mia@example.com"}, {"email": "mia@example.com", "last_name": "Lind"}, {"email": "info@example.com"}]
    assert pairs_by_key(records) == [(0, 1)]


def test_average_link_does_not_chain_groups_over_one_pair_and_components_do() -> None:
    pairs = {(0, 1): 0.99, (2, 3): 0.98, (1, 2): 0.6}
    assert group(5, pairs) == [[0, 1], [2, 3], [4]]
    assert group(5, pairs, linkage=Linkage.CONNECTED) == [[0, 1, 2, 3], [4]]


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_makes_no_difference_to_the_groups(random: Random) -> None:
    pairs = [((0, 1), 0.9), ((1, 2), 0.8), ((0, 2), 0.7), ((3, 4), 0.9), ((2, 3), 0.9), ((2, 4), 0.2), ((4, 5), 0.5)]
    expected = group(7, dict(pairs))
    random.shuffle(pairs)
    assert group(7, dict(pairs)) == expected


def test_quality_is_counted_as_by_hand() -> None:
    entities = ["a", "a", "a", "b", "b", "c"]
    pairs = judge_pairs([(0, 1), (3, 4), (4, 5)], entities)
    assert (pairs.found, pairs.right, pairs.true) == (3, 2, 4)
    assert [pairs.precision, pairs.recall, pairs.f1] == pytest.approx([2 / 3, 0.5, 4 / 7])
    groups = [[0, 1], [2], [3, 4, 5]]
    assert judge_groups(groups, entities).f1 == pytest.approx(4 / 8)
    assert b_cubed(groups, entities) == pytest.approx(2 * (14 / 18) * (14 / 18) / (28 / 18))
    points = curve({(0, 1): 0.9, (4, 5): 0.6, (3, 4): 0.4}, entities, [0.3, 0.5, 0.95])
    assert [(point.quality.found, point.quality.right) for point in points] == [(3, 2), (2, 1), (0, 0)]


def test_a_logistic_fit_finds_the_rate_and_stands_classes_that_are_cleanly_apart() -> None:
    rate = fit_logistic([Example({0: 1.0}, answer, 1.0) for answer in (True, True, True, False)], 1, [1e-6])
    assert likelihood({0: 1.0}, rate) == pytest.approx(0.75, abs=1e-3)
    apart = [Example({0: 1.0, 1: value}, value > 0) for value in (-40.0, -30.0, 25.0, 60.0)]
    weights = fit_logistic(apart, 2, [0.1, 0.1], [0.0, 1.0])
    assert likelihood({0: 1.0, 1: 30.0}, weights) > 0.9
    assert likelihood({0: 1.0, 1: -30.0}, weights) < 0.1


def test_the_first_part_is_how_rare_it_is_that_two_are_one() -> None:
    score = Model.default().score(Profile(), Profile())
    assert [part.comparison for part in score.parts] == [PRIOR]
