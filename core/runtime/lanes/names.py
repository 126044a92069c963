"""How lanes are called: `decide`, `replan`, `match`, `fetch:<connection>`, `renew:<connection>`, `read:<connection>:<object>` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DECIDE = "decide"


class LaneKind(StrEnum):
    """What a lane does."""

    DECIDE = "decide"
    FETCH = "fetch"
    READ = "read"
    DELIVER = "deliver"
    REPLAN = "replan"
    ENRICH = "enrich"
    RENEW = "renew"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class LaneName:
    """A lane's name in parts."""

    kind: LaneKind
    connection: str = ""
    object: str = ""

    def __str__(self) -> str:
        """The name as it is stored and typed."""
        return ":".join(part for part in (self.kind.value, self.connection, self.object) if part)


def parse_lane(text: str) -> LaneName:
    """Read a lane's name; raises ValueError with the forms there are."""
    kind, _, rest = text.partition(":")
    connection, _, object_name = rest.partition(":")
    alone, of_connection, of_object = (False, False), (True, False), (True, True)
    shapes = {"decide": alone, "replan": alone, "match": alone, "fetch": of_connection, "enrich": of_connection, "renew": of_connection}
    shapes |= {"read": of_object, "deliver": of_object}
    if kind not in shapes or (bool(connection), bool(object_name)) != shapes[kind]:
        raise ValueError(
            f"'{text}' is not a lane. "
            "Lanes are `decide`, `replan`, `match`, `fetch:CONNECTION`, `enrich:CONNECTION`, `renew:CONNECTION`, `read:CONNECTION:OBJECT` "
            "and `deliver:CONNECTION:OBJECT`."
        )
    return LaneName(LaneKind(kind), connection, object_name)
