"""The calls of the SOAP API that REST lacks: merge and undelete, with the access token inside the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.salesforce import lifecycle
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.limits import over_day
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import Refusal, not_found, refuse
from sandbox.salesforce.soap_login import fault, xml
from sandbox.wire import Answer, Request

MOST_IN_ONE_CALL = 200
MOST_LOSERS = 2
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_PARTNER = "{urn:partner.soap.sforce.com}"
_RECORD = "{urn:sobject.partner.soap.sforce.com}"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
)
Part = ElementTree.Element


def call_of(request: Request) -> Part | None:
    """The call in the body of an envelope, by its element; None when it is a login or nothing that can be read."""
    try:
        body = ElementTree.fromstring(request.body).find(f"{_SOAP}Body")
    except ElementTree.ParseError:
        return None
    asked = body[0] if body is not None and len(body) else None
    return asked if asked is not None and asked.tag.removeprefix(_PARTNER) in _CALLS else None


def carry_out(org: Org, request: Request, asked: Part, version: float, now: datetime) -> Answer:
    """POST /services/Soap/u/<version> with a session: one result per request or id, each a transaction of its own."""
    session = ElementTree.fromstring(request.body).findtext(f"{_SOAP}Header/{_PARTNER}SessionHeader/{_PARTNER}sessionId", "")
    try:
        user_id = org.tokens.user_of(f"Bearer {session}", now, org.dials.session_seconds)
    except Refusal:
        return fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
    if org.usage.used(now) >= org.dials.daily_limit:
        problem = over_day().problems[0]
        return fault(problem.code, problem.message)
    name = asked.tag.removeprefix(_PARTNER)
    org.usage.count(f"soap {name}", now)
    if len(asked) > MOST_IN_ONE_CALL:
        return fault("EXCEEDED_MAX_SIZE_REQUEST", f"record limit reached: {MOST_IN_ONE_CALL}")
    call = Call(user_id, now, version, auto_assign=False)
    results = "".join(_result(org, _CALLS[name], call, one) for one in asked)
    return xml(f"{_ENVELOPE}<{name}Response>{results}</{name}Response></soapenv:Body></soapenv:Envelope>", 200)


def _result(org: Org, act: Callable[[Org, Call, Part], str], call: Call, asked: Part) -> str:
    try:
        with org.savepoint():
            told = act(org, call, asked)
    except Refusal as refusal:
        problem = refusal.problems[0]
        fields = "".join(f"<fields>{escape(name)}</fields>" for name in problem.fields or ())
        message, code = escape(problem.message), problem.code
        errors = f"<errors>{fields}<message>{message}</message><statusCode>{code}</statusCode></errors>"
        return f'<result>{errors}<id xsi:nil="true"/><success>false</success></result>'
    return f"<result>{told}<success>true</success></result>"


def _merge(org: Org, call: Call, asked: Part) -> str:
    record = asked.find(f"{_PARTNER}masterRecord")
    losers = [(one.text or "").strip() for one in asked.findall(f"{_PARTNER}recordToMergeIds")]
    if record is None or not 0 < len(losers) <= MOST_LOSERS:
        raise refuse("INVALID_ARGUMENT_TYPE", f"A merge needs a master and 1 to {MOST_LOSERS} other records")
    values = {part.tag.removeprefix(_RECORD): part.text for part in record}
    winner = normal_id(values.get("Id") or "") or ""
    table = org.table(values.get("type") or "")
    lifecycle.merge(org, call, table, winner, losers)
    merged = "".join(f"<mergedRecordIds>{normal_id(loser)}</mergedRecordIds>" for loser in losers)
    return f"<id>{winner}</id>{merged}"


def _undelete(org: Org, call: Call, asked: Part) -> str:
    row_id = normal_id((asked.text or "").strip()) or ""
    table = org.table_of(row_id)
    if table is None:
        raise not_found()
    lifecycle.undelete(org, call, table, row_id)
    return f"<id>{row_id}</id>"


_CALLS: dict[str, Callable[[Org, Call, Part], str]] = {"merge": _merge, "undelete": _undelete}
