"""The control verbs: seed, inspect and disturb an org from outside, as its administrator, its users or fate would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.salesforce import lifecycle, records, rules
from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.schema import TEXT_TYPES, Field


@dataclass(frozen=True, slots=True)
class Act:
    """One control verb at work: on which org, with which arguments, when."""

    org: Org
    arguments: Mapping[str, Any]
    now: datetime


def _configure(act: Act) -> Any:
    act.org.dials.turn(act.arguments)
    if "duplicate_rule" in act.arguments:
        rules.index_matched_fields(act.org)
    if "hidden_fields" in act.arguments:
        act.org.schema_changed = act.now
        for table in act.org.tables.values():
            hidden = {name.lower() for name in act.org.dials.hidden_fields.get(table.kind.name, ())}
            for field in table.kind.fields.values():
                field.hidden = field.name.lower() in hidden
    return {}


def _expire_tokens(act: Act) -> Any:
    """All tokens, or the one named `token`."""
    token = act.arguments.get("token")
    expired = len(act.org.tokens.live) if token is None else int(token in act.org.tokens.live)
    if token is None:
        act.org.tokens.live.clear()
    else:
        act.org.tokens.live.pop(token, None)
    return {"expired": expired}


def _records(act: Act) -> Any:
    """Rows with all their fields; `where` holds exact values, deleted rows come only with `deleted_too`."""
    table = act.org.table(act.arguments["object"])
    rows = table.rows.values() if act.arguments.get("deleted_too") else table.live()
    wanted = act.arguments.get("where") or {}
    return [dict(row) for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def _count(act: Act) -> Any:
    return {"count": len(_records(act))}


def _create(act: Act) -> Any:
    return {"id": records.insert(act.org, _by_user(act), act.org.table(act.arguments["object"]), act.arguments["fields"])}


def _seed(act: Act) -> Any:
    """Lists of fields by object name, as `Lead`: each becomes a record."""
    user = _by_user(act)
    tables = {name: act.org.table(name) for name, rows in act.arguments.items() if isinstance(rows, list)}
    return {name: [records.insert(act.org, user, table, row) for row in act.arguments[name]] for name, table in tables.items()}


def _update(act: Act) -> Any:
    records.update(act.org, _by_user(act), act.org.table(act.arguments["object"]), act.arguments["id"], act.arguments["fields"])
    return {}


def _delete(act: Act) -> Any:
    records.delete(act.org, _by_user(act), act.org.table(act.arguments["object"]), act.arguments["id"])
    return {}


def _convert_lead(act: Act) -> Any:
    return lifecycle.convert_lead(act.org, _by_user(act), act.arguments["id"], act.arguments)


def _merge(act: Act) -> Any:
    table = act.org.table(act.arguments["object"])
    lifecycle.merge(act.org, _by_user(act), table, act.arguments["winner"], act.arguments["losers"])
    return {}


def _undelete(act: Act) -> Any:
    lifecycle.undelete(act.org, _by_user(act), act.org.table(act.arguments["object"]), act.arguments["id"])
    return {}


def _empty_recycle_bin(act: Act) -> Any:
    """Of one `object`."""
    return {"purged": act.org.table(act.arguments["object"]).empty_bin()}


def _touch(act: Act) -> Any:
    lifecycle.touch(act.org, _by_user(act), act.org.table(act.arguments["object"]), act.arguments["id"])
    return {}


def _add_field(act: Act) -> Any:
    """`object`, then the facts of the field by the names of Field: name, type, length, external_id, unique, restricted, picklist..."""
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in act.arguments.items() if name != "object"
    }
    table, field = act.org.table(act.arguments["object"]), Field(**facts)
    if (field.external_id or field.unique) and field.type not in TEXT_TYPES:
        raise ValueError(f"add_field: {field.name} is a {field.type}; only text can be unique or an external id here")
    if field.type in ("string", "textarea") and not field.length:
        field.length = 255
    table.kind.add(field)
    if field.indexed:
        table.index(field.name)
    act.org.schema_changed = act.now
    return {}


def _remove_field(act: Act) -> Any:
    """Drop a field together with its values."""
    table = act.org.table(act.arguments["object"])
    field = table.kind.remove(act.arguments["name"])
    table.drop_index(field.name)
    for row_id, row in table.rows.items():
        table.rows[row_id] = {name: value for name, value in row.items() if name != field.name}
    act.org.schema_changed = act.now
    return {}


def _use_up_calls(act: Act) -> Any:
    """Use up the day's calls but for `leave` of them."""
    left = act.org.dials.daily_limit - act.org.usage.used(act.now) - int(act.arguments.get("leave", 0))
    act.org.usage.spend(max(0, left), act.now)
    return {"used": act.org.usage.used(act.now)}


def _logins(act: Act) -> Any:
    tokens = act.org.tokens
    return {"total": tokens.logins.total(), "by_grant": dict(tokens.logins), "refused": tokens.refused_logins}


def _calls(act: Act) -> Any:
    usage = act.org.usage
    return {"total": usage.by_kind.total(), "by_kind": dict(usage.by_kind), "last_day": usage.used(act.now)}


def _users(act: Act) -> Any:
    return {"integration": act.org.integration_user, "crm": act.org.crm_user}


def _by_user(act: Act) -> Call:
    """A CRM user at the keyboard: sees all fields, insists on saving duplicates, assignment rules do not run."""
    user_id = act.arguments.get("user_id") or act.org.crm_user
    return Call(user_id, act.now, auto_assign=False, allow_save=True, sees_hidden=True)


CONTROLS: dict[str, Callable[[Act], Any]] = {
    "configure": _configure,
    "expire_tokens": _expire_tokens,
    "records": _records,
    "count": _count,
    "create": _create,
    "seed": _seed,
    "update": _update,
    "delete": _delete,
    "convert_lead": _convert_lead,
    "merge": _merge,
    "undelete": _undelete,
    "empty_recycle_bin": _empty_recycle_bin,
    "touch": _touch,
    "add_field": _add_field,
    "remove_field": _remove_field,
    "use_up_calls": _use_up_calls,
    "logins": _logins,
    "calls": _calls,
    "users": _users,
}
