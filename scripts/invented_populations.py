"""Populations for training: names that nobody has, other habits and other trades than those of the set that we measure with."""

from __future__ import annotations

from random import Random

from benchmarks.support.crm_names import COUNTRIES, Country
from benchmarks.support.crm_people import People, Recipe, Row

SEED = 20_261_124
_HEADS = "b br d dr f fl g gr h j k kl l m n p pr r s sch st t tr v w z".split()  # noqa: SIM905
_HEARTS = "a e i o u ai ei au ie oo".split()  # noqa: SIM905
_TAILS = "n r l s t k m nd rt ck ng ll".split()  # noqa: SIM905
_ENDS = "er mann sen ski son ez ini ova stad ard ley eau".split()  # noqa: SIM905


def populations(seed: int = SEED) -> list[tuple[str, list[Row]]]:
    """Give some populations of rows, each with the number of its person under `entity`; the same seed gives the same."""
    random = Random(seed)
    countries = tuple(_country(random, each, number) for number, each in enumerate(COUNTRIES[1:5]))
    trade = Recipe(
        seed=seed + 1, people=4_000, companies=260, countries=countries, name_skew=0.9, company_skew=0.8, rare_names=0.2,
        extra_records=(0.5, 0.3, 0.1, 0.06, 0.04), mail=(0.52, 0.20, 0.06, 0.22), phone=(0.38, 0.30, 0.32), company=0.85, address=0.2,
        nickname=0.1, name_typo=0.07, namesakes=0.012, job_change=0.15,
    )  # fmt: skip
    private = Recipe(
        seed=seed + 2, people=4_000, companies=900, countries=countries, name_skew=0.7, rare_names=0.5, households=0.12, fathers=0.02,
        extra_records=(0.6, 0.25, 0.1, 0.03, 0.02), mail=(0.08, 0.58, 0.02, 0.32), phone=(0.5, 0.12, 0.38), company=0.2, address=0.6,
        birth=0.35, name_typo=0.1, mail_variant=0.15,
    )  # fmt: skip
    lists = Recipe(
        seed=seed + 3, people=5_000, companies=700, countries=countries, name_skew=0.8, rare_names=0.35, company_skew=0.5,
        extra_records=(0.7, 0.2, 0.06, 0.03, 0.01), mail=(0.45, 0.3, 0.05, 0.2), phone=(0.3, 0.2, 0.5), company=0.6, address=0.4,
        nickname=0.08, plain_letters=0.3, no_given=0.06, initial=0.08, birth=0.05,
    )  # fmt: skip
    register = Recipe(
        seed=seed + 4, people=5_000, companies=50, countries=countries, name_skew=0.8, rare_names=0.4, households=0.1, fathers=0.01,
        extra_records=(0.75, 0.2, 0.05), mail=(0, 0, 0, 1), phone=(0, 0, 1), company=0.0, address=0.7, birth=0.95, name_typo=0.15,
    )  # fmt: skip
    recipes = {"trade": trade, "private": private, "lists": lists, "register": register}
    return [(name, [_with_id(random, row) for row in _with_slips(random, People(recipe).rows())]) for name, recipe in recipes.items()]


def _country(random: Random, like: Country, number: int) -> Country:
    """A country whose people are called otherwise: its first names in another order, its last names made of syllables."""
    given = list(like.given)
    random.shuffle(given)
    return Country(
        like.code, tuple(given), tuple(_family(random) for _ in range(160)), like.cities, f"+99{number}55", like.legal_forms, like.freemail,
        like.top, tuple(f"{_family(random)} {random.choice(('road', 'way', 'weg', 'lane'))}" for _ in range(30)),
    )  # fmt: skip


def _family(random: Random) -> str:
    syllables = random.choice((1, 1, 2))
    body = "".join(random.choice(_HEADS) + random.choice(_HEARTS) + random.choice(_TAILS) for _ in range(syllables))
    return (body + (random.choice(_ENDS) if random.random() < 0.6 else "")).capitalize()


def _with_slips(random: Random, rows: list[Row]) -> list[Row]:
    """Some birth dates are mistyped: a digit, or day and month exchanged."""
    return [
        {**row, "birth_date": _slip(random, row["birth_date"])} if row["birth_date"] and random.random() < 0.08 else row for row in rows
    ]


def _slip(random: Random, date: str) -> str:
    year, month, day = date.split("-")
    if int(day) <= 12 and random.random() < 0.3:
        return f"{year}-{day}-{month}"
    place = random.choice((2, 3, 6, 9))
    return date[:place] + str(random.randrange(10)) + date[place + 1 :]


def _with_id(random: Random, row: Row) -> Row:
    """Few records carry a number of the person; of a tenth of these a digit is wrong."""
    if random.random() > 0.05:
        return row
    number = f"{int(row['entity']) * 7919 + 1_000_000}"
    place = random.randrange(len(number))
    wrong = number[:place] + str(random.randrange(10)) + number[place + 1 :]
    return {**row, "person_id": wrong if random.random() < 0.1 else number}
