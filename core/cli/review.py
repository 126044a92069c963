"""`leadloom review`: pairs of records that may be one person, side by side, and a person's answer on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli.output import JsonOption, ago, complain, say, write_json, write_table
from core.cli.session import actor, is_interactive, open_installation

if TYPE_CHECKING:
    from core.flow.pipeline import Rules
    from core.runtime.desk.review import Review
    from core.runtime.installation import Installation

_group = typer.Typer(help="Answer which records are one person, and train a model on the answers.", invoke_without_command=True)
LimitOption = Annotated[int, typer.Option(help="Show at most so many.", min=1)]
OneArgument = Annotated[str, typer.Argument(metavar="A", help="The id of a golden record, as the list shows it.")]
OtherArgument = Annotated[str, typer.Argument(metavar="B", help="The id of the other one.")]
ActorOption = Annotated[
    str | None, typer.Option("--actor", help="Who answers, for the audit trail; the user who is logged in, if not said.")
]
_TEST = ("s", "d", "k", "q")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="review")


@_group.callback()
def review(ctx: typer.Context, who: ActorOption = None) -> None:
    """Answer which records are one person. Without a command behind it, it asks pair by pair, the likeliest first.

    This shows personal data. Where nobody can answer (a pipe, a job), it lists.
    """
    if ctx.invoked_subcommand is not None:
        return
    if is_interactive():
        _ask_all(ctx, who or actor())
    else:
        list_pairs(ctx, 50, as_json=False)


@_group.command("list")
def list_pairs(ctx: typer.Context, limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List the pairs that wait for an answer, the likeliest first. No personal data."""
    from core.runtime.desk.review import list_open, reasons

    with open_installation(ctx).reading_store() as store:
        found = list_open(store, limit)
    if as_json:
        write_json(found)
        return
    rows = [
        (each.left_id, each.right_id, f"{each.probability:.0%}", ago(each.created_at), _short(reasons(each.parts)[:3])) for each in found
    ]
    if rows:
        write_table("Pairs that may be one person", ["A", "B", "likely", "proposed", "mostly because"], rows, numbers=["likely"])
        say("Look at one: leadloom review show A B. Answer: leadloom review same A B, or different A B.")
    else:
        say("No pair waits for an answer.")


@_group.command()
def show(ctx: typer.Context, one: OneArgument, other: OtherArgument, as_json: JsonOption = False) -> None:
    """Show two records side by side: what differs, what speaks for one person, what merging would do. Shows personal data."""
    from core.runtime.desk.review import review as look

    installation = open_installation(ctx)
    with installation.reading_store() as store:
        found = look(store, _rules(installation, store), one, other)
    if as_json:
        write_json(found)
    else:
        _show(found)


@_group.command()
def same(ctx: typer.Context, one: OneArgument, other: OtherArgument, who: ActorOption = None, as_json: JsonOption = False) -> None:
    """Say that two records are one person: they are merged now. `leadloom unmerge` takes it back."""
    _answer(ctx, (one, other), "same", (who or actor(), as_json))


@_group.command()
def different(ctx: typer.Context, one: OneArgument, other: OtherArgument, who: ActorOption = None, as_json: JsonOption = False) -> None:
    """Say that two records are two people: they are never proposed again, and never merged by a machine."""
    _answer(ctx, (one, other), "different", (who or actor(), as_json))


@_group.command()
def train(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Train a model on the answers given so far.

    It is judged by answers it was not trained on; only where these confirm it, it is put in force and merges by itself
    what it is sure of (`identity.merge_at`).
    """
    from core.runtime.desk.review_model import train_model

    installation = open_installation(ctx)
    with installation.writing_store() as store:
        trained = train_model(store, installation.config.identity.merge_at, installation.clock.now())
    if as_json:
        told = {"answers": trained.answers, "held_out": trained.held_out, "precision": trained.precision}
        write_json({**told, "confirmed": trained.is_confirmed})
        return
    say(f"Trained on {trained.answers} answers. Of those held out it was sure of {trained.held_out}, and right in {trained.precision:.1%}.")
    if trained.is_confirmed:
        say("It is confirmed and in force: it merges by itself what it is sure of. `leadloom review model off` switches it off.")
    else:
        say("That does not confirm it: nothing is merged by itself. More answers may help.")


@_group.command()
def model(
    ctx: typer.Context,
    switch: Annotated[
        Literal["on", "off"] | None, typer.Argument(metavar="[on|off]", help="Put the confirmed model in force, or none.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell which model merges by itself, and how far the answers are; or switch it on or off."""
    from core.runtime.desk.review_model import model_state, switch_model

    installation = open_installation(ctx)
    if switch is not None:
        with installation.writing_store() as store:
            switch_model(store, on=switch == "on")
    with installation.reading_store() as store:
        state = model_state(store)
    if as_json:
        write_json(state)
        return
    say(f"{state.answers} pairs are answered by people ({state.same} the same); a model can be trained from {state.needed}.")
    if state.in_force is None:
        say("No model is in force: nothing is merged by a score alone.")
    else:
        known = state.in_force
        right = f"right in {known.precision:.1%} of {known.held_out} held out"
        say(f"Model {known.number} of {known.trained_at:%Y-%m-%d} is in force ({right}).")


def _answer(ctx: typer.Context, pair: tuple[str, str], said: Literal["same", "different"], told: tuple[str, bool]) -> None:
    from core.runtime.desk.acts import wake_server
    from core.runtime.desk.review import answer

    installation = open_installation(ctx)
    with installation.writing_store() as store:
        kept = answer(store, _rules(installation, store), pair, said, by=told[0], now=installation.clock.now())
    wake_server(installation)
    if told[1]:
        write_json({"answer": said, "pair": pair, "record": kept})
    else:
        say(_told(said, kept))


def _told(said: str, kept: str) -> str:
    if said == "same":
        return f"They are one record now: {kept}. `leadloom merges {kept}` tells of it, `leadloom unmerge` takes it back."
    return "They stay two, and are not proposed again."


def _ask_all(ctx: typer.Context, by: str) -> None:
    from core.runtime.desk.acts import wake_server
    from core.runtime.desk.review import answer, list_open
    from core.runtime.desk.review import review as look

    installation = open_installation(ctx)
    skipped: set[tuple[str, str]] = set()
    answered = 0
    with installation.writing_store() as store:
        rules = _rules(installation, store)
        while found := list_open(store, 1, skipped):
            pair = (found[0].left_id, found[0].right_id)
            _show(look(store, rules, *pair))
            word = _ask()
            if word == "q":
                break
            if word == "k":
                skipped.add(pair)
                continue
            said: Literal["same", "different"] = "same" if word == "s" else "different"
            say(_told(said, answer(store, rules, pair, said, by=by, now=installation.clock.now())))
            answered += 1
        else:
            say("No other pair waits for an answer.")
        _tell_state(store, answered)
    wake_server(installation)


def _ask() -> str:
    while True:
        word = str(typer.prompt("[s]ame, [d]ifferent, s[k]ip or [q]uit", default="k")).strip().casefold()
        letter = {"same": "s", "different": "d", "skip": "k", "quit": "q"}.get(word, word)
        if letter in _TEST:
            return letter
        complain("Answer s, d, k or q.")


def _tell_state(store: Any, answered: int) -> None:
    from core.runtime.desk.review_model import model_state

    state = model_state(store)
    say(f"{answered} answered now, {state.answers} in all.")
    if state.answers >= state.needed and not state.models:
        say("That is enough to train a model that may merge what it is sure of: leadloom review train.")


def _show(found: Review) -> None:
    from core.runtime.desk.review import differs

    say("")
    say(f"{found.left} and {found.right}: {found.probability:.1%} one person ({found.score:+.1f} bits)")
    rows = [("*" if differs(each) else "", each.field, *map(_cell, (each.survivor, each.loser, each.then))) for each in found.fields]
    write_table(None, ["", "field", "A", "B", "as one"], rows)
    say("Why: " + _short(found.reasons))
    say(f"If they are one, A ({found.left}) stays and B goes into it.")
    for each in found.links:
        say(f"  {each.connection} {each.object} {each.remote_id or '(no record there yet)'} {each.what}")


def _short(found: Any) -> str:
    return ", ".join(f"{each.words} {each.bits:+.1f}" for each in found)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _rules(installation: Installation, store: Any) -> Rules:
    from core.runtime.releases import running_rules

    return running_rules(installation.config, installation.connections(store).configured(), store)
