"""What the mapping is compared with: the same record to the same flat shape, written in each peer's own way."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from benchmarks.support.mapping_peers.rules import Mapper


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer: the module here that drives it, and how many records of 5,000 it maps (a slow one fewer)."""

    name: str
    told: str
    share: int
    bar: str | None = "> 1"

    def load(self) -> Mapper | None:
        """Give its mapper; None when the peer is not installed."""
        try:
            return import_module(f"benchmarks.support.mapping_peers.with_{self.name}").prepare()  # type: ignore[no-any-return]
        except ImportError:
            return None


PEERS = (
    Peer("pydantic", "a pydantic model", 5_000),
    Peer("dlt", "dlt add_map, row by row", 1_000),
    Peer("dlt_pages", "dlt add_map of the hand-written function over pages of 1,000 rows", 5_000, None),
    Peer("jmespath", "jmespath and Python", 2_000),
    Peer("singer", "a Singer stream map", 500),
    Peer("cel_rust", "CEL in Rust", 500),
    Peer("jinja", "sandboxed Jinja2", 500),
    Peer("glom", "glom", 250),
    Peer("jsonata", "jsonata-python", 250),
    Peer("cel_python", "cel-python", 50),
)
WHOLE = 5_000
