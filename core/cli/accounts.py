"""`leadloom accounts`: for which account a person is taken to work, and a person's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.merge import one_record, wake
from core.cli.output import JsonOption, complain, say, write_json, write_table
from core.cli.session import actor, open_installation

if TYPE_CHECKING:
    from core.runtime.desk.employing import Employer

_group = typer.Typer(help="See and say which account a person works for.", no_args_is_help=True)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="An e-mail address, a lead's id, link:ID or inbox:NUMBER.")]
LimitOption = Annotated[int, typer.Option(help="Show at most so many.", min=1)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="accounts")


@_group.command("list")
def list_open(ctx: typer.Context, limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List the people whose account is a question, the surest guess first. No personal data."""
    from core.runtime.desk.employing import open_questions

    with open_installation(ctx).reading_store() as store:
        found = open_questions(store, limit)
    if as_json:
        write_json(found)
        return
    rows = [(each.lead, _named(each), f"{each.confidence:.0%}", each.reason, each.rival_id or "") for each in found]
    if not rows:
        say("Nobody's account is a question.")
        return
    write_table("People whose account is a question", ["person", "account", "sure", "by", "or as well"], rows, numbers=["sure"])
    say("`leadloom accounts tie PERSON ACCOUNT` says which it is, `leadloom accounts untie PERSON` that it is none.")


@_group.command()
def show(ctx: typer.Context, person: PersonArgument, as_json: JsonOption = False) -> None:
    """Show the account found for a person: how sure, and by what."""
    from core.runtime.desk.employing import employer

    installation = open_installation(ctx)
    lead = one_record(installation, person)
    with installation.reading_store() as store:
        found = employer(store, lead)
    if as_json:
        write_json(found)
    elif found is None:
        say(f"No account fits {lead}.")
    else:
        say(_told(found))


@_group.command()
def tie(
    ctx: typer.Context, person: PersonArgument, account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
) -> None:
    """Say for which account a person works. Nothing overrules it but the next word."""
    _say(ctx, person, account)


@_group.command()
def untie(ctx: typer.Context, person: PersonArgument) -> None:
    """Say that a person works for none of the accounts."""
    _say(ctx, person, None)


@_group.command()
def refresh(ctx: typer.Context) -> None:
    """Have everybody's account looked for anew, as after a change of `identity.accounts` or of the mappings."""
    from core.runtime.desk.employing import look_anew

    installation = open_installation(ctx)
    with installation.writing_store() as store:
        count = look_anew(store, installation.clock.now())
    wake(installation)
    say(f"{count:,} records are looked at anew, in the background. `leadloom status` tells how many wait.")


def _say(ctx: typer.Context, person: str, account: str | None) -> None:
    from core.model.ids import GoldenId
    from core.runtime.desk.employing import NoSuchRecord, say_employer

    installation = open_installation(ctx)
    lead = one_record(installation, person)
    try:
        with installation.writing_store() as store:
            say_employer(store, lead, GoldenId(account) if account else None, by=actor(), now=installation.clock.now())
    except NoSuchRecord as error:
        complain(str(error))
        raise typer.Exit(1) from error
    wake(installation)
    say(f"{lead} works for {account}." if account else f"{lead} works for none of the accounts.")


def _named(found: Employer) -> str:
    name = found.account.get("name") or found.account.get("domain") or ""
    return f"{found.account_id} {name}".strip()


def _told(found: Employer) -> str:
    what = {"tied": "Works for", "open": "May work for", "refused": "Works for none of the accounts"}[found.state]
    if found.state == "refused":
        return f"{what}, said {found.decided_by}."
    said = ", ".join(f"{name} {value}" for name, value in found.account.items())
    rival = f" {found.rival_id} fits as well." if found.rival_id else ""
    return f"{what} {found.account_id} ({said}): {found.confidence:.0%} sure, by {found.reason}.{rival}"
