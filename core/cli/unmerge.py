"""`leadloom unmerge` and `merges`: take a merge back, and the history of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.merge import YesOption, rules_of, wake
from core.cli.output import JsonOption, complain, say, write_json, write_table
from core.cli.session import actor, is_interactive, open_installation

if TYPE_CHECKING:
    from core.model.merges import MergeEvent
    from core.runtime.desk.unmerging import UnmergePlan

Record = Annotated[str, typer.Argument(metavar="GOLDEN", help="A record's id: of the one that is left, or of the one that was lost.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(merges)
    app.command()(unmerge)


def merges(ctx: typer.Context, golden: Record, as_json: JsonOption = False) -> None:
    """List the merges of a record, oldest first: what went into what, by which rule, why, and whether it was taken back."""
    from core.model.ids import GoldenId
    from core.runtime.desk.unmerging import merges as history

    with open_installation(ctx).reading_store() as store:
        found = history(store, GoldenId(golden.removeprefix("lead:")))
    if as_json:
        write_json([_event(each) for each in found])
    elif found:
        rows = [(e.id, f"{e.at:%Y-%m-%d %H:%M}", e.loser, e.survivor, e.by, e.why, _undone(e)) for e in found]
        write_table(None, ["event", "at", "lost", "left", "by", "why", "taken back"], rows)
    else:
        say("No merge of it is remembered.")


def unmerge(
    ctx: typer.Context,
    golden: Record,
    event: Annotated[str | None, typer.Option("--event", help="Which merge; `leadloom merges GOLDEN` lists them.")] = None,
    recreate: Annotated[bool, typer.Option("--recreate", help="Make anew what a CRM merged away: it gets a new id there.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a merge back: both records as they were, with their links, keys and consents.

    What came since goes to the side whose keys it carries, else it stays and is told. What a CRM merged on its side cannot be
    restored there; --recreate makes it anew. The two are remembered as different. The plan is shown first. With --json it is
    printed, and carried out with --yes alone.
    """
    from core.model.ids import GoldenId
    from core.runtime.desk.unmerging import plan_unmerge
    from core.runtime.desk.unmerging import unmerge as part

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        rules = rules_of(installation, store)
        plan = plan_unmerge(store, rules, GoldenId(golden.removeprefix("lead:")), event_id=event, recreate=recreate)
    if not as_json:
        _show(plan, recreate=recreate)
    agreed = yes or (not as_json and is_interactive() and typer.confirm("Take the merge back?"))
    if agreed:
        with installation.writing_store() as store:
            plan = part(store, rules, plan, by=f"person:{actor()}", now=installation.clock.now(), recreate=recreate)
        wake(installation)
    if as_json:
        write_json({"done": agreed, **_data(plan)})
    elif agreed:
        say(f"{plan.event.loser} is back; nothing merges it with {plan.holder} again but a person.")
    else:
        complain("Nothing was done." if is_interactive() else "Nothing was done. Repeat the command with --yes.")
        raise typer.Exit(1)


def _show(plan: UnmergePlan, *, recreate: bool) -> None:
    event, parting = plan.event, plan.parting
    say(f"On {event.at:%Y-%m-%d %H:%M} {event.loser} went into {event.survivor} ({event.by}): {event.why}")
    say(f"{event.loser} gets back {len(parting.back)} observations and {len(parting.keys)} keys from {plan.holder}.")
    rows = [
        (f"{c.connection} {c.object}", c.golden_id, c.role.value, c.state.value.replace("_", " "), c.reason or "")
        for c in parting.plan.links
    ]
    if rows:
        write_table("In the CRMs", ["object", "belongs to", "as", "state", "why"], rows)
    for line in _told(plan, recreate=recreate):
        say(line)


def _told(plan: UnmergePlan, *, recreate: bool) -> list[str]:
    """What cannot be restored."""
    told = []
    for each in plan.parting.unsure:
        what = f"inbox:{each.inbox_id}" if each.inbox_id is not None else each.id
        told.append(f"{what} came since and does not say which of the two it is about: it stays with {plan.holder}.")
    for link in plan.parting.gone_there:
        how = "it is made anew, with a new id." if recreate else "--recreate makes it anew."
        told.append(f"{link.connection} {link.object} {link.remote_id} was merged away there and cannot be restored: {how}")
    for link_id, names in plan.parting.left_there.items():
        told.append(f"link:{link_id}: {', '.join(names)} stay in the record there; clear them there if they are wrong.")
    return told


def _undone(event: MergeEvent) -> str:
    return f"{event.undone_at:%Y-%m-%d %H:%M} by {event.undone_by}" if event.undone_at else ""


def _event(event: MergeEvent) -> dict[str, Any]:
    names = ("id", "at", "loser", "survivor", "by", "why", "inbox_id", "undone_at", "undone_by")
    return {name: getattr(event, name) for name in names} | {
        "observations": event.lost.observations,
        "links": [link.id for link in event.lost.links],
        "keys": [key.kind for key in event.lost.keys],
        "consents": event.lost.consents,
    }


def _data(plan: UnmergePlan) -> dict[str, Any]:
    parting = plan.parting
    return {
        "event": _event(plan.event),
        "holder": plan.holder,
        "observations": [each.id for each in parting.back],
        "keys": [key.kind for key in parting.keys],
        "links": [{"link": each.id, "golden": each.golden_id, "role": each.role, "state": each.state} for each in parting.plan.links],
        "unsure": [each.id for each in parting.unsure],
        "gone_there": [each.id for each in parting.gone_there],
        "left_there": parting.left_there,
    }
