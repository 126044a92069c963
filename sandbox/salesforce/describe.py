"""Describes: what the org tells about its objects and fields, made from the very facts by which writes are judged."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from sandbox.salesforce.exchange import Exchange
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field, SObject
from sandbox.wire import Answer, json_answer

_SOAP_TYPES = {"boolean": "xsd:boolean", "int": "xsd:int", "date": "xsd:date", "datetime": "xsd:dateTime", "id": "tns:ID",
               "reference": "tns:ID", "address": "urn:address"}  # fmt: skip


def describe_all(x: Exchange) -> Answer:
    """GET sobjects: all objects without their fields."""
    objects = [_summary(table.kind, x.call.root) for table in x.org.tables.values()]
    return _fresh(x, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def describe_one(x: Exchange) -> Answer:
    """GET sobjects/<object>/describe."""
    kind = x.org.table(x.args[0]).kind
    fields = [_field(one) for one in kind.fields.values() if not one.hidden]
    extra = {"fields": fields, "recordTypeInfos": [_record_type(kind, x.call.root)], "childRelationships": _children(x.org, kind)}
    return _fresh(x, {**_summary(kind, x.call.root), **extra})


def basic_facts(x: Exchange) -> Answer:
    """GET sobjects/<object>: the summary and the rows last written."""
    table = x.org.table(x.args[0])
    recent = sorted(table.live(), key=lambda row: str(row["SystemModstamp"]), reverse=True)[:5]
    url = f"{x.call.root}/sobjects/{table.kind.name}/"
    items = [{"attributes": {"type": table.kind.name, "url": url + row["Id"]}, "Id": row["Id"], "Name": row.get("Name")} for row in recent]
    return json_answer({"objectDescribe": _summary(table.kind, x.call.root), "recentItems": items})


def _fresh(x: Exchange, value: dict[str, Any]) -> Answer:
    changed = x.org.schema_changed.astimezone(UTC).replace(microsecond=0)
    headers = {"last-modified": format_datetime(changed, usegmt=True)}
    known = _read_http_date(x.request.headers.get("if-modified-since", ""))
    if known is not None and changed <= known:
        return Answer(304, b"", headers)
    return json_answer(value, headers=headers)


def _read_http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _summary(kind: SObject, root: str) -> dict[str, Any]:
    able = dict.fromkeys(("createable", "updateable", "deletable", "queryable", "replicateable", "undeletable", "retrieveable"), True)
    urls = {"sobject": f"{root}/sobjects/{kind.name}", "describe": f"{root}/sobjects/{kind.name}/describe"}
    return {
        "name": kind.name,
        "label": kind.name,
        "labelPlural": f"{kind.name}s",
        "keyPrefix": kind.prefix,
        "custom": kind.name.endswith("__c"),
        "mergeable": kind.mergeable,
        "searchable": True,
        "layoutable": True,
        "triggerable": True,
        **able,
        "urls": urls,
    }


def _field(field: Field) -> dict[str, Any]:
    is_text = field.type in TEXT_TYPES
    length = 255 if field.type == "picklist" else field.length
    nillable = not field.required and field.type != "boolean" and field.default is None and field.type != "id"
    return {
        "name": field.name, "label": field.label, "type": field.type, "length": length if is_text else 0,
        "byteLength": length * 3 if is_text else 0, "precision": 0 if field.type == "int" else field.precision, "scale": field.scale,
        "digits": field.precision if field.type == "int" else 0, "soapType": _soap_type(field), "nillable": nillable,
        "defaultedOnCreate": field.default is not None or field.name == "OwnerId" or not field.createable,
        "createable": field.createable, "updateable": field.updateable, "calculated": False, "autoNumber": False,
        "externalId": field.external_id, "idLookup": field.external_id or field.type in ("id", "email"), "unique": field.unique,
        "caseSensitive": field.case_sensitive, "restrictedPicklist": field.restricted, "picklistValues": _picklist(field),
        "dependentPicklist": False, "controllerName": None, "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship, "compoundFieldName": field.compound, "filterable": field.filterable,
        "sortable": field.filterable, "groupable": field.filterable and is_text, "defaultValue": field.default, "custom": field.custom,
        "encrypted": False, "permissionable": field.custom or not field.required, "nameField": field.name == "Name",
        "inlineHelpText": None, "htmlFormatted": False, "deprecatedAndHidden": False,
    }  # fmt: skip


def _soap_type(field: Field) -> str:
    return _SOAP_TYPES.get(field.type, "xsd:double" if field.type in NUMBER_TYPES else "xsd:string")


def _picklist(field: Field) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": value, "active": True, "defaultValue": value == field.default, "validFor": None}
        for value in field.picklist
    ]


def _record_type(kind: SObject, root: str) -> dict[str, Any]:
    layout = f"{root}/sobjects/{kind.name}/describe/layouts/012000000000000AAA"
    return {
        "name": "Master", "developerName": "Master", "recordTypeId": "012000000000000AAA", "active": True, "available": True,
        "defaultRecordTypeMapping": True, "master": True, "urls": {"layout": layout},
    }  # fmt: skip


def _children(org: Org, kind: SObject) -> list[dict[str, Any]]:
    return [
        {"childSObject": table.kind.name, "field": field.name, "relationshipName": f"{table.kind.name}s", "cascadeDelete": False}
        for table in org.tables.values()
        for field in table.kind.fields.values()
        if kind.name in field.reference_to and not field.hidden
    ]
