"""Whether what a line may send fits into a field of the CRM: its kind, its length, its choices. Says only what is certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from core.flow.mapping.expressions import Type
from core.flow.mapping.finding import Finding, Level
from core.flow.mapping.model import Computed, Constant, Direction, Joined, Line, Paths, Place, Unlisted, golden_fields
from core.flow.mapping.remote import PICKLISTS, TEXTS, RemoteField, RemoteKind
from core.model.records import Scalar
from core.model.vocabulary import Kind, Subject, kind_of

ENOUGH = {
    "message": 2_000,
    "street": 80,
    "city": 40,
    "salutation": 10,
    "job_title": 80,
    "industry": 40,
    "referrer": 1_000,
    "landing_page": 1_000,
    Kind.TEXT: 100,
    Kind.EMAIL: 80,
    Kind.PHONE: 16,
    Kind.PERSON_NAME: 40,
    Kind.COMPANY: 100,
    Kind.DOMAIN: 80,
    Kind.URL: 250,
    Kind.COUNTRY: 2,
    Kind.REGION: 40,
    Kind.POSTAL_CODE: 10,
    Kind.LANGUAGE: 10,
    Kind.DATE: 10,
    Kind.DATETIME: 25,
    Kind.NUMBER: 15,
    Kind.MONEY: 20,
    Kind.BOOLEAN: 5,
    Kind.ENUM: 40,
    Kind.LIST: 250,
}
"""Characters that hold nearly all real values of a golden field (by name) or a kind; fewer deserve a word."""

KEEPS_KIND = frozenset({"trim", "collapse", "lower", "upper", "title", "sentence", "truncate", "first_line", "strip_accents"})
"""Transforms after which a value is still of the kind that it was."""

_LOOSE = frozenset({Kind.TEXT, Kind.ENUM, Kind.LIST, Kind.POSTAL_CODE})
"""Kinds whose values may look like anything, so that a mismatch is likely but not certain."""
_TAKES = {
    RemoteKind.NUMBER: ("a number", frozenset({Kind.NUMBER})),
    RemoteKind.MONEY: ("an amount without its currency", frozenset({Kind.NUMBER})),
    RemoteKind.BOOLEAN: ("true or false", frozenset({Kind.BOOLEAN})),
    RemoteKind.DATE: ("a date", frozenset({Kind.DATE})),
    RemoteKind.DATETIME: ("a date and time", frozenset({Kind.DATETIME, Kind.DATE})),
    RemoteKind.EMAIL: ("an e-mail address", frozenset({Kind.EMAIL})),
    RemoteKind.REFERENCE: ("the id of another record", frozenset[Kind]()),
    RemoteKind.ID: ("an id", frozenset[Kind]()),
}
"""What a field of a strict kind wants, and the golden kinds that give it. Kinds that are not listed take any text."""
_LIKELY = {(RemoteKind.DATE, Kind.DATETIME), (RemoteKind.BOOLEAN, Kind.NUMBER)}
"""Pairs that some systems convert by themselves."""
_TYPES = {Type.NUMBER: Kind.NUMBER, Type.BOOLEAN: Kind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class Output:
    """What a line may send: fixed values with their places in the line, and values of these golden kinds.

    `kinds` is empty when nothing but the fixed values is sent, None when it cannot be told. `longest` are the characters
    that are sure to be enough, None when that cannot be told; `is_cut` when the line itself sees to it.
    """

    fixed: tuple[tuple[Place, Scalar], ...]
    kinds: tuple[Kind, ...] | None
    longest: int | None = None
    is_cut: bool = False


def output_of(line: Line, subject: Subject) -> Output:
    """Work out what a line may send."""
    fixed: list[tuple[Place, Scalar]] = []
    if isinstance(line.source, Constant):
        fixed.append((("const",), line.source.value))
    elif line.chain.table is not None:
        table = line.chain.table
        fixed += [(("map", table.written[key]), value) for key, value in table.entries.items() if value not in (None, "")]
    if line.default is not None:
        fixed.append((("default",), line.default))
    passes = not isinstance(line.source, Constant) and (line.chain.table is None or line.chain.table.unlisted is Unlisted.KEEP)
    if not passes:
        return Output(tuple(fixed), ())
    kinds = _kinds(line, subject)
    cut = _cut(line)
    longest = cut if cut is not None else None if kinds is None else _longest(line, subject)
    return Output(tuple(fixed), kinds, longest, is_cut=cut is not None)


def _kinds(line: Line, subject: Subject) -> tuple[Kind, ...] | None:
    if any(step.transform.name not in KEEPS_KIND for step in line.chain.steps):
        return None
    match line.source:
        case Computed(expression):
            kind = _TYPES.get(expression.type)
            return None if kind is None else (kind,)
        case Joined():
            return (Kind.TEXT,)
        case Paths(paths):
            return tuple(dict.fromkeys(kind_of(subject, path) or Kind.TEXT for path in paths))
        case Constant():
            return ()


def _cut(line: Line) -> int | None:
    lengths = [value for step in line.chain.steps if step.transform.name == "truncate" for value in step.arguments.values()]
    return min((value for value in lengths if isinstance(value, int) and not isinstance(value, bool)), default=None)


def _longest(line: Line, subject: Subject) -> int | None:
    if isinstance(line.source, Computed):
        return None
    lengths = [_enough(name, subject) for name in golden_fields(line)]
    return sum(lengths) if isinstance(line.source, Joined) else max(lengths, default=None)


def _enough(name: str, subject: Subject) -> int:
    return ENOUGH.get(name) or ENOUGH[kind_of(subject, name) or Kind.TEXT]


def check_fit(line: Line, field: RemoteField, subject: Subject, vendor: str) -> Iterator[Finding]:
    """Compare what a line may send with the field that it goes to."""
    place: Place = ("fields", line.target)
    output = output_of(line, subject)
    for where, value in output.fixed:
        yield from _fixed(value, field, (*place, *where), vendor)
    if field.kind in PICKLISTS:
        yield from _open_choice(line, output, field, place, vendor)
        return
    yield from _wrong_kind(output, field, place, vendor)
    yield from _too_short(line, output, field, place)


def _fixed(value: Scalar, field: RemoteField, place: Place, vendor: str) -> Iterator[Finding]:
    if value is None or value == "":
        return
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if field.kind in PICKLISTS:
        yield from _choice(text, field, place, vendor)
    elif field.max_length and field.kind in TEXTS and len(text) > field.max_length:
        message = f"'{_short(text)}' has {len(text)} characters; '{field.name}' takes {field.max_length}."
        yield Finding(Level.PROBLEM, "too_short", place, message, hint="Shorten the value.")
    elif not _reads_as(field.kind, value):
        wanted = _TAKES[field.kind][0]
        yield Finding(Level.PROBLEM, "wrong_kind", place, f"'{field.name}' takes {wanted}; '{_short(text)}' is none.")


def _reads_as(kind: RemoteKind, value: Scalar) -> bool:
    """Whether a fixed value is of the kind; true where that is not certain."""
    text = str(value).strip()
    match kind:
        case RemoteKind.NUMBER | RemoteKind.MONEY:
            return not isinstance(value, bool) and _is_number(text)
        case RemoteKind.BOOLEAN:
            return not isinstance(value, str) or text.casefold() in ("true", "false", "1", "0", "yes", "no")
        case RemoteKind.DATE | RemoteKind.DATETIME:
            return _is_date(text)
        case RemoteKind.EMAIL:
            return "@" in text
        case _:
            return True


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return text.isdecimal()  # milliseconds, which some systems take


def _choice(text: str, field: RemoteField, place: Place, vendor: str) -> Iterator[Finding]:
    if not field.choices or not field.choices_closed:
        return
    parts = [part.strip() for part in text.split(";")] if field.kind is RemoteKind.CHOICES else [text]
    folded = {choice.casefold(): choice for choice in field.choices}
    for part in parts:
        if part in field.choices or not part:
            continue
        alike = folded.get(part.casefold())
        near = alike or next((folded[found] for found in get_close_matches(part.casefold(), folded, 1)), None)
        message = f"'{_short(part)}' is not among the choices of '{field.name}'. {vendor} refuses any other than: {listed(field.choices)}."
        yield Finding(Level.WARNING if alike else Level.PROBLEM, "no_such_choice", place, message, near)


def _open_choice(line: Line, output: Output, field: RemoteField, place: Place, vendor: str) -> Iterator[Finding]:
    """Say it when values may come that a closed list does not hold; never for a kind whose values are exactly its choices."""
    if not output.kinds or not field.choices or not field.choices_closed:
        return
    if {"true", "false"} >= {choice.casefold() for choice in field.choices} and output.kinds == (Kind.BOOLEAN,):
        return
    sources = " or ".join(f"'{name}'" for name in golden_fields(line))
    if line.chain.table is not None:
        message = f"What the table does not list is sent as it is, and {vendor} refuses what is not among the choices of '{field.name}'."
        hint = "Say `unlisted: drop` (nothing is sent) or `unlisted: refuse` (the record waits in quarantine)."
    else:
        held = " (a code of two letters such as `DE`)" if Kind.COUNTRY in output.kinds else ""
        message = f"'{field.name}' takes only its choices ({listed(field.choices)}); {sources}{held} may be anything."
        hint = "Give a `map:` from our words to the choices, with `unlisted: drop`."
        if Kind.COUNTRY in output.kinds and {"DE", "US", "FR"} <= set(field.choices):
            return
    yield Finding(Level.WARNING, "open_choice", place, message, hint=hint)


def _wrong_kind(output: Output, field: RemoteField, place: Place, vendor: str) -> Iterator[Finding]:
    if field.kind not in _TAKES or not output.kinds or field.external_id:
        return
    wanted, fitting = _TAKES[field.kind]
    wrong = [kind for kind in output.kinds if kind not in fitting]
    if not wrong:
        return
    is_certain = all(kind not in _LOOSE and (field.kind, kind) not in _LIKELY for kind in wrong)
    kinds = " or ".join(f"`{kind}`" for kind in wrong)
    if is_certain:
        message = f"'{field.name}' takes {wanted}; this line sends a value of kind {kinds}, which {vendor} refuses."
    else:
        message = f"'{field.name}' takes {wanted}; this line sends a value of kind {kinds}, and {vendor} refuses what is no such thing."
    hint = "Take another field, or make it fit with a transform or a `map:`."
    yield Finding(Level.PROBLEM if is_certain else Level.WARNING, "wrong_kind", place, message, hint=hint)


def _too_short(line: Line, output: Output, field: RemoteField, place: Place) -> Iterator[Finding]:
    most = field.max_length
    if not most or field.kind not in TEXTS or output.longest is None or output.longest <= most or output.kinds == ():
        return
    if output.is_cut:
        message = f"`truncate: {output.longest}` leaves more than '{field.name}' takes: {most} characters."
        yield Finding(Level.PROBLEM, "too_short", place, message, hint=f"Write `truncate: {most}`.")
        return
    sources = " and ".join(f"'{name}'" for name in golden_fields(line))
    message = f"'{field.name}' takes {most} characters; {sources} may be longer, and the record would be refused."
    note = "" if line.direction is Direction.TO else "; the line then needs `direction: to` or `back: same`"
    yield Finding(Level.WARNING, "too_short", place, message, hint=f"Add `| truncate: {most}`{note}.")


_NEVER = {
    RemoteKind.BOOLEAN: frozenset({Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.DOMAIN, Kind.COUNTRY, Kind.DATE, Kind.DATETIME, Kind.LANGUAGE}),
    RemoteKind.NUMBER: frozenset({Kind.EMAIL, Kind.URL, Kind.DOMAIN, Kind.COUNTRY, Kind.LANGUAGE}),
    RemoteKind.DATE: frozenset({Kind.EMAIL, Kind.URL, Kind.DOMAIN, Kind.COUNTRY, Kind.LANGUAGE, Kind.BOOLEAN}),
    RemoteKind.DATETIME: frozenset({Kind.EMAIL, Kind.URL, Kind.DOMAIN, Kind.COUNTRY, Kind.LANGUAGE, Kind.BOOLEAN}),
    RemoteKind.EMAIL: frozenset({Kind.PHONE, Kind.COUNTRY, Kind.DATE, Kind.DATETIME, Kind.NUMBER, Kind.BOOLEAN, Kind.LANGUAGE}),
}
"""Which golden kinds a value of a field can never become."""


def check_back(line: Line, field: RemoteField, subject: Subject) -> Iterator[Finding]:
    """Say it when what is read back can never be what our field holds; only for lines that take it as it is."""
    if line.back is not None or line.chain.steps or line.chain.table is not None or not isinstance(line.source, Paths):
        return
    for name in line.source.paths:
        kind = kind_of(subject, name)
        if kind in _NEVER.get(field.kind, ()):
            message = f"'{field.name}' holds values of kind {field.kind}, which can never be a value of our '{name}' (kind {kind})."
            yield Finding(Level.PROBLEM, "wrong_kind", ("fields", line.target), message, hint="Take another field, or give a `back:`.")


def listed(choices: Sequence[str], most: int = 8) -> str:
    """Show the first choices of a list."""
    more = f" and {len(choices) - most} more" if len(choices) > most else ""
    return ", ".join(choices[:most]) + more


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
