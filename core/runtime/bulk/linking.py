"""Our comparisons, weights and keys as Splink's settings."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from core.flow.identity.blocking import BlockingKind
from core.flow.identity.levels import COMPARISONS, Comparison
from core.flow.identity.model import Model
from core.flow.identity.sql_levels import LEVELS

if TYPE_CHECKING:
    import duckdb

_SIDE = re.compile(r"\b[a-z_]+_[lr]\b")
SEVERAL = (BlockingKind.ID, BlockingKind.PHONE)
"""Kinds of which a record may have more than one key: their column holds a list."""


def linker_of(connection: duckdb.DuckDBPyConnection, table: str, model: Model) -> Any:
    """Make Splink's linker over a table of records with their keys, weighing by a model."""
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    _define_levels(connection)
    rules = [
        block_on(f"k{int(kind)}", arrays_to_explode=[f"k{int(kind)}"]) if kind in SEVERAL else block_on(f"k{int(kind)}")
        for kind in BlockingKind
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(each, model) for each in COMPARISONS],
        blocking_rules_to_generate_predictions=list(rules),
        probability_two_random_records_match=2.0**model.prior / (1 + 2.0**model.prior),
        unique_id_column_name="number",
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )
    records = DuckDBAPI(connection=connection).register(table)
    return Linker(records, settings, log_level=logging.WARNING, validate_settings=False)


def _define_levels(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each comparison's expression a name: Splink repeats it for every level, and reads it anew each time."""
    for each in COMPARISONS:
        connection.execute(f"CREATE OR REPLACE MACRO level_{each.name}({', '.join(_sides(each))}) AS ({LEVELS[each.name]})")


def _sides(comparison: Comparison) -> list[str]:
    """The columns that a comparison reads."""
    return sorted(set(_SIDE.findall(LEVELS[comparison.name])))


def _comparison(comparison: Comparison, model: Model) -> dict[str, Any]:
    """One comparison; a level's value in Splink counts from the least agreement up, ours from the best one down."""
    expression = f"level_{comparison.name}({', '.join(_sides(comparison))})"
    levels: list[dict[str, Any]] = [{"sql_condition": f"{expression} = -1", "label_for_charts": "not known", "is_null_level": True}]
    for place, (name, level) in enumerate(zip(comparison.words, model.levels[comparison.name], strict=True)):
        last = place == len(comparison.levels) - 1
        condition = "ELSE" if last else f"{expression} = {place}"
        levels.append({"sql_condition": condition, "label_for_charts": name, "m_probability": level.same, "u_probability": level.other})
    return {"output_column_name": comparison.name, "comparison_description": comparison.name, "comparison_levels": levels}


def place_of(comparison: Comparison) -> str:
    """Our level out of Splink's value of a comparison, as SQL."""
    name = f"gamma_{comparison.name}"
    return f"CASE WHEN {name} = -1 THEN -1 ELSE {len(comparison.levels) - 1} - {name} END"
