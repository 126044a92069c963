"""What was sent through forms, as the older forms API lists it: per form, newest first, fifty a page at most."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sandbox.hubspot.call import Call, is_whole, whole_of
from sandbox.hubspot.moments import millis
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import missing, validation
from sandbox.wire import Answer, json_answer

_PAGE, _LARGEST_PAGE = 20, 50


def list_page(portal: Portal, call: Call) -> Answer:
    """GET submissions/forms/{form}: newest first; `after` names the place of a submission, so that new ones move nothing."""
    rows = portal.submitted.get(call.path["form"])
    if rows is None:
        raise missing()
    limit, after = call.number("limit", _PAGE, _LARGEST_PAGE), call.text("after")
    if after is not None and not is_whole(after):
        raise validation(f"after must be a position taken from an earlier answer, but it is {after}")
    places = sorted(range(len(rows)), key=lambda place: (rows[place]["submittedAt"], place), reverse=True)
    start = 0 if after is None else next((at + 1 for at, place in enumerate(places) if place == int(after)), len(places))
    page = places[start : start + limit]
    found: dict[str, Any] = {"results": [rows[place] for place in page]}
    if start + limit < len(places):
        found["paging"] = {"next": {"after": str(page[-1]), "link": ""}}
    return json_answer(found)


def keep(portal: Portal, form: str, body: Mapping[str, Any], now: datetime) -> None:
    """Note a submission that came through the forms endpoint; its `submittedAt` may be its sender's own."""
    context = body.get("context")
    page = context.get("pageUri") if isinstance(context, dict) else None
    add(portal, form, body["fields"], {"at": whole_of(body, "submittedAt", millis(now)), "page": page}, now)


def add(portal: Portal, form: str, values: Sequence[Mapping[str, Any]], more: Mapping[str, Any], now: datetime) -> str:
    """Note a submission and name it; `more` has `at` (milliseconds), `page`, and `unnamed` for one without a conversion id."""
    rows = portal.submitted.setdefault(form, [])
    row: dict[str, Any] = {"submittedAt": int(more.get("at", millis(now))), "values": [dict(one) for one in values]}
    if not more.get("unnamed"):
        row["conversionId"] = str(UUID(bytes=hashlib.sha256(f"{form}:{len(rows)}".encode()).digest()[:16]))
    row |= {"pageUrl": more["page"]} if more.get("page") else {}
    rows.append(row)
    return str(row.get("conversionId", ""))


def submit_many(portal: Portal, arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Put `count` (1) submissions into `form`, one a second, the last one now or at `at` (milliseconds); 0 makes an empty form."""
    form, count = str(arguments["form"]), int(arguments.get("count", 1))
    portal.submitted.setdefault(form, [])
    last, start = int(arguments.get("at", millis(now))), len(portal.submitted[form])
    made = []
    for place in range(count):
        mail = [{"objectTypeId": "0-1", "name": "email", "value": f"person{start + place}@example.com"}]
        more = {"page": "https://www.example.com/demo?utm_source=news", **arguments, "at": last - 1000 * (count - 1 - place)}
        made.append(add(portal, form, arguments.get("values", mail), more, now))
    return {"ids": made}


def inspect(portal: Portal, _arguments: Mapping[str, Any], _now: datetime) -> list[dict[str, Any]]:
    """All submissions of all forms."""
    return [{"form": form, **row} for form, rows in portal.submitted.items() for row in rows]
