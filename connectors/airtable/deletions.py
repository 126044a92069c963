"""What the records' listing cannot tell: which records were deleted, by the payloads that the base's webhook notes."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.airtable.api import Api
from core.contract import Change, ChangeKind, ContractBroken, JsonObject, JsonValue, NativeId, ObjectName, Version
from core.contract.moments import read_moment


@dataclass(frozen=True, slots=True)
class Deletions:
    """The deletions in one table, as one webhook notes them. Airtable keeps a payload for seven days."""

    api: Api
    webhook: str
    table: str
    object: ObjectName

    def begin(self) -> int | None:
        """Where the next payload will stand; None where there is no such webhook, or the token may not see it."""
        return self.api.next_payload(self.webhook)

    def since(self, cursor: int) -> tuple[list[Change], int]:
        """Tell what was deleted from a place in the list on and did not come back, and where to go on.

        Where the list cannot be read nothing is told and the place stays: what ails the webhook is told by `subscriptions`.
        Raises ContractBroken for a list that does not go on.
        """
        gone: dict[str, Change] = {}
        while (found := self.api.payloads(self.webhook, cursor)) is not None:
            for payload in found.payloads:
                self._follow(payload, gone)
            if found.more and found.cursor <= cursor:
                raise ContractBroken("Airtable's list of payloads does not go on.")
            cursor = max(cursor, found.cursor)
            if not found.more:
                break
        return list(gone.values()), cursor

    def _follow(self, payload: JsonObject, gone: dict[str, Change]) -> None:
        tables = payload.get("changedTablesById")
        table = tables.get(self.table) if isinstance(tables, dict) else None
        if not isinstance(table, dict):
            return
        at = read_moment(payload.get("timestamp"))
        version = Version(f"deleted:{at.isoformat() if at else ''}")
        for native_id in _ids(table.get("destroyedRecordIds")):
            gone[native_id] = Change(self.object, NativeId(native_id), kind=ChangeKind.DELETED, version=version, changed_at=at)
        created = table.get("createdRecordsById")
        for native_id in created if isinstance(created, dict) else ():  # a deletion was undone
            gone.pop(native_id, None)


def _ids(value: JsonValue) -> list[str]:
    return [each for each in value if isinstance(each, str) and each] if isinstance(value, list) else []
