"""The control verbs: what a test or a demo may do to the account from outside the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.hubspot import demo, removal, submissions_api
from sandbox.hubspot.access import Token
from sandbox.hubspot.merging import merge
from sandbox.hubspot.objects_api import create_as
from sandbox.hubspot.owners_state import Owner
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.properties_api import add_property
from sandbox.hubspot.records import USER, Record
from sandbox.hubspot.refusals import Refusal, missing
from sandbox.hubspot.rendering import render
from sandbox.hubspot.schemas_api import add_schema
from sandbox.hubspot.webhooks import Target
from sandbox.hubspot.writes import Writer

Arguments = Mapping[str, Any]
Verb = Callable[[Portal, Arguments, datetime], Any]


def run(portal: Portal, verb: str, arguments: Arguments, now: datetime) -> Any:
    """Carry out a verb; whatever the account refuses becomes a ValueError with its message."""
    act = _VERBS.get(verb)
    if act is None:
        raise ValueError(f"unknown verb {verb}; known: {sorted([*_VERBS, 'reset'])}")
    try:
        return act(portal, arguments, now)
    except Refusal as refusal:
        raise ValueError(f"{verb}: {refusal.message}") from refusal


def _configure(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    portal.dials.turn(arguments, now)
    return {}


def _token(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """`token`, and one of: `scopes` (a list, or null for all), `expire` (true), `revoke` (true); unknown ones are added."""
    name = str(arguments["token"])
    if arguments.get("revoke"):
        portal.access.tokens.pop(name, None)
        return {}
    found = portal.access.tokens.setdefault(name, Token(str(arguments.get("app", f"app-{name}")), bool(arguments.get("oauth"))))
    if "scopes" in arguments:
        found.scopes = None if arguments["scopes"] is None else frozenset(arguments["scopes"])
    if arguments.get("expire"):
        found.expires_at = now
    if "seconds" in arguments:
        found.expires_at = now + timedelta(seconds=float(arguments["seconds"]))
    if "calls" in arguments:
        found.calls_left = int(arguments["calls"])
    return {"token": name}


def _records(portal: Portal, arguments: Arguments, _now: datetime) -> Any:
    """All records of `object` with all their values, archived ones too; `id` picks one."""
    schema = portal.schema(str(arguments.get("object", "contacts")))
    records = portal.tables[schema.kind.name].records
    wanted = arguments.get("id")
    chosen = records.values() if wanted is None else [records[str(wanted)]] if str(wanted) in records else []
    return [render(portal, schema, record, list(record.properties)) for record in chosen]


def _count(portal: Portal, arguments: Arguments, _now: datetime) -> Any:
    """How many records of `object` are live and how many lie in the recycle bin."""
    records = portal.table(str(arguments.get("object", "contacts"))).records.values()
    archived = sum(record.archived_at is not None for record in records)
    return {"live": len(records) - archived, "archived": archived}


def _create(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    schema = portal.schema(str(arguments.get("object", "contacts")))
    return {"id": create_as(portal, schema, arguments.get("properties", {}), USER, now).id}


def _update(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    record = _live(portal, arguments, "id")
    writer = Writer(portal, portal.schema(str(arguments.get("object", "contacts"))), USER, now)
    writer.apply(writer.plan_update(record, arguments.get("properties", {})))
    return {"id": record.id}


def _touch(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """A hidden change: nothing anybody asked for moves, but the modified stamp does."""
    record = _live(portal, arguments, "id")
    table = portal.table(str(arguments.get("object", "contacts")))
    stamp = {"notes_last_updated": now.isoformat()}
    table.change(record, stamp, actor=USER, now=now, delay=portal.index_delay())
    return {"id": record.id}


def _archive(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    kind = portal.schema(str(arguments.get("object", "contacts"))).kind
    removal.archive(portal, kind, _live(portal, arguments, "id"), actor=USER, now=now)
    return {}


def _restore(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    kind = portal.schema(str(arguments.get("object", "contacts"))).kind
    return {"id": removal.restore(portal, kind, str(arguments["id"]), actor=USER, now=now).id}


def _merge(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """Merge `loser` into `primary`; the answer names the survivor."""
    schema = portal.schema(str(arguments.get("object", "contacts")))
    primary, loser = _live(portal, arguments, "primary"), _live(portal, arguments, "loser")
    return {"id": merge(portal, schema, primary, loser, actor=USER, now=now).id}


def _gdpr_delete(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    kind = portal.schema("contacts").kind
    by_email = "email" in arguments
    subject = str(arguments["email"] if by_email else arguments["id"])
    removal.erase(portal, kind, subject, "email" if by_email else None, actor=USER, now=now)
    return {}


def _subscribe(portal: Portal, arguments: Arguments, _now: datetime) -> Any:
    """`url`, `client_secret` and `types` such as contact.creation or contact.propertyChange:email; see the reference page."""
    url = str(arguments["url"])
    known = next((one.target for one in portal.hooks.subscriptions if one.target.url == url), None)
    target = known or Target(url, str(arguments["client_secret"]), str(arguments.get("signed_url", url)), int(arguments.get("app_id", 1)))
    portal_id = int(arguments.get("portal", portal.dials.portal_id))
    made = portal.hooks.subscribe(target, arguments["types"], portal_id=portal_id, paused=bool(arguments.get("paused")))
    return [{"id": one.id, "type": one.type, "paused": one.paused} for one in made]


def _pause(portal: Portal, arguments: Arguments, _now: datetime) -> Any:
    """Pause (or with `paused` false: start) the subscription `id`, or all of them."""
    for entry in portal.hooks.subscriptions:
        if arguments.get("id", entry.id) == entry.id:
            entry.paused = bool(arguments.get("paused", True))
    return {}


def _emit(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """Send an event made by hand, for example one of another account that installed the same app."""
    event = dict(arguments["event"])
    portal_id = int(arguments.get("portal", portal.dials.portal_id))
    portal.hooks.emit(event, portal_id=portal_id, now=now, delay=timedelta())
    return {}


def _webhooks(portal: Portal, _arguments: Arguments, _now: datetime) -> Any:
    """What is still to be sent, and what was given up."""
    hooks = portal.hooks
    return {"waiting": len(hooks.waiting), "retrying": len(hooks.deliveries), "given_up": hooks.given_up}


def _use_up_calls(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """Use up today's calls but for `remaining` (0)."""
    portal.limits.used_today(now, portal.dials)
    portal.limits.daily_used = portal.dials.daily_limit - int(arguments.get("remaining", 0))
    return {}


def _calls(portal: Portal, _arguments: Arguments, _now: datetime) -> Any:
    return {"total": portal.calls.total(), **dict(portal.calls)}


def _seed(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """`leadloom_property` (true) adds that property to contacts and companies; lists of properties per object type add records."""
    made: dict[str, list[str]] = {}
    if arguments.get("leadloom_property"):
        demo.add_leadloom_property(portal, now)
    for named, rows in arguments.items():
        if named == "leadloom_property":
            continue
        schema = portal.schema(named)
        made[named] = [create_as(portal, schema, row, USER, now).id for row in rows]
    return made


def _seed_demo(portal: Portal, _arguments: Arguments, now: datetime) -> Any:
    return demo.seed(portal, now)


def _property(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """Define a property on `object` from the fields of a create call."""
    body = {name: value for name, value in arguments.items() if name != "object"}
    return add_property(portal, portal.schema(str(arguments.get("object", "contacts"))), body, now).as_data()


def _schema(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    return {"objectTypeId": add_schema(portal, arguments, now).kind.type_id}


def _owner(portal: Portal, arguments: Arguments, now: datetime) -> Any:
    """Change the owner `id` (`archived`, `email`), or add one; the stamp moves."""
    name = str(arguments["id"])
    owner = portal.owners.setdefault(name, Owner(name, 10_000 + len(portal.owners), f"{name}@example.com", "Added", f"Owner {name}"))
    owner.email = str(arguments.get("email", owner.email))
    owner.archived = bool(arguments.get("archived", owner.archived))
    owner.updated_at = now
    return {}


def _live(portal: Portal, arguments: Arguments, named: str) -> Record:
    found = portal.table(str(arguments.get("object", "contacts"))).live(str(arguments[named]))
    if found is None:
        raise missing()
    return found


_VERBS: dict[str, Verb] = {
    "configure": _configure,
    "token": _token,
    "records": _records,
    "count": _count,
    "create": _create,
    "update": _update,
    "touch": _touch,
    "archive": _archive,
    "restore": _restore,
    "merge": _merge,
    "gdpr_delete": _gdpr_delete,
    "subscribe": _subscribe,
    "pause": _pause,
    "emit": _emit,
    "webhooks": _webhooks,
    "use_up_calls": _use_up_calls,
    "calls": _calls,
    "seed": _seed,
    "seed_demo": _seed_demo,
    "property": _property,
    "schema": _schema,
    "owner": _owner,
    "submit_many": submissions_api.submit_many,
    "submissions": submissions_api.inspect,
}
