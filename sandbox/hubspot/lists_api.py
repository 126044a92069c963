"""Lists (segments): create, read, find, delete, and their members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.hubspot.call import Call, Json, text_of, texts_of, whole_of
from sandbox.hubspot.lists_state import RecordList
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import Refusal, missing, validation
from sandbox.wire import Answer, json_answer

MEMBERS_PAGE, MEMBERS_MOST = 100, 250
MOST_TO_CLEAR = 100_000
_TYPES = {"MANUAL", "DYNAMIC", "SNAPSHOT"}


def create(portal: Portal, call: Call) -> Answer:
    """POST lists; names are unique."""
    body = call.body()
    name, kind = text_of(body, "name"), text_of(body, "processingType")
    if kind not in _TYPES:
        raise validation(f"{kind} is no processingType; use one of {sorted(_TYPES)}")
    if any(one.name == name and one.deleted_at is None for one in portal.lists.values()):
        raise Refusal(400, "VALIDATION_ERROR", f"A list named {name} already exists")
    type_id = portal.schema(text_of(body, "objectTypeId")).kind.type_id
    made = RecordList(portal.next_id(), name, type_id, kind, call.now)
    portal.lists[made.id] = made
    return json_answer({"list": _as_data(made)})


def read(portal: Portal, call: Call) -> Answer:
    """GET lists/{id}."""
    return json_answer({"list": _as_data(_require(portal, call))})


def list_several(portal: Portal, call: Call) -> Answer:
    """GET lists?listIds=: several lists at once."""
    found = [portal.lists[one] for one in call.names("listIds") if one in portal.lists and portal.lists[one].deleted_at is None]
    return json_answer({"lists": [_as_data(one) for one in found]})


def search(portal: Portal, call: Call) -> Answer:
    """POST lists/search by a part of the name."""
    body = call.body()
    query = str(body.get("query") or "").lower()
    offset, size = whole_of(body, "offset", 0), whole_of(body, "count", 20)
    found = [one for one in portal.lists.values() if one.deleted_at is None and query in one.name.lower()]
    page = found[offset : offset + size]
    return json_answer(
        {"total": len(found), "offset": offset + len(page), "hasMore": offset + size < len(found), "lists": [_as_data(one) for one in page]}
    )


def delete(portal: Portal, call: Call) -> Answer:
    """DELETE lists/{id}; it can be restored."""
    _require(portal, call).deleted_at = call.now
    return Answer(204)


def restore(portal: Portal, call: Call) -> Answer:
    """PUT lists/{id}/restore."""
    found = portal.lists.get(call.path["id"])
    if found is None:
        raise missing()
    found.deleted_at = None
    return Answer(204)


def members(portal: Portal, call: Call) -> Answer:
    """GET lists/{id}/memberships in the order of record ids."""
    found = _require(portal, call)
    limit = call.number("limit", MEMBERS_PAGE, MEMBERS_MOST)
    ids = sorted((one for one in found.members if int(one) > call.after()), key=int)
    page: Json = {"total": len(found.members)}
    page["results"] = [{"recordId": one, "membershipTimestamp": iso(found.members[one])} for one in ids[:limit]]
    if len(ids) > limit:
        page["paging"] = {"next": {"after": ids[limit - 1], "link": ""}}
    return json_answer(page)


def add(portal: Portal, call: Call) -> Answer:
    """PUT lists/{id}/memberships/add with an array of record ids."""
    return _change(portal, call, call.array(), ())


def remove(portal: Portal, call: Call) -> Answer:
    """PUT lists/{id}/memberships/remove with an array of record ids."""
    return _change(portal, call, (), call.array())


def add_and_remove(portal: Portal, call: Call) -> Answer:
    """PUT lists/{id}/memberships/add-and-remove."""
    body = call.body()
    return _change(portal, call, texts_of(body, "recordIdsToAdd"), texts_of(body, "recordIdsToRemove"))


def clear(portal: Portal, call: Call) -> Answer:
    """DELETE lists/{id}/memberships; only below 100,000 members."""
    found = _changeable(_require(portal, call))
    if len(found.members) >= MOST_TO_CLEAR:
        raise validation(f"A list with {MOST_TO_CLEAR} members or more cannot be cleared in one call")
    found.members.clear()
    return Answer(204)


def _change(portal: Portal, call: Call, added: Iterable[Any], removed: Iterable[Any]) -> Answer:
    found = _changeable(_require(portal, call))
    table = portal.table(found.object_type_id)
    wanted, dropped = [str(one) for one in added], [str(one) for one in removed]
    fresh = [one for one in wanted if table.live(one) and one not in found.members]
    gone = [one for one in dropped if found.members.pop(one, None)]
    found.members.update(dict.fromkeys(fresh, call.now))
    unknown = [one for one in [*wanted, *dropped] if table.live(one) is None]
    return json_answer({"recordsIdsAdded": fresh, "recordIdsRemoved": gone, "recordIdsMissing": unknown})


def _changeable(found: RecordList) -> RecordList:
    if found.processing_type == "DYNAMIC":
        raise validation("The members of a DYNAMIC list follow from its filters and cannot be set")
    return found


def _require(portal: Portal, call: Call) -> RecordList:
    found = portal.lists.get(call.path["id"])
    if found is None or found.deleted_at is not None:
        raise missing()
    return found


def _as_data(found: RecordList) -> Json:
    return {
        "listId": found.id,
        "listVersion": 1,
        "name": found.name,
        "objectTypeId": found.object_type_id,
        "processingType": found.processing_type,
        "processingStatus": "COMPLETE",
        "size": len(found.members),
        "createdAt": iso(found.created_at),
        "updatedAt": iso(found.created_at),
    }
