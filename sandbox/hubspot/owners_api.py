"""Owners: who can be put into hubspot_owner_id."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.call import Call
from sandbox.hubspot.moments import iso
from sandbox.hubspot.owners_state import SINCE, Owner
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import missing
from sandbox.wire import Answer, json_answer

PAGE = 500


def list_page(portal: Portal, call: Call) -> Answer:
    """GET /owners, filtered by `email` and `archived`."""
    email, archived, limit = call.text("email"), call.flag("archived"), call.number("limit", 100, PAGE)
    owners = [
        owner
        for owner in sorted(portal.owners.values(), key=lambda one: int(one.id))
        if owner.archived is archived and int(owner.id) > call.after() and (not email or owner.email.lower() == email.lower())
    ]
    found: dict[str, Any] = {"results": [_as_data(owner) for owner in owners[:limit]]}
    if len(owners) > limit:
        found["paging"] = {"next": {"after": owners[limit - 1].id, "link": ""}}
    return json_answer(found)


def read(portal: Portal, call: Call) -> Answer:
    """GET /owners/{id}, where `idProperty=userId` looks up by the other number."""
    wanted = call.path["id"]
    by_user = call.text("idProperty") == "userId"
    owner = next((one for one in portal.owners.values() if (str(one.user_id) if by_user else one.id) == wanted), None)
    if owner is None or owner.archived is not call.flag("archived"):
        raise missing()
    return json_answer(_as_data(owner))


def _as_data(owner: Owner) -> dict[str, Any]:
    return {
        "id": owner.id,
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": None if owner.archived else owner.user_id,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": iso(SINCE),
        "updatedAt": iso(owner.updated_at),
        "archived": owner.archived,
        "teams": [],
    }
