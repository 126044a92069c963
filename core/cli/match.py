"""`leadloom match`: why two records are one person or two, and how well matching does on records where it is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.merge import wake
from core.cli.output import JsonOption, complain, progress, say, write_json, write_table
from core.cli.session import is_interactive, open_installation

if TYPE_CHECKING:
    from core.flow.identity.judging import Point, Quality
    from core.flow.identity.model import Model
    from core.runtime.desk.comparing import Compared
    from core.runtime.match_evaluation import Evaluation

_group = typer.Typer(help="See why two records are one person or two, and how well matching does.", no_args_is_help=True)
_RECORD = "A person who is known (id, e-mail address, link:ID), a JSON file, or a record as JSON text."


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="match")


@_group.command()
def explain(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=_RECORD)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one, named in the same ways.")],
    as_json: JsonOption = False,
) -> None:
    """Show what each agreement and each difference of two records tells, in bits that add up, and what would become of them.

    This shows no values, only how far they agree.
    """
    from core.runtime.desk.comparing import compare

    records, model = _records(ctx, (a, b))
    found = compare(records[0], records[1], model)
    if as_json:
        write_json(_explained(found))
        return
    rows = [(part.words, f"{part.weight:+.1f}") for part in found.score.parts]
    write_table(None, ["what", "bits"], [*rows, ("together", f"{found.score.logit:+.1f}")], numbers=["bits"])
    say(_told(found))


def _records(ctx: typer.Context, words: tuple[str, str]) -> tuple[list[Any], Model | None]:
    """The two records, and the weights in force where one of them is the store's."""
    from core.runtime.desk import comparing
    from core.runtime.labelled_file import FileUnclear

    try:
        given = {word: comparing.record_of(word) for word in words if comparing.is_record(word)}
    except (OSError, FileUnclear) as error:
        raise typer.BadParameter(str(error)) from error
    asked, model = [word for word in words if word not in given], None
    if asked:
        from core.runtime.match_weights import model_of

        with open_installation(ctx).reading_store() as store:
            for word in asked:
                known = comparing.record_known(store, word)
                if known is None:
                    complain(
                        f"Nobody is known as '{word}'. Name an id or an address that `leadloom leads` shows, or give a record as JSON."
                    )
                    raise typer.Exit(1)
                given[word] = known
            model = model_of(store)
    return [given[word] for word in words], model


def _explained(found: Compared) -> dict[str, Any]:
    parts = [{"comparison": part.comparison, "level": part.level, "words": part.words, "bits": part.weight} for part in found.score.parts]
    score = {"bits": found.score.logit, "probability": found.score.probability}
    return {"verdict": found.verdict, "keys": found.keys, **score, "parts": parts}


def _told(found: Compared) -> str:
    from core.runtime.desk.comparing import Verdict

    likely = f"{found.score.probability:.1%}"
    match found.verdict:
        case Verdict.ONE:
            return f"One person: they share {', '.join(found.keys)}, by which records are merged without asking. The score says {likely}."
        case Verdict.ASK:
            return f"Perhaps one person ({likely}): they share no key, so a person is asked."
        case Verdict.TWO:
            return f"Two people: {likely} speak for one person."


@_group.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="A CSV file of records of which it is known who is who.", exists=True, dir_okay=False)],
    entity: Annotated[str | None, typer.Option("--entity", help="The column that tells who is who; absent: recognised.")] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="A CSV file with the ids of two records of one person a row.", exists=True)
    ] = None,
    threshold: Annotated[float, typer.Option("--threshold", help="From this probability on two are one person.", min=0, max=1)] = 0.5,
    plot: Annotated[Path | None, typer.Option("--plot", help="Write the curve over the threshold as an SVG picture.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure matching on your own records: precision, recall and F1 of pairs and groups, B-cubed, and the curve over the threshold.

    Columns are recognised by their heads, as `leadloom import` does it. The labels are only looked at to judge. Records that share
    a deterministic key count as one person, as they do when leads come in.
    """
    from core.runtime.labelled_file import FileUnclear, read_labelled
    from core.runtime.match_evaluation import evaluate as judge

    try:
        with progress("Matching"):
            labelled = read_labelled(file, entity=entity, pairs=pairs)
            found = judge(labelled, threshold)
    except FileUnclear as error:
        raise typer.BadParameter(str(error)) from error
    write_json(_as_json(found)) if as_json else _show(found)
    if plot is not None:
        from core.runtime.curve_plot import curve_svg

        plot.write_text(curve_svg(found.curve, found.threshold, f"{file.name}: pairs by threshold"), encoding="utf-8")
        say(f"Wrote {plot}.") if not as_json else None


@_group.command()
def weights(
    file: Annotated[
        Path | None, typer.Argument(help="A CSV file of records to fit the weights to; absent: as shipped.", exists=True, dir_okay=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what each agreement and each difference tells, in bits: as shipped, or learnt from the records of a file without labels.

    10 bits are a factor of about 1,000. Bulk matching and `leadloom match evaluate` fit the weights to their records in this way.
    """
    from core.flow.identity.model import Model
    from core.runtime.labelled_file import FileUnclear, read_records
    from core.runtime.match_evaluation import fitted_to

    try:
        with progress("Learning"):
            model = fitted_to(read_records(file)) if file else Model.default()
    except FileUnclear as error:
        raise typer.BadParameter(str(error)) from error
    told = model.told()
    if as_json:
        write_json([{"comparison": part.comparison, "level": part.level, "words": part.words, "bits": part.weight} for part in told])
        return
    write_table(None, ["what", "bits"], [(part.words, f"{part.weight:+.1f}") for part in told], numbers=["bits"])


@_group.command()
def train(
    ctx: typer.Context,
    shipped: Annotated[bool, typer.Option("--shipped", help="Go back to the weights that come with Leadloom.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit the weights to your own records, without labels, and weigh by them from then on.

    Shows what each agreement counts then, beside what it counts as shipped, and asks. A model that was trained on answers is put out of
    force, since it stands on the weights: train it again with `leadloom review train`. All records are matched again in the background.
    """
    from core.runtime.match_weights import TooFew, learn_weights, put_in_force

    installation = open_installation(ctx)
    try:
        with installation.reading_store() as store, progress("Learning") as at:
            fitted = None if shipped else learn_weights(store, lambda read: at(f"{read:,} records"))
    except TooFew as error:
        complain(str(error))
        raise typer.Exit(1) from error
    if fitted is not None and not as_json:
        _show_weights(fitted.model)
    agreed = yes or (not as_json and is_interactive() and typer.confirm("Weigh by these from now on?"))
    if agreed:
        from core.runtime.desk.employing import look_anew

        with installation.writing_store() as store:
            put_in_force(store, fitted, installation.clock.now())
            look_anew(store, installation.clock.now())
        wake(installation)
    told = "shipped" if fitted is None else f"{fitted.records:,} records"
    if as_json:
        write_json({"in_force": agreed, "records": 0 if fitted is None else fitted.records})
    else:
        say(f"In force: the weights of {told}." if agreed else "Nothing was changed.")


def _show_weights(model: Model) -> None:
    from core.flow.identity.model import Model as Known

    before = {(part.comparison, part.level): part.weight for part in Known.default().told()}
    rows = [(part.words, f"{before[part.comparison, part.level]:+.1f}", f"{part.weight:+.1f}") for part in model.told()]
    write_table(None, ["what", "as shipped", "then"], rows, numbers=["as shipped", "then"])


def _show(found: Evaluation) -> None:
    used = ", ".join(f"{name} = {column}" for name, column in found.columns.items())
    say(f"{found.rows:,} records of {found.people:,} people. Columns: {used}.")
    rows = [
        ("deterministic keys alone", *_shares(found.keys)),
        ("compared at all", *_shares(found.candidates)),
        ("the score alone", *_shares(found.scored)),
        ("keys and score", *_shares(found.pairs)),
        ("groups by average link", *_shares(found.groups)),
        ("groups of all that hang together", *_shares(found.connected)),
    ]
    columns = ["", "found", "precision", "recall", "F1"]
    write_table(None, columns, rows, numbers=columns[1:])
    say(f"Threshold {found.threshold:g}. B-cubed F1 of the groups by average link: {found.b_cubed:.4f}.")
    write_table("By threshold", ["threshold", *columns[1:]], [_point(each) for each in found.curve], numbers=["threshold", *columns[1:]])


def _shares(quality: Quality) -> tuple[str, str, str, str]:
    return f"{quality.found:,}", f"{quality.precision:.4f}", f"{quality.recall:.4f}", f"{quality.f1:.4f}"


def _point(point: Point) -> tuple[str, ...]:
    return (f"{point.threshold:g}", *_shares(point.quality))


def _as_json(found: Evaluation) -> dict[str, Any]:
    def shares(quality: Quality) -> dict[str, float]:
        return {"found": quality.found, "precision": quality.precision, "recall": quality.recall, "f1": quality.f1}

    return {
        "rows": found.rows,
        "people": found.people,
        "columns": dict(found.columns),
        "threshold": found.threshold,
        "keys": shares(found.keys),
        "candidates": shares(found.candidates),
        "scored": shares(found.scored),
        "pairs": shares(found.pairs),
        "connected": shares(found.connected),
        "groups": shares(found.groups),
        "b_cubed": found.b_cubed,
        "curve": [{"threshold": each.threshold, **shares(each.quality)} for each in found.curve],
    }
