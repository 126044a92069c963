"""`leadloom status`: where everything stands."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from core.cli.output import JsonOption, ago, console, make_table, write_json
from core.cli.session import open_installation

WATCH_SECONDS = 2.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show it again and again until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what works, what waits, and why."""
    from core.runtime.status import status_data

    if watch and as_json:
        raise typer.BadParameter("--watch and --json do not go together.")
    installation = open_installation(ctx)
    with installation.reading_store() as store:
        if as_json:
            write_json(status_data(store, installation))
        elif watch:
            _watch(lambda: _rendered(status_data(store, installation)))
        else:
            console().print(_rendered(status_data(store, installation)))


def _watch(render: Any) -> None:
    from rich.live import Live

    with Live(render(), console=console(), auto_refresh=False) as live:
        try:
            while True:
                time.sleep(WATCH_SECONDS)
                live.update(render(), refresh=True)
        except KeyboardInterrupt:
            return


def _rendered(data: Mapping[str, Any]) -> Any:
    from rich.console import Group
    from rich.text import Text

    lines = [_server_line(data), _counts_line("Submissions", data["inbox"]), _counts_line("Links", data["links"]), _mappings_line(data)]
    if data["oldest_waiting_submission"]:
        lines.append(f"Oldest waiting submission: {ago(data['oldest_waiting_submission'])}")
    lines += _matching(data["matching"]) + _apart(data)
    told = [each["signatures"] for each in data["connections"]]
    lines += [f"{each['warning']} {each['hint']}" for each in told if each["warning"]]
    lines += [source["warning"] for source in data["sources"] if source["warning"]]
    lines += [each["warning"] for each in data["subscriptions"] if each["warning"]]
    lines += [_adoption_line(adoption) for adoption in data["adoptions"]]
    if data["sqlite_warning"]:
        lines.append(f"Note: {data['sqlite_warning']}")
    budgets = _unique_budgets(data)
    lines += [f"{budget['account']}: {budget['warning']} {budget['hint']}" for budget in budgets if budget["warning"]]
    parts: list[Any] = [Text("\n".join(lines)), _connections(data)]
    if budgets:
        parts.append(_budgets(budgets))
    if data["sources"]:
        parts.append(_sources(data["sources"]))
    if data["subscriptions"]:
        parts.append(_subscriptions(data["subscriptions"]))
    waiting = [lane for lane in data["lanes"] if lane["reason_code"] or lane["state"] == "at work"]
    if waiting:
        parts.append(
            make_table("Lanes at work or waiting", ["lane", "state", "next", "why", "what to do"], [_lane(lane) for lane in waiting])
        )
    if data["runs"]:
        parts.append(make_table("Last runs", ["run", "lane", "ended", "did"], [_run(run) for run in data["runs"]]))
    return Group(*parts)


def _server_line(data: Mapping[str, Any]) -> str:
    server = data["server"]
    state = f"running at {server['url'] or 'an unknown address'}" if server["running"] else "not running (start it with `leadloom serve`)"
    return f"Leadloom {data['version']}, workspace '{data['workspace']}': server {state}"


def _matching(counts: Mapping[str, int]) -> list[str]:
    """What waits for an answer, and what one key floods in; nothing where nothing waits."""
    lines = []
    if counts["open_pairs"]:
        lines.append(f"To review: {counts['open_pairs']:,} pairs of records that may be one person (`leadloom review`)")
    if counts["waiting"] - counts["held"]:
        lines.append(f"To match: {counts['waiting'] - counts['held']:,} records")
    if counts["held"]:
        lines.append(f"Held back: {counts['held']:,} records share a key that comes in a flood; each is proposed later, none is lost")
    return lines


def _apart(data: Mapping[str, Any]) -> list[str]:
    """Fields on which the sides are left different, where there are any."""
    found = {each["name"]: {kind: count for kind, count in each["fields"].items() if count} for each in data["connections"]}
    told = [f"{name} {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}" for name, kinds in found.items() if kinds]
    return [f"Fields left different: {'; '.join(told)} (`leadloom conflicts` lists them)"] if told else []


def _adoption_line(adoption: Mapping[str, Any]) -> str:
    at = "all read, decisions go on" if adoption["ended_at"] else f"{adoption['records']:,} records read"
    return f"Adoption of {adoption['connection']} {adoption['object']}: {at}; nothing is written there before it is through."


def _counts_line(name: str, counts: Mapping[str, int]) -> str:
    return f"{name}: " + (", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in counts.items()) or "none")


def _mappings_line(data: Mapping[str, Any]) -> str:
    mappings = data["mappings"]
    line = f"Mappings: {mappings['inbound']} inbound, {mappings['sync']} sync"
    if mappings["release"]:
        line += f", release {mappings['release']['number']} ({ago(mappings['release']['at'])})"
    line += "".join(f"\n  {problem}" for problem in mappings["problems"])
    for kept in mappings["kept"]:
        since = f", in force since {kept['since'][:16].replace('T', ' ')} UTC," if kept["since"] else ""
        line += f"\n  {kept['file']} is not sound, so version {kept['version']} of '{kept['name']}'{since} goes on until it is."
    return line + _edited(mappings)


def _edited(mappings: Mapping[str, Any]) -> str:
    edited = mappings["edited"]
    if not edited or (mappings["activate"] == "on_save" and mappings["release"] is None):
        return ""
    told = f"{len(edited)} mapping{' is' if len(edited) == 1 else 's are'} edited"
    names = ", ".join(f"'{name}' {change}" for name, change in edited.items())
    if mappings["activate"] == "on_apply":
        return f"\n  {told} and not applied ({names}): run `leadloom plan`, then `leadloom apply`."
    return f"\n  {told} since something last ran ({names}); in force with the next record."


def _connections(data: Mapping[str, Any]) -> Any:
    rows = [
        (
            each["name"],
            each["connector"],
            each["state"],
            each["calls_today"],
            each["links"].get("behind", 0) + each["links"].get("pending", 0),
            each["links"].get("parked", 0) + each["inbox"].get("quarantined", 0),
            f"{each['reason'] or ''} {each['hint'] or ''}".strip(),
        )
        for each in data["connections"]
    ]
    columns = ["connection", "connector", "state", "calls today", "waiting", "quarantined", "what to do"]
    return make_table("Connections", columns, rows, numbers=["calls today", "waiting", "quarantined"])


def _sources(sources: Sequence[Mapping[str, Any]]) -> Any:
    rows = [
        (
            each["connection"],
            each["object"],
            f"{ago(each['last_at'])} ({each['last_way']})",
            "" if each["last_poll_at"] is None else ago(each["last_poll_at"]),
            _minutes(each["usual_seconds"]),
            each["state"],
        )
        for each in sources
    ]
    return make_table("Sources", ["connection", "object", "last arrival", "last read", "usually every", "state"], rows)


def _subscriptions(found: Sequence[Mapping[str, Any]]) -> Any:
    rows = [
        (each["connection"], each["name"], ago(each["expires_at"]), ago(each["renewed_at"]), ago(each["looked_at"]), each["state"])
        for each in found
    ]
    return make_table("What ends", ["connection", "what", "ends", "renewed", "looked at", "state"], rows)


def _minutes(seconds: int | None) -> str:
    return "" if seconds is None else (f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h")


def _unique_budgets(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Each account once, however many connections share it."""
    found = {tuple(each["budget"]["connections"]): each["budget"] for each in data["connections"] if each["budget"]}
    return list(found.values())


def _budgets(budgets: Sequence[Mapping[str, Any]]) -> Any:
    numbers = ["used in 24 h", "allowed", "left", "kept for live leads", "expected today"]
    names = ("used", "allowed", "left", "reserved", "forecast")
    rows = [
        (budget["account"], *("" if budget[name] is None else f"{budget[name]:,}" for name in names), _vendors_word(budget["vendor"]))
        for budget in budgets
    ]
    return make_table("API calls", ["account", *numbers, "the vendor says"], rows, numbers=numbers)


def _vendors_word(vendor: Mapping[str, Any] | None) -> str:
    return "" if vendor is None else f"{vendor['used']:,} of {vendor['allowed']:,}, {ago(vendor['at'])}"


def _lane(lane: Mapping[str, Any]) -> tuple[Any, ...]:
    return lane["name"], lane["state"], ago(lane["next_at"]), lane["reason"], lane["hint"]


def _run(run: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        run["id"],
        run["lane"],
        ago(run["ended_at"]),
        ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in run["counts"].items()),
    )
