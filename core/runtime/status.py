"""The state of an installation as plain data, for `status` and the API. No person's data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from core.contract import Manifest
from core.runtime.budget_status import account_budgets
from core.runtime.expiry import state_of, trouble
from core.runtime.heartbeat import Beat, source_beats
from core.runtime.installation import Installation
from core.runtime.metrics import metrics_text
from core.runtime.releases import Standing, standing
from core.runtime.service import SERVER_FILE
from core.runtime.settings import ConnectionConfig
from core.store.commands.unverified import BURST, NONE_PASS
from core.store.database import sqlite_warning
from core.store.queries.conflicts import fields_apart
from core.store.queries.full_reads import full_reads
from core.store.queries.lanes import LaneView, lanes, paused_connections
from core.store.queries.match_status import matching_counts
from core.store.queries.status import calls_on, inbox_by_state, last_polls, last_runs, links_by_state, waiting_since
from core.store.queries.unverified import Alert, Held, alerts_by_connection, held_by_connection
from core.store.queries.watched import watched_by_connection
from core.store.store import Snapshot, Store

__all__ = ["metrics_text", "program_version", "server_data", "status_data"]

RUNS_SHOWN = 10


def program_version() -> str:
    """The version of Leadloom that runs."""
    try:
        return version("leadloom")
    except PackageNotFoundError:
        return "0.1.0.dev0"


def status_data(store: Store, installation: Installation) -> dict[str, Any]:
    """Say where everything stands, as JSON-able data; times are ISO texts in UTC."""
    now = installation.clock.now()
    manifests = installation.connections(store).configured()
    mappings = standing(installation.config, manifests, store)
    with store.snapshot() as snapshot:
        received, due = waiting_since(snapshot)
        return {
            "version": program_version(),
            "workspace": store.workspace,
            "now": now.isoformat(),
            "server": server_data(installation),
            "inbox": _summed(inbox_by_state(snapshot)),
            "links": _summed(links_by_state(snapshot)),
            "matching": asdict(matching_counts(snapshot)),
            "oldest_waiting_submission": _text(received),
            "oldest_due_link": _text(due),
            "connections": _connections(snapshot, installation, manifests, now),
            "sources": _sources(snapshot, installation),
            "subscriptions": _subscriptions(snapshot, installation, now),
            "adoptions": [
                asdict(each) | {"started_at": _text(each.started_at), "ended_at": _text(each.ended_at)}
                for each in full_reads(snapshot)
                if each.holds
            ],
            "lanes": [_lane(view, now) for view in lanes(snapshot)],
            "runs": [
                asdict(run) | {"started_at": _text(run.started_at), "ended_at": _text(run.ended_at)}
                for run in last_runs(snapshot, RUNS_SHOWN)
            ],
            "mappings": _mappings(mappings, installation.config.mappings.activate),
            "sqlite_warning": sqlite_warning() if installation.config.database_url.startswith("sqlite") else None,
        }


def _sources(snapshot: Snapshot, installation: Installation) -> list[dict[str, Any]]:
    polls = last_polls(snapshot)
    return [_source(beat, polls.get((beat.connection, beat.object))) for beat in source_beats(installation)]


def _source(beat: Beat, polled_at: datetime | None) -> dict[str, Any]:
    found = beat.rhythm
    return {
        "connection": beat.connection,
        "object": beat.object,
        "last_at": _text(found.last_at),
        "last_way": beat.last_way,
        "last_poll_at": _text(polled_at),
        "silent_seconds": int(found.silent_for.total_seconds()),
        "usual_seconds": None if found.usual is None else int(found.usual.total_seconds()),
        "allowed_seconds": None if found.allowed is None else int(found.allowed.total_seconds()),
        "state": "learning" if found.usual is None else ("silent" if found.is_silent else "beating"),
        "warning": beat.warning,
    }


def _subscriptions(snapshot: Snapshot, installation: Installation, now: datetime) -> list[dict[str, Any]]:
    """What the connections live on, as it was when it was last looked at, with a warning where it ends or is broken."""
    shown = []
    for name, entries in watched_by_connection(snapshot).items():
        configured = installation.config.connections.get(name)
        if configured is None or not configured.enabled:
            continue
        for entry in entries:
            told = trouble(name, entry, now, configured.warn_days)
            times = {key: _text(getattr(entry, key)) for key in ("expires_at", "looked_at", "renewed_at")}
            shown.append({"connection": name, **entry._asdict(), **times, "state": state_of(entry, told), "warning": told})
    return shown


def server_data(installation: Installation) -> dict[str, Any]:
    """Whether the server runs, and where it listens."""
    if not installation.is_served():
        return {"running": False, "url": None}
    try:
        written = json.loads((installation.config.data_dir / SERVER_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        written = {}
    return {"running": True, "url": written.get("url")}


def _summed(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for (_, state), count in sorted(counts.items(), key=lambda item: item[0][1]):
        total[state] = total.get(state, 0) + count
    return total


def _connections(snapshot: Snapshot, installation: Installation, manifests: Mapping[str, Manifest], now: datetime) -> list[dict[str, Any]]:
    """Those configured, then those that are not any more although something waits for them."""
    paused = paused_connections(snapshot)
    calls = calls_on(snapshot, now.date().isoformat())
    links, inbox, apart = links_by_state(snapshot), inbox_by_state(snapshot), fields_apart(snapshot)
    held, alerts = held_by_connection(snapshot), alerts_by_connection(snapshot)
    configured = installation.config.connections
    budgets = _budgets(snapshot, configured, manifests, now)
    waited_for = {name for name, state in (*links, *inbox) if state in _WAITING}
    shown = []
    for name in (*configured, *sorted(waited_for - set(configured))):
        state, code, reason, hint = _standing(configured.get(name), paused.get(name), is_waited_for=name in waited_for)
        shown.append(
            {
                "name": name,
                "connector": configured[name].connector if name in configured else None,
                "state": state,
                "reason_code": code,
                "reason": reason,
                "hint": hint,
                "calls_today": calls.get(name, 0),
                "budget": budgets.get(name),
                "inbox": {state: count for (connection, state), count in inbox.items() if connection == name},
                "links": {state: count for (connection, state), count in links.items() if connection == name},
                "signatures": _signatures(name, alerts.get(name), held.get(name), now),
                "fields": {kind: apart.get((name, kind), 0) for kind in ("diverged", "frozen", "held")},
            }
        )
    return shown


def _budgets(
    snapshot: Snapshot, connections: Mapping[str, ConnectionConfig], manifests: Mapping[str, Manifest], now: datetime
) -> dict[str, dict[str, Any]]:
    """By connection; those of one account show the same."""
    found: dict[str, dict[str, Any]] = {}
    for budget in account_budgets(snapshot, connections, manifests, now):
        plain = asdict(budget)
        if budget.vendor is not None:
            plain["vendor"]["at"] = _text(budget.vendor.at)
        found |= dict.fromkeys(budget.connections, plain)
    return found


_RECENT = timedelta(hours=24)
_REFUSED = {
    NONE_PASS: "{refused} deliveries to '{name}' refused for their signature, and none has passed since the server started.",
    BURST: "A burst of deliveries to '{name}' refused for their signature: {refused}.",
}


def _signatures(name: str, alert: Alert | None, held: Held | None, now: datetime) -> dict[str, Any]:
    """What the doors refused for its signature and what is held of it, with a warning where that looks like a wrong secret."""
    warning = hint = None
    if alert is not None and now - alert.last_at < _RECENT:
        warning = _REFUSED[alert.code].format(name=name, refused=alert.refused)
        hint = "Compare the secret there with the configured one, and restart the server after a correction."
    if held is not None:
        warning = warning or f"{held.deliveries} deliveries to '{name}' are held because of their signature."
        release = f"`leadloom quarantine release-unverified {name}` takes in what verifies now; {held.deliveries} are held."
        hint = f"{hint} {release}" if hint else release
    return {
        "alert": None if alert is None else asdict(alert) | {"since": _text(alert.since), "last_at": _text(alert.last_at)},
        "held": None if held is None else asdict(held) | {"oldest": _text(held.oldest)},
        "warning": warning,
        "hint": hint,
    }


_WAITING = frozenset({"behind", "pending", "to_read"})
_Standing = tuple[str, str | None, str | None, str | None]


def _standing(configured: ConnectionConfig | None, pause: tuple[str, str | None, str | None] | None, *, is_waited_for: bool) -> _Standing:
    """State, reason code, reason and hint of one connection."""
    if configured is None:
        hint = "Put it back under this name. What was to be written there can be let go instead: run `leadloom run replan`."
        return "removed", "connection_removed", "It is not in the configuration any more, but records wait for it.", hint
    if not configured.enabled:
        waits = ("connection_off", "It is switched off, and records wait for it.", "Set `enabled: true` in the configuration.")
        return ("off", *waits) if is_waited_for else ("off", None, None, None)
    return ("working", None, None, None) if pause is None else ("paused", *pause)


def _lane(view: LaneView, now: datetime) -> dict[str, Any]:
    return {
        "name": view.name,
        "connection": view.connection,
        "state": "at work" if view.lease_until is not None and view.lease_until > now else ("waiting" if view.error_code else "ready"),
        "next_at": _text(view.next_at),
        "attempts": view.attempts,
        "reason_code": view.error_code,
        "reason": view.error,
        "hint": view.hint,
    }


def _mappings(found: Standing, activate: str) -> dict[str, Any]:
    """What runs, what is wrong with the files, what goes on although its file is broken, and what is edited and does not run."""
    rules, release = found.rules(), found.release
    return {
        "inbound": len(rules.inbound),
        "sync": len(rules.sync),
        "activate": activate,
        "release": None if release is None else {"number": release.number, "at": release.at.isoformat(), "how": release.how},
        "problems": [str(problem) for problem in found.problems],
        "kept": [asdict(kept) | {"since": _text(kept.since)} for kept in found.kept],
        "edited": dict(found.edited),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
