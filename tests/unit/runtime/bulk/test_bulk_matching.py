"""Many records at once give what record by record gives: the same levels, the same weights, the same pairs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.support.crm_people import People, Recipe
from core.flow.identity.clusters import Linkage
from core.flow.identity.levels import COMPARISONS, pattern_of
from core.flow.identity.pairing import candidate_pairs
from core.flow.identity.profile import Profile, profile_of
from core.flow.identity.resolving import pairs_by_key, resolve
from core.flow.identity.sql_levels import FLAGS, LEVELS, LISTS, TEXTS, columns_of
from core.model.records import Scalar
from core.runtime.bulk.bench import Workbench
from core.runtime.bulk.deduping import Options, plan_records

duckdb = pytest.importorskip("duckdb", reason="the bulk set is not installed: make setup-bulk")

PEOPLE = [{name: value for name, value in row.items() if name != "entity"} for row in People(Recipe(seed=5, people=120)).rows()]
PROFILES = [profile_of(row) for row in PEOPLE]


class Known:
    """The people, in the place of a file."""

    name = "people.csv"
    refine = None

    def records(self) -> Iterator[tuple[str, Mapping[str, Scalar]]]:
        """Each with its number."""
        return ((str(number), row) for number, row in enumerate(PEOPLE))

    def fingerprint(self) -> str:
        """They never change."""
        return "as they were"

    def expected(self) -> int:
        """All."""
        return len(PEOPLE)


def quiet(_: str, __: float) -> None:
    """Hear nothing."""


def levels_in_sql(pairs: list[tuple[Profile, Profile]]) -> list[tuple[int, ...]]:
    names = (*TEXTS, *LISTS, *FLAGS)
    kinds = [*["VARCHAR"] * len(TEXTS), *["VARCHAR[]"] * len(LISTS), *["BOOLEAN"] * len(FLAGS)]
    connection = duckdb.connect()
    sides = [f"{name}_{side} {kind}" for side in "lr" for name, kind in zip(names, kinds, strict=True)]
    connection.execute(f"CREATE TABLE pair (number INT, {', '.join(sides)})")
    rows = [[number, *(columns_of(side)[name] for side in pair for name in names)] for number, pair in enumerate(pairs)]
    connection.executemany(f"INSERT INTO pair VALUES ({', '.join('?' for _ in rows[0])})", rows)
    chosen = ", ".join(f"({LEVELS[each.name]})" for each in COMPARISONS)
    return [tuple(row) for row in connection.execute(f"SELECT {chosen} FROM pair ORDER BY number").fetchall()]


def test_the_levels_of_invented_people_are_the_same_in_sql() -> None:
    chance = random.Random(3)
    pairs = [*candidate_pairs(PROFILES), *(tuple(chance.sample(range(len(PROFILES)), 2)) for _ in range(300))]
    chosen = [(PROFILES[pair[0]], PROFILES[pair[1]]) for pair in pairs]
    assert levels_in_sql(chosen) == [pattern_of(*pair) for pair in chosen]


_WORD = st.text("abcdeE-' ", max_size=8)
_DIGITS = st.text("0123456789", min_size=0, max_size=10)
_MAIL = st.builds(
    "{}@{}".format, st.text("abc.1", min_size=1, max_size=6), st.sampled_from(["gmail.com", "a.example", "b.example", "info.test"])
)
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "first_name": _WORD, "middle_name": _WORD, "last_name": _WORD, "suffix": st.sampled_from(["jr", "sr", "III"]), "email": _MAIL,
        "phone": st.builds("{}{}".format, st.sampled_from(["+49", "0", ""]), _DIGITS), "mobile": _DIGITS, "company": _WORD,
        "street": st.builds("{} {}".format, _WORD, st.sampled_from(["", "1", "12"])), "postal_code": st.sampled_from(["12345", "12346"]),
        "city": st.sampled_from(["Ulm", "Ulmm", "Bonn"]), "country": st.sampled_from(["DE", "FR"]),
        "birth_date": st.sampled_from(["1980-03-05", "1980-05-03", "1980-03-06", "1990-03-05", "1971-11-12"]),
        "x_tax_id": st.sampled_from(["12345", "12346", "99999"]),
    },
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_VALUES, _VALUES), min_size=1, max_size=20))
def test_the_levels_of_anything_are_the_same_in_sql(pairs: list[tuple[Mapping[str, Scalar], Mapping[str, Scalar]]]) -> None:
    chosen = [(profile_of(one), profile_of(other)) for one, other in pairs]
    assert levels_in_sql(chosen) == [pattern_of(*pair) for pair in chosen]


def test_splink_compares_the_pairs_that_share_a_key_and_no_others(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, threads=1)
    bench.load(((str(number), row) for number, row in enumerate(PEOPLE)), None, quiet, len(PEOPLE))
    compared = bench.compare(resolve(PROFILES).model, quiet)
    assert set(bench.likely(resolve(PROFILES).model, 0.0)) == set(candidate_pairs(PROFILES))
    assert compared.pairs == len(candidate_pairs(PROFILES))
    bench.close()


def test_the_groups_are_those_of_record_by_record(tmp_path: Path) -> None:
    plan = plan_records(Known(), tmp_path, Options(threads=1), ("now", quiet))
    one_by_one = resolve(PROFILES, certain=pairs_by_key(PEOPLE)).groups()
    assert sorted(sorted(map(int, each.members)) for each in plan.groups) == sorted(each for each in one_by_one if len(each) > 1)
    assert plan.records == len(PEOPLE) and plan.costs.merges == sum(len(each.members) - 1 for each in plan.groups)


def test_everything_that_hangs_together_is_one_group_where_that_is_asked_for(tmp_path: Path) -> None:
    average = plan_records(Known(), tmp_path, Options(threads=1), ("now", quiet))
    connected = plan_records(Known(), tmp_path, Options(linkage=Linkage.CONNECTED, threads=1), ("now", quiet))
    assert len(connected.groups) <= len(average.groups)
    assert max(len(each.members) for each in connected.groups) >= max(len(each.members) for each in average.groups)


def test_what_was_compared_before_a_stop_is_not_compared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.runtime.bulk import bench, deduping

    monkeypatch.setattr(bench, "RECORDS_A_CHUNK", 60)
    heard: list[str] = []

    def stopping(what: str, share: float) -> None:
        heard.append(what)
        if what == "Comparing" and share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_records(Known(), tmp_path, Options(threads=1), ("now", stopping))
    compared: list[int] = []
    keep = bench.Workbench._keep

    def watching(self: Workbench, found: str, number: int) -> None:
        compared.append(number)
        keep(self, found, number)

    monkeypatch.setattr(bench.Workbench, "_keep", watching)
    resumed = deduping.plan_records(Known(), tmp_path, Options(threads=1), ("now", quiet))
    assert compared and min(compared) > 0
    assert not [each for each in tmp_path.iterdir() if each.is_dir()]
    monkeypatch.undo()
    whole = plan_records(Known(), tmp_path, Options(threads=1), ("now", quiet))
    assert resumed == whole


def test_no_personal_data_is_on_disk_while_it_works(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, threads=1)
    bench.load(((str(number), row) for number, row in enumerate(PEOPLE)), None, quiet, len(PEOPLE))
    bench.compare(resolve(PROFILES).model, quiet)
    bench.close()
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert content
    told = {value.encode() for profile in PROFILES for value in (profile.box, profile.family, profile.company) if len(value) > 5}
    assert not [value for value in told if value in content]
