"""What others make of the same rows: exact e-mail or phone, recordlinkage's ECM classifier, Splink with its usual settings."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import combinations
from typing import Any

from benchmarks.support.labelled_sets import Row

Pairs = dict[tuple[int, int], float]
Matcher = Callable[[Sequence[Row]], Pairs]

_BLOCKS = (
    ("email",), ("phone",), ("birth_date",), ("first_name", "last_name"), ("last_name", "company"), ("first_name", "company"),
    ("last_name", "postal_code"), ("first_name", "postal_code"), ("soc_sec_id",),
)  # fmt: skip
_LEAST = 0.01


def exact(rows: Sequence[Row]) -> Pairs:
    """Whoever has the same e-mail address or phone is the same person."""
    return dict.fromkeys(_sharing(rows, (("email",), ("phone",))), 1.0)


def _sharing(rows: Sequence[Row], blocks: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    for names in blocks:
        postings: dict[tuple[str, ...], list[int]] = {}
        for place, row in enumerate(rows):
            key = tuple(row.get(name, "").casefold() for name in names)
            if all(key):
                postings.setdefault(key, []).append(place)
        for places in postings.values():
            yield from combinations(places, 2)


def _present(rows: Sequence[Row]) -> list[str]:
    names = ("first_name", "last_name", "email", "phone", "company", "postal_code", "city", "street", "birth_date", "soc_sec_id")
    return [name for name in names if sum(1 for row in rows if row.get(name)) > len(rows) / 20]


def _frame(rows: Sequence[Row], columns: Sequence[str]) -> Any:
    pandas = import_module("pandas")
    content = [{name: row.get(name, "").casefold() or None for name in columns} for row in rows]
    return pandas.DataFrame(content, index=range(len(rows)), columns=list(columns))


def ecm(rows: Sequence[Row]) -> Pairs:
    """Recordlinkage: names by Jaro-Winkler at 0.85, everything else exact, then its unsupervised ECM classifier as it comes."""
    pandas, recordlinkage = import_module("pandas"), import_module("recordlinkage")
    columns = _present(rows)
    frame = _frame(rows, columns)
    blocks = [names for names in _BLOCKS if set(names) <= set(columns)]
    index = pandas.MultiIndex.from_tuples(sorted(set(_sharing(rows, blocks))))
    compare = recordlinkage.Compare()
    for name in columns:
        if name in ("first_name", "last_name", "company", "street"):
            compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
        else:
            compare.exact(name, name, label=name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectors = compare.compute(index, frame)
        found = recordlinkage.ECMClassifier().fit_predict(vectors)
    return {(min(pair), max(pair)): 1.0 for pair in found}


def splink(rows: Sequence[Row]) -> Pairs:
    """Splink on DuckDB as its guide for deduplication does it, with the comparisons of its library for the columns that there are."""
    from splink import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = _present(rows)
    frame = _frame(rows, columns)
    frame["unique_id"] = range(len(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scored = predicted(trained_linker(DuckDBAPI().register(frame), columns)).as_duckdbpyrelation()
        found = scored.select("unique_id_l", "unique_id_r", "match_probability").fetchall()
    return {(min(one, other), max(one, other)): likely for one, other, likely in found}


def trained_linker(registered: Any, columns: Sequence[str]) -> Any:
    """Splink's linker over a registered table of texts with a `unique_id`, trained without labels as its guide says."""
    from splink import Linker, SettingsCreator, block_on

    blocks = [names for names in _BLOCKS if set(names) <= set(columns)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=_comparisons(columns),
        blocking_rules_to_generate_predictions=[block_on(*names) for names in blocks],
    )
    linker = Linker(registered, settings, log_level=logging.ERROR)
    certain = [names for names in (*_BLOCKS[3:5], ("email",), ("soc_sec_id",)) if set(names) <= set(columns)]
    if "birth_date" in columns:
        certain = [("first_name", "birth_date"), ("last_name", "birth_date")]
    linker.training.estimate_probability_two_random_records_match([block_on(*names) for names in certain], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for names in blocks[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*names))
    return linker


def predicted(linker: Any) -> Any:
    """All pairs that a linker finds likely at all."""
    return linker.inference.predict(threshold_match_probability=_LEAST)


def _comparisons(columns: Sequence[str]) -> list[Any]:
    import splink.comparison_library as library

    made: dict[str, Callable[[], Any]] = {
        "first_name": lambda: library.NameComparison("first_name").configure(term_frequency_adjustments=True),
        "last_name": lambda: library.NameComparison("last_name").configure(term_frequency_adjustments=True),
        "email": lambda: library.EmailComparison("email"),
        "phone": lambda: library.ExactMatch("phone").configure(term_frequency_adjustments=True),
        "company": lambda: library.JaroWinklerAtThresholds("company", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        "postal_code": lambda: library.ExactMatch("postal_code").configure(term_frequency_adjustments=True),
        "city": lambda: library.ExactMatch("city").configure(term_frequency_adjustments=True),
        "street": lambda: library.JaroWinklerAtThresholds("street", [0.9, 0.8]),
        "birth_date": lambda: library.DateOfBirthComparison("birth_date", input_is_string=True),
        "soc_sec_id": lambda: library.DamerauLevenshteinAtThresholds("soc_sec_id", [1]),
    }
    return [made[name]() for name in columns]


PEERS: Mapping[str, Matcher] = {"exact e-mail or phone": exact, "recordlinkage ECM": ecm, "Splink": splink}
"""By name; each raises ImportError where it is not installed."""
