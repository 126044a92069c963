"""`leadloom plan`, `apply`, `releases` and `rollback`: what edited mappings would change, putting them in force, and going back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.output import JsonOption, ago, complain, progress, say, write_json, write_table
from core.cli.rehearsed import rehearsal_data, show_rehearsal, show_summary
from core.cli.session import choose, is_interactive, open_installation

if TYPE_CHECKING:
    from core.runtime.activation import Activated, Target
    from core.runtime.installation import Installation
    from core.runtime.mappings import MappingSet
    from core.runtime.rehearsal import Rehearsal
    from core.runtime.releases import ReleaseView

FromOption = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Take mappings and tables from this folder, over those of `mappings_dir`.")
]
RecordsOption = Annotated[
    int | None, typer.Option("--records", help="Look at so many stored submissions instead of `mappings.rehearse_records`.", min=1)
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (plan, apply, releases, rollback):
        app.command()(command)


def plan(ctx: typer.Context, source: FromOption = None, records: RecordsOption = None, as_json: JsonOption = False) -> None:
    """Say what the edited mappings would change, compared with the running ones; nothing is written.

    Stored submissions are decided again by both, newest first: fields that change, records newly refused or accepted, what
    each CRM would get.
    """
    installation = open_installation(ctx)
    with installation.reading_store() as store, _sound():
        loaded = _loaded(installation, store, source)
        release, edited = _edited(store, loaded)
        found = _rehearsed(installation, store, loaded, records)
    if as_json:
        write_json({"edited": edited, "release": release, **rehearsal_data(found)})
        return
    if not edited:
        _tell_equal(installation, release)
    else:
        say("Edited: " + ", ".join(f"'{name}' ({change})" for name, change in edited.items()))
    show_rehearsal(found)
    say("Nothing was written." + (" Put it in force with `leadloom apply`." if edited else ""))


def apply(
    ctx: typer.Context, source: FromOption = None, records: RecordsOption = None, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Put the edited mappings in force, and bring existing records in line with them.

    All files are checked and rehearsed first. When more of the records looked at would change than
    `mappings.ask_above_share` allows, it asks.
    """
    from core.runtime.activation import apply_files

    installation = open_installation(ctx)
    with installation.reading_store() as store, _sound():
        loaded = _loaded(installation, store, source)
        _, edited = _edited(store, loaded)
        found = _rehearsed(installation, store, loaded, records)
    if not as_json:
        show_summary(found, edited)
    _ask(installation, found, yes=yes, as_json=as_json)
    with installation.writing_store() as store, _sound():
        done = apply_files(installation, store, loaded, source)
    _finish(installation, done, edited, found, as_json=as_json)


def releases(
    ctx: typer.Context, limit: Annotated[int, typer.Option(help="Show at most so many.", min=1)] = 20, as_json: JsonOption = False
) -> None:
    """List what went into force: when, how, and which mappings changed."""
    from core.runtime.releases import list_releases

    with open_installation(ctx).reading_store() as store:
        found = list_releases(store, limit)
    if as_json:
        write_json(found)
    elif found:
        rows = [
            (each.number, ago(each.at), each.how.replace("_", " "), _changed(each), "runs" if each.is_running else "") for each in found
        ]
        write_table(None, ["release", "when", "how", "what changed", ""], rows, numbers=["release"])
    else:
        say("No mapping has gone into force yet. That happens when the first record comes, or with `leadloom apply`.")


def _changed(release: ReleaseView) -> str:
    told = [f"{name} {change} {release.mappings.get(name, '')}".rstrip() for name, change in release.changed.items()]
    return ", ".join(told) or "nothing"


def rollback(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only this mapping, to the version before.")] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="RELEASE|VERSION", help="A release's number, or a mapping's version; `leadloom releases` lists both."),
    ] = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go back to what ran before: the release before the running one, or what --to names.

    Files and their tables are restored and existing records brought in line. A text that never ran is kept beside the file.
    """
    from core.runtime.activation import NoWayBack, known_mappings, roll_back, rollback_target
    from core.runtime.mappings import MappingSet

    installation = open_installation(ctx)
    with installation.reading_store() as store, _sound():
        if name is not None:
            choose(name, known_mappings(store), "mapping that ever ran,")
        try:
            target = rollback_target(installation, store, name, to)
        except NoWayBack as error:
            complain(str(error))
            raise typer.Exit(1) from error
        goal = MappingSet(target.files, ())
        _, edited = _edited(store, goal)
        found = _rehearsed(installation, store, goal, None)
    if not as_json:
        say(f"Back to {_words(target)}.")
        show_summary(found, edited)
    _ask(installation, found, yes=yes, as_json=as_json)
    with installation.writing_store() as store:
        done = roll_back(installation, store, target)
    _finish(installation, done, edited, found, as_json=as_json)


def _words(target: Target) -> str:
    return target.what if target.is_whole else f"{target.what}; the other mappings stay"


def _loaded(installation: Installation, store: Any, source: Path | None) -> MappingSet:
    from core.runtime.activation import sound_files

    return sound_files(installation, installation.connections(store).configured(), source)


def _edited(store: Any, loaded: MappingSet) -> tuple[int, dict[str, str]]:
    """The number of the running release (0: none yet), and what the loaded mappings change against it."""
    from core.runtime.releases import changes, newest_release

    release, _ = newest_release(store)
    found = changes(release.members if release else {}, {file.mapping.name: file.mapping.version for file in loaded.files})
    return release.number if release else 0, {name: str(change) for name, change in found.items()}


def _rehearsed(installation: Installation, store: Any, loaded: MappingSet, records: int | None) -> Rehearsal:
    from core.runtime.rehearsal import rehearse
    from core.runtime.releases import released_rules

    manifests = installation.connections(store).configured()
    running = released_rules(installation.config.mappings_dir, manifests, store)
    most = records or installation.config.mappings.rehearse_records
    with _bar("Rehearsing") as at:
        return rehearse(store, running, loaded.rules(), manifests, most, at)


def _tell_equal(installation: Installation, release: int) -> None:
    if installation.config.mappings.activate == "on_apply":
        say(f"The files say what runs (release {release}). Edit them, or compare another folder with `leadloom plan --from DIR`.")
        return
    say(
        f"The files say what runs (release {release}): with `mappings.activate: on_save` they are in force as soon as they are saved. "
        "To look before that, edit a copy and run `leadloom plan --from DIR`, or set `mappings.activate: on_apply`."
    )


def _ask(installation: Installation, found: Rehearsal, *, yes: bool, as_json: bool) -> None:
    """Ask where more changes than is allowed unasked; ends the command where nobody says yes."""
    limit = installation.config.mappings.ask_above_share
    if yes or found.share <= limit:
        return
    told = f"{found.changed:,} of {found.looked_at:,} records looked at would change ({found.share:.0%}; asked above {limit:.0%})."
    if as_json:
        write_json({"done": False, "reason": told, **rehearsal_data(found)})
    if as_json or not is_interactive():
        complain(f"{told} Nothing was done. Look at `leadloom plan`; if it is meant, repeat the command with --yes.")
        raise typer.Exit(1)
    if not typer.confirm(f"{told} Go on?"):
        say("Nothing was done.")
        raise typer.Exit(1)


def _finish(installation: Installation, done: Activated, edited: dict[str, str], found: Rehearsal, *, as_json: bool) -> None:
    """Let the server know, bring existing records in line, and tell what was done."""
    from core.runtime.desk.acts import wake_server
    from core.runtime.desk.runs import run_lane

    wake_server(installation)
    with progress("Bringing existing records in line") as at:
        lane = run_lane(installation, "replan", lambda _: at(""))
    if as_json:
        write_json(
            {"done": True, "release": done.release, "edited": edited, "written": done.written, "replan": lane, **rehearsal_data(found)}
        )
        return
    say(f"Release {done.release} is in force.")
    if done.written.files:
        say(f"Written: {', '.join(done.written.files)}.")
    if done.written.drafts:
        say(f"What stood there had never run, so it is kept as {', '.join(done.written.drafts)}.")
    say(f"Existing records: {lane.counts.get('links_changed', 0):,} CRM records brought in line.")
    if any(verdict.in_quarantine for verdict in found.newly_accepted):
        say("Records in quarantine that are accepted now go through with `leadloom quarantine replay --all` (or --connection, --reason).")
    if lane.reason_code is not None:
        complain(f"Bringing them in line ended with {lane.reason_code}: {lane.reason} Run `leadloom run replan`.")
        raise typer.Exit(1)


@contextmanager
def _sound() -> Iterator[None]:
    """Tell all problems of mappings that are not sound, and end the command."""
    from core.runtime.activation import UnsoundMappings

    try:
        yield
    except UnsoundMappings as error:
        for problem in error.problems:
            complain(str(problem))
        complain(f"{len(error.problems)} problem{'s' if len(error.problems) > 1 else ''}; nothing was done. Correct them, then try again.")
        raise typer.Exit(1) from error


@contextmanager
def _bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar where somebody watches."""
    import sys

    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
