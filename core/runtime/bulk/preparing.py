"""Records made ready to be compared, in several processes: canonical values, profiles, keys, as columns for DuckDB."""

from __future__ import annotations

import hashlib
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

from core.flow.identity.blocking import blocking_keys
from core.flow.identity.keys import lead_keys
from core.flow.identity.profile import pack, profile_of
from core.flow.identity.sql_levels import FLAGS, LISTS, TEXTS, columns_of
from core.flow.quality.absurd import Absurd, AbsurdRule
from core.flow.quality.in_force import QualityRules, in_force, put_in_force
from core.model.records import Scalar, Value

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 5_000
FEW = 4 * AT_ONCE
"""Up to so many records are made ready in this process: others take a second to start."""
COLUMNS = (*TEXTS, *LISTS, *FLAGS)
Record = tuple[str, Mapping[str, Scalar]]
Refine = Callable[[Mapping[str, Scalar]], Mapping[str, Scalar]]
"""Makes values canonical; a function of a module, for other processes have to find it."""


class Prepared(NamedTuple):
    """Some records: their ids, and their rows for the tables of profiles, blocking keys and deterministic keys.

    Within a part records are numbered from 0.
    """

    ids: list[str]
    told: pa.Table
    posting: pa.Table
    certain: pa.Table


def prepare(part: Sequence[Record], refine: Refine | None) -> Prepared:
    """Make records ready to be compared."""
    import pyarrow as pa

    values = [refine(each) if refine else each for _, each in part]
    profiles = [profile_of(each) for each in values]
    columns = [columns_of(each) for each in profiles]
    told: dict[str, Any] = {"number": pa.array(range(len(part)), pa.int32()), "packed": pa.array(map(pack, profiles), pa.binary())}
    told |= {name: pa.array([each[name] for each in columns], _type(name)) for name in COLUMNS}
    keys = [(key.kind, key.text, number) for number, each in enumerate(profiles) for key in blocking_keys(each)]
    certain = [(key, number) for number, each in enumerate(values) for key in _certain(each)]
    return Prepared(
        [each for each, _ in part],
        pa.table(told),
        pa.table({"kind": _column(keys, 0, pa.int32()), "text": _column(keys, 1, pa.string()), "number": _column(keys, 2, pa.int32())}),
        pa.table({"key": _column(certain, 0, pa.binary()), "number": _column(certain, 1, pa.int32())}),
    )


def all_prepared(records: Iterable[Record], refine: Refine | None, processes: int | None = None) -> Iterator[Prepared]:
    """Make all records ready, in their order, in parts; where there are many, in so many processes.

    None: one a core, less the one that reads and writes; on two cores another process gains nothing.
    """
    count = processes or (os.cpu_count() or 1) - 1
    waiting = iter(records)
    first = list(islice(waiting, FEW)) if count > 1 else []
    is_few = len(first) < FEW
    parts = _parts(chain(first, waiting))
    del first
    if is_few:
        yield from (prepare(part, refine) for part in parts)
        return
    rules = in_force()
    start = (rules.absurd.rules, rules.region)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=start) as pool:
        under_way: deque[Future[Prepared]] = deque()
        try:
            for part in parts:
                under_way.append(pool.submit(prepare, part, refine))
                if len(under_way) > count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(rules: Sequence[AbsurdRule], region: str | None) -> None:
    """Have the same rules for values as the process that asks, and leave a stop to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    put_in_force(QualityRules(Absurd(rules), region))


def _parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    waiting = iter(records)
    while part := list(islice(waiting, AT_ONCE)):
        yield part


def _certain(values: Mapping[str, Scalar]) -> list[bytes]:
    held = {name: Value(value) for name, value in values.items() if value not in (None, "")}
    return [key.kind.encode() + key.digest for key in lead_keys(held, _plainly)]


def _plainly(_: str, text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _type(name: str) -> Any:
    import pyarrow as pa

    return pa.string() if name in TEXTS else pa.list_(pa.string()) if name in LISTS else pa.bool_()


def _column(rows: Sequence[Sequence[Any]], place: int, kind: Any) -> Any:
    import pyarrow as pa

    return pa.array([row[place] for row in rows], kind)
