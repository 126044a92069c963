"""`leadloom drift`: where the CRMs and our records say different things, and bringing them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import choose, is_interactive, open_installation

if TYPE_CHECKING:
    from core.runtime.drift import ObjectDrift
    from core.runtime.drift_repair import RepairPlan
    from core.runtime.installation import Installation

_WORDS = {
    "theirs_not_taken_in": "theirs moved, not taken in",
    "ours_not_written": "ours moved, not written",
    "diverged": "differs by rule",
    "frozen": "frozen",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=_Command)(drift)


class _Command(TyperCommand):
    """Knows the options that say how far a repair goes, which would be too many for one function."""

    def __init__(self, *words: Any, params: list[Any], **options: Any) -> None:
        apart = typer.Typer(add_completion=False)
        apart.command()(_how_far)
        more: list[Any] = list(get_command(apart).params)
        for option in more:
            option.expose_value = False
            option.callback = _keep
        super().__init__(*words, params=[*params, *more], **options)


def _how_far(
    enforce: Annotated[bool, typer.Option("--enforce", help="With --apply: write ours where the sides differ by rule, too.")] = False,
    all_of_them: Annotated[
        bool, typer.Option("--all-of-them", help="With --apply: also where more than 5 % of the records would change.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Show at most so many records of each kind.", min=1)] = 20,
) -> None:
    """Only the options are used."""


def _keep(ctx: Any, option: Any, value: Any) -> None:
    ctx.meta[f"leadloom.drift.{option.name}"] = value


def _kept(ctx: typer.Context, name: str) -> Any:
    return ctx.meta[f"leadloom.drift.{name}"]


def drift(
    ctx: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    object_name: Annotated[str | None, typer.Argument(metavar="[OBJECT]", help="Only this object of it.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Bring them together: take in what was missed, write what waits.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare our records with the CRMs completely; nothing is changed without --apply.

    Everything there is read once, with the calls that are not kept for live leads. A record that the reading does not show
    is looked up by its id before it is called missing. The rows show field values: this is personal data.
    """
    from core.runtime.desk.reconciling import comparing, enter_repairs, plans, work_off

    enforce, everything, limit = (_kept(ctx, name) for name in ("enforce", "all_of_them", "limit"))
    if (enforce or everything) and not apply:
        raise typer.BadParameter("--enforce and --all-of-them go with --apply.")
    installation = open_installation(ctx)
    _known(installation, connection, object_name)
    with progress("Comparing") as at, comparing(installation, connection, object_name, limit, at) as (store, compared):
        found = [one.found for one in compared]
        planned = [plan for plan in plans(store, compared, enforce=enforce) if not plan.is_empty]
        if not as_json:
            _show(found)
        goes_on = apply and bool(planned) and _may(planned, found, everything=everything, yes=yes, as_json=as_json)
        if goes_on:
            enter_repairs(installation, store, compared, enforce=enforce)
    if goes_on:
        with progress("Repairing") as at:
            work_off(installation, [(plan.connection, plan.object) for plan in planned], at)
    if as_json:
        write_json({"objects": found, "plan": planned, "applied": goes_on})
    else:
        _tell_end(goes_on=goes_on, apply=apply, is_planned=bool(planned))


def _tell_end(*, goes_on: bool, apply: bool, is_planned: bool) -> None:
    if goes_on:
        say("Entered and worked off. What is retried later goes on with the server; compare again to see that nothing is left.")
    elif apply:
        say("There is nothing to repair.")
    elif is_planned:
        say("Nothing was changed. Bring them together with `leadloom drift --apply`.")


def _known(installation: Installation, connection: str | None, object_name: str | None) -> None:
    from core.runtime.desk.reconciling import sync_mappings

    if connection is None:
        return
    choose(connection, installation.config.connections, "connection")
    with installation.reading_store() as store:
        objects = [mapping.object for mapping in sync_mappings(installation, store, connection, None)]
    if object_name is not None:
        choose(object_name, objects, f"sync mapping of '{connection}' for the object")
    elif not objects:
        complain(f"No sync mapping writes to '{connection}', or it is switched off or cannot be read: there is nothing to compare.")
        raise typer.Exit(1)


def _may(planned: list[RepairPlan], found: list[ObjectDrift], *, everything: bool, yes: bool, as_json: bool) -> bool:
    """Whether the repair goes on; ends the command where too much would change, or nobody can answer."""
    told = [
        f"{plan.connection} {plan.object}: {plan.taken_in:,} to be read again and taken in, {plan.written:,} to be written, "
        f"{plan.enforced:,} to be set to ours, of {plan.of:,}."
        for plan in planned
    ]
    if not as_json:
        for line in told:
            say(line)
    reason = ""
    if any(plan.is_too_much for plan in planned) and not everything:
        reason = "This is more than the safety share. Look at the rows; if it is meant, repeat the command with --all-of-them."
    elif not yes and (as_json or not is_interactive()):
        reason = "Nobody can be asked here. Repeat the command with --yes."
    if reason:
        if as_json:
            write_json({"objects": found, "plan": planned, "applied": False, "reason": reason})
        complain(reason + " Nothing was done.")
        raise typer.Exit(1)
    if not yes and not typer.confirm("Go on?"):
        say("Nothing was done.")
        raise typer.Exit(1)
    return True


def _show(found: list[ObjectDrift]) -> None:
    for each in found:
        whys = ", ".join(f"{count:,} {_WORDS[why]}" for why, count in sorted(each.fields.items()))
        say(
            f"{each.connection} {each.object} (mapping '{each.mapping}'): {each.read:,} records read with {each.calls:,} API calls. "
            f"{each.level:,} level, {each.differs:,} differ{f' (fields: {whys})' if whys else ''}, {each.missing:,} missing there, "
            f"{each.doubles:,} doubled there, {each.unknown_of_ours:,} of ours and not tied yet, {each.strangers:,} strangers, "
            f"{each.not_wanted:,} not wanted, {each.in_motion:,} just being written."
        )
        if each.not_shown > each.missing:
            say(f"{each.not_shown - each.missing:,} records that the reading did not show are there.")
        _show_rows(each)


def _show_rows(each: ObjectDrift) -> None:
    rows: list[tuple[Any, ...]] = [
        (row.golden, row.remote_id, drift.field, drift.ours, drift.theirs, _WORDS[drift.why.value])
        for row in each.rows
        for drift in row.fields
    ]
    if rows:
        write_table("Differs", ["lead", "record there", "field", "ours", "theirs", "why"], rows)
    if each.missing_rows:
        write_table("Missing there", ["lead", "record"], each.missing_rows)
    if each.double_rows:
        write_table("Doubled there", ["lead", "records"], [(golden, ", ".join(records)) for golden, records in each.double_rows])
