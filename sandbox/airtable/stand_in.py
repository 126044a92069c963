"""The Airtable stand-in: one base with one table, its schema, its records, offsets that can be forgotten, and webhooks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.airtable.hooks import Hooks
from sandbox.wire import Answer, Push, Request, json_answer

ACCESS_TOKEN = "patSandbox.token"
BASE = "appSandbox1"
TABLE_ID = "tblSandbox1"
TABLE = "Leads"
FIELDS: Mapping[str, str] = {"Email": "email", "Name": "singleLineText", "Company": "singleLineText", "Notes": "multilineText"}
LARGEST_PAGE = 100
_FORMULA = re.compile(r"NOT\(IS_BEFORE\(LAST_MODIFIED_TIME\(\), '([0-9T:.\-]+Z)'\)\)")


class _Refused(Exception):
    """A call is refused; rendered as Airtable's error object."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(kind)
        self.answer = json_answer({"error": {"type": kind, "message": "refused"}}, status)


class AirtableStandIn:
    """One base. Not thread-safe; the shell locks."""

    name = "airtable"

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._records: dict[str, dict[str, Any]] = {}
        self._modified: dict[str, datetime] = {}
        self._offsets: dict[str, tuple[list[str], int]] = {}
        self._bin: dict[str, dict[str, Any]] = {}
        self._count = 0
        self._hooks = Hooks(BASE)

    def handle(self, request: Request, now: datetime) -> Answer:
        """Answer one call; every refusal is Airtable's error object, never an exception."""
        try:
            if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
                raise _Refused(401, "AUTHENTICATION_REQUIRED")
            hook = self._hooks.answer(request, now)
            return hook if hook is not None else json_answer(self._answer(request))
        except _Refused as refusal:
            return refusal.answer

    def pushes(self, now: datetime) -> Sequence[Push]:
        """Take out the pings that are due."""
        return self._hooks.pushes(now)

    def pushed(self, push: Push, status: int | None, now: datetime) -> None:
        """Nothing follows: pings are not repeated here."""

    def control(self, verb: str, arguments: Mapping[str, Any], now: datetime) -> Any:
        """Turn a dial: `reset`, `create`, `update`, `delete`, `restore`, `records`, `forget_offsets`, and those of the webhooks.

        `LookupError` for any other.
        """
        match verb:
            case "reset":
                self._begin()
                return {}
            case "create":
                return {"ids": [self._put(f"rec{self._count:014}", fields, now) for fields in arguments["records"]]}
            case "update":
                self._put(arguments["id"], arguments["fields"], now)
                return {}
            case "delete":
                self._bin[arguments["id"]] = self._records.pop(arguments["id"])
                self._modified.pop(arguments["id"])
                self._hooks.changed(now, TABLE_ID, {"destroyedRecordIds": [arguments["id"]]})
                return {}
            case "restore":
                self._put(arguments["id"], self._bin.pop(arguments["id"])["fields"], now)
                return {}
            case "records":
                return {"records": {record_id: record["fields"] for record_id, record in self._records.items()}}
            case "forget_offsets":
                self._offsets.clear()
                return {}
        return self._hooks.control(verb, arguments, now)

    def _put(self, record_id: str, fields: Mapping[str, Any], now: datetime) -> str:
        """Make or change a record; fields without a value are not kept, and are left out of answers."""
        self._count += 1
        is_known = record_id in self._records
        created = self._records.get(record_id, {}).get("createdTime", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        kept = {**self._records.get(record_id, {}).get("fields", {}), **fields}
        filled = {name: value for name, value in kept.items() if value not in (None, "", [], False)}
        self._records[record_id] = {"id": record_id, "createdTime": created, "fields": filled}
        self._modified[record_id] = now
        told = {"createdTime": created, "cellValuesByFieldId": {f"fld{name}": value for name, value in filled.items()}}
        self._hooks.changed(now, TABLE_ID, {"changedRecordsById" if is_known else "createdRecordsById": {record_id: told}})
        return record_id

    def _answer(self, request: Request) -> Any:
        parts = request.segments()
        if request.method == "GET" and parts == ["v0", "meta", "bases", BASE, "tables"]:
            fields = [{"id": f"fld{name}", "name": name, "type": kind} for name, kind in FIELDS.items()]
            return {"tables": [{"id": TABLE_ID, "name": TABLE, "primaryFieldId": "fldEmail", "fields": fields}]}
        if request.method != "GET" or parts[:2] != ["v0", BASE] or parts[2:] not in ([TABLE], [TABLE_ID]):
            raise _Refused(404, "NOT_FOUND")
        return self._page(request)

    def _page(self, request: Request) -> Any:
        params = {name: values[-1] for name, values in request.params().items()}
        size = int(params.get("pageSize", "100"))
        if not 1 <= size <= LARGEST_PAGE:
            raise _Refused(422, "INVALID_REQUEST_UNKNOWN")
        if "offset" in params:
            if params["offset"] not in self._offsets:
                raise _Refused(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
            ids, start = self._offsets[params["offset"]]
        else:
            ids, start = self._wanted(params.get("filterByFormula")), 0
        told: dict[str, Any] = {"records": [self._records[each] for each in ids[start : start + size]]}
        if start + size < len(ids):
            told["offset"] = f"itr{len(ids)}/{ids[start + size]}"
            self._offsets[told["offset"]] = (ids, start + size)
        return told

    def _wanted(self, formula: str | None) -> list[str]:
        """The ids of the records that a formula lets through; only the one form that is needed is understood."""
        if formula is None:
            return list(self._records)
        found = _FORMULA.fullmatch(formula)
        if found is None:
            raise _Refused(422, "INVALID_FILTER_BY_FORMULA")
        since = datetime.fromisoformat(found[1])
        return [record_id for record_id, modified in self._modified.items() if modified >= since]
