"""Records as columns in DuckDB, and their pairs compared by Splink: the same keys, levels and rarities as record by record.

Profiles stay in memory and are never on disk unencrypted; what is kept to go on after a stop are numbers and levels of pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.contract import ConfigInvalid
from core.flow.identity.blocking import BlockingKind
from core.flow.identity.frequencies import Frequencies, met_by_chance
from core.flow.identity.levels import COMPARISONS
from core.flow.identity.model import MOST_RARITY, Model
from core.flow.identity.pairing import MOST_SHARERS
from core.flow.identity.sql_levels import LEVELS, LISTS, RARITIES, TEXTS
from core.flow.identity.training import Counted, Observed, spread_pairs
from core.runtime.bulk.linking import SEVERAL, linker_of, place_of
from core.runtime.bulk.preparing import COLUMNS, Record, Refine, all_prepared

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_AT_ONCE = 20_000
RECORDS_A_CHUNK = 100_000
_PATTERN = [f"g_{each.name}" for each in COMPARISONS]
_RAREST = 0.5
Progress = Callable[[str, float], None]
"""Is told what is done now, and which share of it is."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing came to: all pairs as patterns, and which pairs are kept."""

    records: int
    pairs: int
    observed: Observed


class Workbench:
    """One comparison of many records; used by one thread. `folder` keeps what has been compared, for going on after a stop."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Open a database in memory, and the file of pairs in `folder`; raises ConfigInvalid when the bulk set is not installed."""
        self._db = _connect(threads)
        self._threads = threads
        self.ids: list[str] = []
        self._db.execute(f"ATTACH '{_quoted(folder / 'pairs.duckdb')}' AS kept")
        self._db.execute("CREATE TABLE IF NOT EXISTS kept.chunk (number INT PRIMARY KEY)")
        columns = ", ".join(f"{name} TINYINT" for name in _PATTERN)
        self._db.execute(f"CREATE TABLE IF NOT EXISTS kept.pair (one INT, other INT, {columns}, rarity DOUBLE)")
        self._db.execute(f"CREATE TABLE IF NOT EXISTS kept.pattern ({columns}, bits INT, pairs BIGINT)")

    def close(self) -> None:
        """Let go of memory and file."""
        self._db.close()

    def load(self, records: Iterable[Record], refine: Refine | None, progress: Progress, expected: int) -> None:
        """Take the records in, in their order; the order must be the same when a stopped comparison goes on.

        `refine` makes their values canonical, where they are not.
        """
        self._db.execute(f"CREATE TABLE told (number INT, packed BLOB, {', '.join(_typed())})")
        self._db.execute("CREATE TABLE posting (kind INT, text VARCHAR, number INT)")
        self._db.execute("CREATE TABLE certain (key BLOB, number INT)")
        for part in all_prepared(records, refine, self._threads):
            first = len(self.ids)
            self.ids += part.ids
            self._append("told", part.told, f"* REPLACE (number + {first} AS number)")
            self._append("posting", part.posting, f"* REPLACE (number + {first} AS number)")
            self._append("certain", part.certain, f"* REPLACE (number + {first} AS number)")
            progress("Reading records", min(1.0, len(self.ids) / max(expected, 1)))
        progress("Finding who shares a key", 0.0)
        self._keys()
        self._rarities()

    def _append(self, table: str, rows: pa.Table, chosen: str = "*") -> None:
        self._db.register("coming", rows)
        self._db.execute(f"INSERT INTO {table} SELECT {chosen} FROM coming")
        self._db.unregister("coming")

    def _take(self, table: str, columns: dict[str, Any]) -> None:
        import pyarrow as pa

        self._append(table, pa.table(columns))

    def _keys(self) -> None:
        """One column for each kind of key; keys that only one record has, or too many have, make no pairs and are left out."""
        shared = f"SELECT kind, text FROM posting GROUP BY ALL HAVING count(DISTINCT number) BETWEEN 2 AND {MOST_SHARERS}"
        of_kind = [
            f"list(text) FILTER (kind = {int(kind)}) AS k{int(kind)}"
            if kind in SEVERAL
            else f"any_value(text) FILTER (kind = {int(kind)}) AS k{int(kind)}"
            for kind in BlockingKind
        ]
        self._db.execute(
            f"CREATE TABLE keyed AS SELECT number, {', '.join(of_kind)}"
            f" FROM posting SEMI JOIN ({shared}) USING (kind, text) GROUP BY number"
        )
        self._db.execute("DROP TABLE posting")

    def _rarities(self) -> None:
        """By how many bits agreement on a record's own value tells more than on the average one."""
        for name in RARITIES:
            counted = f"SELECT {name}, count(*) AS n FROM told WHERE {name} <> '' GROUP BY ALL"
            expected = f"greatest({_RAREST}, coalesce((SELECT sum(n * (n - 1)) / sum(n) FROM ({counted})), 0))"
            self._db.execute(
                f"CREATE TABLE r_{name} AS SELECT {name}, log2({expected} / greatest(n - 1, {_RAREST})) AS bits FROM ({counted})"
            )
        self._db.execute(
            "CREATE TABLE shared AS SELECT phone, -log2(count(DISTINCT left(given, 3) || left(family, 1))) AS bits"
            " FROM (SELECT unnest(phones) AS phone, given, family FROM told) GROUP BY phone"
        )
        bits = ", ".join(f"coalesce(r_{name}.bits, 0) AS s_{name}" for name in RARITIES)
        joins = " ".join(f"LEFT JOIN r_{name} ON told.{name} = r_{name}.{name}" for name in RARITIES)
        shared = (
            "SELECT number, map(list(phone), list(bits)) AS phone_bits"
            " FROM (SELECT number, unnest(phones) AS phone FROM told) JOIN shared USING (phone) GROUP BY number"
        )
        keys = ", ".join(f"k{int(kind)}" for kind in BlockingKind)
        self._db.execute(
            f"CREATE TABLE record AS SELECT told.*, {keys}, {bits}, phone_bits FROM told LEFT JOIN keyed USING (number)"
            f" LEFT JOIN ({shared}) USING (number) {joins} ORDER BY number"
        )
        for table in ("told", "keyed", "shared", *(f"r_{name}" for name in RARITIES)):
            self._db.execute(f"DROP TABLE {table}")

    def compare(self, model: Model, progress: Progress) -> Compared:
        """Compare all pairs that share a key, a part of the records at a time; parts that were done before a stop are not done again."""
        parts = max(1, -(-len(self.ids) // RECORDS_A_CHUNK))
        done = {number for (number,) in self._db.execute("SELECT number FROM kept.chunk").fetchall()}
        linker = linker_of(self._db, "record", model)
        for number in range(parts):
            if number not in done:
                found = linker.inference.predict_chunk(left_chunk=(number + 1, parts))
                self._keep(found.physical_name, number)
                found.drop_table_from_database_and_remove_from_cache()
            progress("Comparing", (number + 1) / parts)
        counted = {
            (tuple(row[: len(_PATTERN)]), row[-2]): float(row[-1])
            for row in self._db.execute(
                f"SELECT {', '.join(_PATTERN)}, bits, sum(pairs) FROM kept.pattern GROUP BY ALL ORDER BY ALL"
            ).fetchall()
        }
        return Compared(len(self.ids), int(sum(counted.values())), Observed(counted, self._sample(), len(self.ids)))

    def _keep(self, found: str, number: int) -> None:
        levels = ", ".join(f"{place_of(each)} AS g_{each.name}" for each in COMPARISONS)
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT p.*, {_rarity_sql()} AS rarity"
            f" FROM (SELECT number_l AS one, number_r AS other, {levels} FROM {found}) AS p"
            " JOIN record AS l ON l.number = p.one JOIN (SELECT number, phones AS phones_r FROM record) AS r ON r.number = p.other"
        )
        names = ", ".join(_PATTERN)
        self._db.execute("BEGIN")
        self._db.execute(f"INSERT INTO kept.pattern SELECT {names}, round_even(rarity, 0)::INT, count(*) FROM fresh GROUP BY ALL")
        self._db.execute(f"INSERT INTO kept.pair SELECT one, other, {names}, rarity FROM fresh")
        self._db.execute("INSERT INTO kept.chunk VALUES (?)", [number])
        self._db.execute("COMMIT")
        self._db.execute("DROP TABLE fresh")

    def _sample(self) -> Counted:
        """Pairs taken from all over: what two people agree on by chance. The same records give the same."""
        count = len(self.ids)
        if count < 2:
            return {}
        drawn = [sorted(pair) for pair in spread_pairs(count)]
        self._db.execute("CREATE OR REPLACE TEMP TABLE drawn (one INT, other INT)")
        self._take("drawn", dict(zip(("one", "other"), _columns([pair for pair in drawn if pair[0] != pair[1]], 2), strict=True)))
        (kept,) = self._db.execute("SELECT count(*) FROM kept.pair").fetchone() or (0,)
        sides = ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in COLUMNS)
        both = (
            f"SELECT one, other, {sides} FROM (FROM drawn ANTI JOIN kept.pair USING (one, other))"
            " JOIN record l ON l.number = one JOIN record r ON r.number = other"
        )
        levels = ", ".join(f"({LEVELS[each.name]}) AS g_{each.name}" for each in COMPARISONS)
        met = Counter(
            {
                tuple(row[:-1]): row[-1]
                for row in self._db.execute(f"SELECT {levels}, count(*) FROM ({both}) GROUP BY ALL ORDER BY ALL").fetchall()
            }
        )
        scale = (count * (count - 1) / 2 - kept) / max(met.total(), 1)
        return {(pattern, 0): number * scale for pattern, number in met.items()}

    def shareable(self) -> float:
        """The share of records that carry what several people may have in common."""
        carries = "avg((box <> '' OR len(phones) > 0 OR company <> '' OR street <> '')::INT)"
        (share,) = self._db.execute(f"SELECT coalesce({carries}, 0) FROM record").fetchone() or (0.0,)
        return float(share)

    def likely(self, model: Model, least: float) -> dict[tuple[int, int], float]:
        """The pairs whose probability under a model is at least so much, and those that share a deterministic key."""
        import pyarrow as pa

        names = ", ".join(_PATTERN)
        patterns = self._db.execute(f"SELECT DISTINCT {names} FROM kept.pair").fetchall()
        weights = {name: pa.array([row[place] for row in patterns], pa.int8()) for place, name in enumerate(_PATTERN)}
        weights["weight"] = pa.array([model.prior + model.weigh(row) for row in patterns], pa.float64())
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE weight ({', '.join(f'{name} TINYINT' for name in _PATTERN)}, weight DOUBLE)")
        self._take("weight", weights)
        likely = "1 / (1 + pow(2, -greatest(-60, least(60, weight + rarity))))"
        rows = self._db.execute(
            f"SELECT one, other, {likely} AS p FROM kept.pair JOIN weight USING ({names}) WHERE p >= {least} ORDER BY one, other"
        ).fetchall()
        return {(one, other): p for one, other, p in rows} | dict.fromkeys(self._certain(), 1.0)

    def _certain(self) -> Iterator[tuple[int, int]]:
        shared = f"SELECT key FROM certain GROUP BY key HAVING count(DISTINCT number) BETWEEN 2 AND {MOST_SHARERS}"
        pairs = "SELECT DISTINCT a.number, b.number FROM mine a JOIN mine b ON a.key = b.key AND a.number < b.number"
        yield from self._db.execute(f"WITH mine AS (SELECT * FROM certain SEMI JOIN ({shared}) USING (key)) {pairs}").fetchall()

    def packed(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The packed profiles of some records."""
        found: dict[int, bytes] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            part = list(numbers[start : start + _AT_ONCE])
            found |= dict(self._db.execute("SELECT number, packed FROM record WHERE number IN (SELECT unnest(?))", [part]).fetchall())
        return found

    def frequencies(self) -> Frequencies:
        """How common the values are whose rarity counts."""
        counts = {
            name: dict(self._db.execute(f"SELECT {name}, count(*) FROM record WHERE {name} <> '' GROUP BY ALL").fetchall())
            for name in RARITIES
        }
        phones = "SELECT unnest(map_keys(phone_bits)) AS phone, unnest(map_values(phone_bits)) AS bits FROM record"
        sharers = self._db.execute(f"SELECT DISTINCT phone, round(pow(2, -bits))::INT FROM ({phones}) WHERE bits < 0").fetchall()
        return Frequencies(counts, {name: met_by_chance(found) for name, found in counts.items()}, dict(sharers))


def _connect(threads: int | None) -> duckdb.DuckDBPyConnection:
    try:
        import duckdb
        import splink  # noqa: F401 - needed later; said now
    except ImportError as error:
        hint = "Run `make setup-bulk`, or `pip install 'leadloom[bulk]'`."
        raise ConfigInvalid("Matching in bulk needs Splink and DuckDB, which are not installed.", setting="bulk", hint=hint) from error
    connection = duckdb.connect(":memory:")
    if threads:
        connection.execute(f"SET threads = {int(threads)}")
    return connection


def _rarity_sql() -> str:
    """The rarity of what agrees, in bits, within the bounds of the model."""
    terms = [f"CASE WHEN g_{comparison} = {level} THEN l.s_{name} ELSE 0 END" for name, (comparison, level) in RARITIES.items()]
    shared = "list_max(list_transform(list_intersect(l.phones, phones_r), lambda phone: coalesce(l.phone_bits[phone], 0)))"
    terms.append(f"CASE WHEN g_phone = 0 THEN coalesce({shared}, 0) ELSE 0 END")
    return f"greatest(-{MOST_RARITY}, least({MOST_RARITY}, {' + '.join(terms)}))"


def _typed() -> list[str]:
    return [f"{name} {'VARCHAR' if name in TEXTS else 'VARCHAR[]' if name in LISTS else 'BOOLEAN'}" for name in COLUMNS]


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(width)]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
