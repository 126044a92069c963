"""The contenders of the bulk benchmark; each runs alone in its process, from the file to the groups."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.support.identity_peers import predicted, trained_linker

OURS, PEER = "ours", "Splink"
EVEN = 0.5
LEFT_OUT = ("id", "job_title", "country")
"""Columns for which nobody would write a comparison by habit."""


def ours(file: Path) -> dict[str, float]:
    """As `leadloom dedupe FILE` does it, normalisation included."""
    from core.runtime.bulk.deduping import Options, plan_records
    from core.runtime.bulk.people_file import open_people

    stages: dict[str, float] = {}
    stage, since = "Opening", time.perf_counter()

    def hear(what: str, _: float) -> None:
        nonlocal stage, since
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - since
        stage, since = what, now

    with tempfile.TemporaryDirectory() as folder:
        plan = plan_records(open_people(file), Path(folder), Options(), ("now", hear))
    hear("", 1.0)
    return {**stages, "pairs": plan.compared, "groups": len(plan.groups)}


def splink(file: Path) -> dict[str, float]:
    """Splink as its guide for deduplication does it: columns in lower case, trained, predicted, clustered at one half."""
    import duckdb
    from splink import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    start = time.perf_counter()
    database = duckdb.connect()
    database.execute("CREATE TABLE raw AS FROM read_csv(?, all_varchar = true)", [str(file)])
    shares = database.execute("SELECT COLUMNS(*).count() / count(*) FROM raw").fetchall()[0]
    named = [column[0] for column in database.execute("SELECT * FROM raw LIMIT 0").description]
    held = dict(zip(named, shares, strict=True))
    columns = [name for name, share in held.items() if share > 1 / 20 and name not in LEFT_OUT]
    lowered = ", ".join(f"lower({name}) AS {name}" for name in columns)
    database.execute(f"CREATE TABLE people AS SELECT row_number() OVER () AS unique_id, {lowered} FROM raw")
    read = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = trained_linker(DuckDBAPI(connection=database).register("people"), columns)
        trained = time.perf_counter()
        pairs = predicted(linker)
        compared = time.perf_counter()
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, EVEN).as_duckdbpyrelation()
        found = clusters.aggregate("cluster_id, count(*) AS n", "cluster_id").filter("n > 1").fetchall()
    stages = {
        "Reading": read - start,
        "Training": trained - read,
        "Comparing": compared - trained,
        "Clustering": time.perf_counter() - compared,
    }
    kept = float(pairs.as_duckdbpyrelation().aggregate("count(*)").fetchall()[0][0])
    return {**stages, "pairs kept": kept, "groups": float(len(found))}


CONTENDERS: Mapping[str, Callable[[Path], dict[str, float]]] = {OURS: ours, PEER: splink}
"""By name: what each took for its parts, in seconds, and how much it found."""
