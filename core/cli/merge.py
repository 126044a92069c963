"""`leadloom merge`: make two records one, or say that they are different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, complain, say, write_json, write_table
from core.cli.session import actor, is_interactive, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.merging import MergePlan
    from core.runtime.installation import Installation

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(merge)


def merge(
    ctx: typer.Context,
    one: Annotated[str, typer.Argument(help="An e-mail address, a lead's id, link:ID or inbox:NUMBER.")],
    other: Annotated[str, typer.Argument(help="The same of the other one.")],
    different: Annotated[bool, typer.Option("--different", help="Remember that the two are different; nothing merges them then.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make two records one, or remember that they are different.

    Shows first which record survives, what is true then and what happens in each CRM, then asks. Either word is remembered:
    no key and no score overrules it. `leadloom unmerge` takes a merge back. This shows personal data.
    """
    from core.runtime.desk.merging import merge as make_one
    from core.runtime.desk.merging import plan_merge

    installation = open_installation(ctx)
    pair = (one_record(installation, one), one_record(installation, other))
    by = f"person:{actor()}"
    if different:
        _tell_apart(installation, pair, by, as_json=as_json)
        return
    with installation.reading_store() as store:
        rules = rules_of(installation, store)
        plan = plan_merge(store, rules, pair)
    if not as_json:
        _show(plan)
    agreed = yes or (not as_json and is_interactive() and typer.confirm("Merge them?"))
    done = None
    if agreed:
        with installation.writing_store() as store:
            done = make_one(store, rules, pair, by=by, why="by hand", now=installation.clock.now())
        wake(installation)
    if as_json:
        write_json({"done": done, "plan": plan})
    elif done is not None:
        say(f"Merged into {done.survivor}. `leadloom unmerge {done.loser}` takes it back.")
    else:
        complain("Nothing was done." if is_interactive() else "Nothing was done. Repeat the command with --yes.")
        raise typer.Exit(1)


def _tell_apart(installation: Installation, pair: tuple[Any, Any], by: str, *, as_json: bool) -> None:
    from core.runtime.desk.merging import tell_different

    with installation.writing_store() as store:
        tell_different(store, pair, by=by, now=installation.clock.now())
    if as_json:
        write_json({"done": True, "different": pair})
    else:
        say(f"{pair[0]} and {pair[1]} stay apart from now on.")


def one_record(installation: Installation, word: str) -> Any:
    """The golden record that a word stands for; ends the command where there is none, or several."""
    from core.model.ids import GoldenId
    from core.runtime.desk.questions import find_people

    with installation.reading_store() as store:
        found = find_people(store, word.removeprefix("lead:"))
    if len(found) != 1:
        several = f"Several share '{word}': {', '.join(each.id for each in found)}. Name one by its id."
        complain(several if found else f"Nobody is known as '{word}'.")
        raise typer.Exit(1)
    return GoldenId(found[0].id)


def rules_of(installation: Installation, store: Any) -> Any:
    """The mappings in force."""
    from core.runtime.releases import running_rules

    return running_rules(installation.config, installation.connections(store).configured(), store)


def wake(installation: Installation) -> None:
    """Have a running server see to what is to be written now."""
    from core.runtime.desk.acts import wake_server

    wake_server(installation)


def _show(plan: MergePlan) -> None:
    say(f"{plan.loser} goes into {plan.survivor}, which is older.")
    if plan.apart:
        say("A person said that the two are different; merging them takes that back.")
    rows = [(each.field, _cell(each.survivor), _cell(each.loser), _cell(each.then)) for each in plan.fields]
    write_table("What is true then", ["field", plan.survivor, plan.loser, "then"], rows)
    if plan.links:
        places = [(f"{each.connection} {each.object} {each.remote_id or '(no record there yet)'}", each.what) for each in plan.links]
        write_table("In the CRMs", ["record", "what happens"], places)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
