"""What the remote in memory pushes: signed JSON with whole records.

The signature stands in `x-memory-signature`; it covers `<x-memory-timestamp>.<raw body>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.contract import Change, Event, InboundRequest, Invalid, NativeId, ObjectName, Version
from core.contract.signatures import Part, Scheme

SCHEME = Scheme(
    "Memory",
    "x-memory-signature",
    signed=(Part.TIMESTAMP, b".", Part.BODY),
    timestamp_header="x-memory-timestamp",
    tolerance_seconds=300,
)


def parse(request: InboundRequest) -> Sequence[Event]:
    """Split `{"delivery": id, "records": [{object, id, version, fields}]}` into one event per record; raises Invalid."""
    try:
        document = json.loads(request.body)
        return [_event(str(document["delivery"]), record) for record in document["records"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid("The delivery is not in the agreed form.") from error


def _event(delivery: str, record: Mapping[str, Any]) -> Event:
    object_name, native_id, version = str(record["object"]), str(record["id"]), str(record["version"])
    if not object_name or not native_id:
        raise ValueError("a record without a name")
    change = Change(ObjectName(object_name), NativeId(native_id), dict(record["fields"]), version=Version(version))
    return Event(id=f"{delivery}:{object_name}:{native_id}:{version}", change=change)
