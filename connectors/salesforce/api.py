"""How Salesforce is addressed: resource paths, SOQL text and ids, each made safe against whatever a value contains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from core.contract import ContractBroken

DATA = "/services/data"
MOST_ROWS = 200
"""Records in one sObject Collections request (REST guide, "sObject Collections")."""
CONDITION_CHARACTERS = 3_800
"""A WHERE clause may have 4,000 characters (SOQL guide, "SOQL and SOSL Limits")."""
URI_BYTES = 12_000
"""URI and headers together may have 16,384 bytes (API limits); this leaves room for the token."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})


@dataclass(frozen=True, slots=True)
class Paths:
    """The resources of one API version, relative to the instance."""

    version: str

    @property
    def root(self) -> str:
        """Where all resources of this version begin."""
        return f"{DATA}/v{self.version}"

    def of(self, *segments: str) -> str:
        """Join segments under the root; each is percent-encoded whole, so none can leave its place."""
        return "/".join([self.root, *(segment(one) for one in segments)])

    def collections(self, *target: str) -> str:
        """The sObject Collections resource; with object and external-id field, the one that upserts."""
        return self.of("composite", "sobjects", *target)

    def job(self, job_id: str | None = None, *part: str) -> str:
        """The ingest jobs of Bulk API 2.0, one of them, or a part of one."""
        return self.of("jobs", "ingest", *([job_id] if job_id else []), *part)

    def query_job(self, job_id: str | None = None, *part: str) -> str:
        """The query jobs of Bulk API 2.0, one of them, or a part of one."""
        return self.of("jobs", "query", *([job_id] if job_id else []), *part)


def segment(value: str) -> str:
    """Percent-encode a value as one path segment; raises ContractBroken for those that no encoding makes safe."""
    if value in {"", ".", ".."}:
        raise ContractBroken("A path segment is empty or a dot segment.")
    return quote(value, safe="", errors="strict")


def api_name(value: str) -> str:
    """Give an object or field name back when it is one; raises ContractBroken, because SOQL cannot quote names."""
    if not _NAME.fullmatch(value):
        raise ContractBroken("An object or field name holds something else than letters, digits and underscores.")
    return value


def is_record_id(value: str) -> bool:
    """Whether a text has the form of a record id, of 15 or 18 characters."""
    return _ID.fullmatch(value) is not None


def text_literal(value: str) -> str:
    """Quote a text for SOQL (SOQL guide, "Quoted String Escape Sequences")."""
    return f"'{value.translate(_ESCAPES)}'"


def time_literal(moment: datetime) -> str:
    """Write an aware time for SOQL and for the replication resources: UTC, whole seconds, unquoted."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime:
    """Read a time as Salesforce writes it (`2026-01-01T00:00:00.000+0000`); raises ValueError when it names no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


def in_list(field: str, literals: Iterable[str]) -> str:
    """The condition that a field has one of these values."""
    return f"{api_name(field)} IN ({','.join(literals)})"


def select(fields: Sequence[str], object_name: str, where: str = "") -> str:
    """A SOQL query without order."""
    columns = ",".join(api_name(name) for name in fields)
    return f"SELECT {columns} FROM {api_name(object_name)}" + (f" WHERE {where}" if where else "")


def chunks_that_fit(pieces: Sequence[str], *, most: int = MOST_ROWS) -> Iterator[slice]:
    """Cut a list of conditions or literals so that each part fits into one WHERE clause and one URI."""
    start, characters, encoded = 0, 0, 0
    for at, piece in enumerate(pieces):
        length, coded = len(piece) + 4, len(quote(piece, safe="")) + 12
        if at > start and (at - start >= most or characters + length > CONDITION_CHARACTERS or encoded + coded > URI_BYTES // 2):
            yield slice(start, at)
            start, characters, encoded = at, 0, 0
        characters, encoded = characters + length, encoded + coded
    if start < len(pieces):
        yield slice(start, len(pieces))
