"""The text of a first mapping, made of suggested pairs and commented for the admin who goes through it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.flow.mapping.check import CONTEXT, ID_LENGTH, Vendor
from core.flow.mapping.fits import check_fit, listed
from core.flow.mapping.model import Chain, Direction, Line, Paths
from core.flow.mapping.remote import PICKLISTS, TEXTS, RemoteField, RemoteKind, RemoteObject
from core.flow.mapping.suggest import Pair, suggest
from core.model.vocabulary import FIELDS, Kind, Subject

NOT_PROVIDED = "[not provided]"
_MOST_CHOICES = 30
_WIDTH = 110
_BY_GUESS = ("email", "first_name", "last_name", "company", "phone", "message")
_MATCHES = {Subject.LEAD: (Kind.EMAIL, Kind.PHONE), Subject.ACCOUNT: (Kind.DOMAIN, Kind.COMPANY, Kind.PHONE)}
_PLAIN = re.compile(r"[A-Za-z_][\w./&()+-]*( [\w./&()+-]+)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TRAPS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a draft is made for. `external_id` is the field that the vendor's own starter uses for our id."""

    name: str
    connection: str
    subject: Subject
    vendor: Vendor
    external_id: str | None = None


def sync_draft(plan: Plan, remote: RemoteObject) -> str:
    """Write a mapping from our golden records to an object of a CRM. The lines that stand without a # are sound as they are."""
    reserved = plan.external_id or ""
    pairs = suggest(plan.subject, [field for field in remote.fields if field.writable and field.name != reserved])
    lines = [line for field in remote.fields for line in _sync_lines(plan, remote, field, pairs)]
    return "\n".join(
        [
            *_head(plan, f"Our {plan.subject}s and {remote.name} of {plan.vendor.name}", "sync"),
            f"golden: {plan.subject}",
            "to:",
            f"  connection: {plan.connection}",
            f"  object: {quoted(remote.name)}",
            "",
            *_identity(plan, remote, pairs),
            "",
            f"# Left of the colon stands the field of {plan.vendor.name}, right of it ours. Only these fields are ever written.",
            "fields:",
            *lines,
            *_left_over(plan, remote, pairs),
            "",
        ]
    )


def inbound_draft(plan: Plan, object_name: str | None, fields: Sequence[RemoteField]) -> str:
    """Write a mapping from a source's records to our golden records."""
    pairs = suggest(plan.subject, [field for field in fields if field.readable])
    order = list(FIELDS[plan.subject])
    lines = [line for pair in sorted(pairs, key=lambda pair: order.index(pair.golden)) for line in _inbound_line(pair)]
    is_free = not any(not field.name.startswith(f"{CONTEXT}.") for field in fields)
    guesses = _guesses(plan, {pair.golden for pair in pairs if pair.is_sure}, is_free=is_free)
    used = {pair.field.name for pair in pairs}
    unused = [field.name for field in fields if field.name not in used]
    return "\n".join(
        [
            *_head(plan, f"What {plan.vendor.name} tells becomes a {plan.subject}", "inbound"),
            "from:",
            f"  connection: {plan.connection}",
            *([f"  object: {quoted(object_name)}"] if object_name else []),
            "",
            f"to: {plan.subject}",
            "",
            "# When two sources disagree, the one with the higher authority is believed; among equals, the later one.",
            "authority: 0",
            "# The country of phone numbers that come without a country code:",
            "#region: DE",
            "",
            "# Left of the colon stands our field, right of it the path in the source's record.",
            "fields:",
            *guesses,
            *lines,
            *_comment(f"Fields of the source that nothing here uses: {listed(unused, 40)}." if unused else "", "  "),
            "",
            "# Which field says whether a person consents to what:",
            "#consent:",
            "#  marketing: name_of_the_field",
            "",
        ]
    )


def _head(plan: Plan, description: str, kind: str) -> list[str]:
    return [
        "# A first draft, made by `leadloom mapping new` from the fields of the account and ours.",
        "# Every line is a suggestion with its score of 100: look at each, correct what is wrong, and take away what you do not need.",
        "# A line behind a # needs a decision. Then run `leadloom mapping check` with this file.",
        f"kind: {kind}",
        f"name: {quoted(plan.name)}",
        f"description: {quoted(description)}",
        "",
    ]


def _identity(plan: Plan, remote: RemoteObject, pairs: Sequence[Pair]) -> Iterator[str]:
    """`external_id` and `match`: at least one of them stands without a # wherever the account allows it."""
    if plan.external_id is not None:
        field = remote.field(plan.external_id)
        sound = field is not None and field.writable and field.unique and (field.max_length or ID_LENGTH) >= ID_LENGTH
        yield "# The unique field that holds our own id; with it a lost answer can never double a record."
        if not sound:
            yield from _comment(f"It is not there yet. {plan.vendor.steps(remote.name, plan.external_id)}")
        yield f"{'' if sound else '#'}external_id: {quoted(plan.external_id)}"
    found = _match(plan, pairs)
    yield "# Before a record is created, one with the same value here is looked for and taken over."
    yield f"match: {quoted(found)}" if found else "#match: give a field here that tells records apart, such as an e-mail address"
    yield "# Taken over: empty fields there are filled (`fill: yes`), and where both have a value theirs stays (`adopt: theirs`)."
    yield "fill: yes"
    yield "adopt: theirs"


def _match(plan: Plan, pairs: Sequence[Pair]) -> str | None:
    kinds = FIELDS[plan.subject]
    sure = [pair for pair in pairs if pair.is_sure and pair.field.searchable and pair.field.kind in TEXTS - {RemoteKind.LONG_TEXT}]
    for kind in _MATCHES[plan.subject]:
        for pair in sure:
            if kinds[pair.golden] is kind:
                return pair.field.name
    return None


def _sync_lines(plan: Plan, remote: RemoteObject, field: RemoteField, pairs: Sequence[Pair]) -> Iterator[str]:
    pair = next((each for each in pairs if each.field.name == field.name), None)
    if pair is not None:
        yield from _sync_line(plan, remote, pair)
    elif field.required and field.creatable and field.name != plan.external_id:
        told = f"{plan.vendor.name} refuses a new {remote.name} without {field.name} ({_oneline(field.label)})"
        yield from _comment(f"{told}: give `const:`, or `from:` and `default:`.", "  ")
        if field.choices:
            yield from _comment(f"Its choices: {listed(field.choices)}.", "  ")
        yield f"  #{quoted(field.name)}: {{const: {quoted(field.choices[0]) if field.choices else '...'}}}"


def _sync_line(plan: Plan, remote: RemoteObject, pair: Pair) -> Iterator[str]:
    field = pair.field
    told = f"# suggested, {pair.score}: {pair.reason}"
    if field.kind in PICKLISTS and field.choices and field.choices_closed:
        yield from _choices(plan, pair)
        return
    parts = [f"from: {pair.golden}"]
    notes: list[str] = []
    codes = {finding.code for finding in check_fit(Line(field.name, Paths((pair.golden,)), Chain()), field, plan.subject, plan.vendor.name)}
    if "wrong_kind" in codes:
        yield f"  # `{pair.golden}` needs a transform to fit into {field.name} ({field.kind})."
        yield f"  #{quoted(field.name)}: {pair.golden} {told}"
        return
    if "too_short" in codes:
        parts.append(f'do: "truncate: {field.max_length}"')
        notes.append(f"it takes {field.max_length} characters, and what was cut cannot be read back")
    if field.required:
        parts.append(_for_required(field))
        notes.append(f"{plan.vendor.name} refuses a new {remote.name} without it")
    if "too_short" in codes or not field.readable:
        parts.append(f"direction: {Direction.TO}")
    value = pair.golden if len(parts) == 1 else f"{{{', '.join(parts)}}}"
    note = f"; {'; '.join(notes)}" if notes else ""
    yield f"  {'' if pair.is_sure else '#'}{quoted(field.name)}: {value} {told}{note}"
    if field.choices:
        yield from _comment(
            f"Choices there: {listed(field.choices)}. Others are taken as they come; a `map:` turns our words into these.", "  "
        )


def _for_required(field: RemoteField) -> str:
    fits = field.kind in (RemoteKind.TEXT, RemoteKind.LONG_TEXT) and (field.max_length or len(NOT_PROVIDED)) >= len(NOT_PROVIDED)
    return f'default: "{NOT_PROVIDED}"' if fits else "required: true"


def _choices(plan: Plan, pair: Pair) -> Iterator[str]:
    """A closed list: only a person knows which words of ours stand for which choice."""
    field = pair.field
    yield from _comment(
        f"Suggested, {pair.score}: {pair.reason}. {plan.vendor.name} takes only the choices of {field.name}: write our word on the left of "
        "each, and take the # away.",
        "  ",
    )
    yield f"  #{quoted(field.name)}:"
    yield f"  #  from: {pair.golden}"
    yield "  #  map:"
    for choice in field.choices[:_MOST_CHOICES]:
        yield f"  #    {quoted(choice)}: {quoted(choice)}"
    if len(field.choices) > _MOST_CHOICES:
        yield f"  #    # and {len(field.choices) - _MOST_CHOICES} more"
    yield "  #  unlisted: drop # a word that is not listed is not sent; `refuse` lets the record wait instead"


def _left_over(plan: Plan, remote: RemoteObject, pairs: Sequence[Pair]) -> Iterator[str]:
    used = {pair.field.name for pair in pairs} | {plan.external_id}
    others = [field.name for field in remote.fields if field.name not in used and field.writable and not field.required]
    if others:
        yield from _comment(f"Fields of {remote.name} that nothing here writes: {listed(others, 40)}.", "  ")


def _inbound_line(pair: Pair) -> Iterator[str]:
    value = quoted(pair.field.name)
    yield f"  {'' if pair.is_sure else '#'}{pair.golden}: {value} # suggested, {pair.score}: {pair.reason}"


def _guesses(plan: Plan, known: set[str], *, is_free: bool) -> Iterator[str]:
    """Lines for a source whose fields are its sender's own: guessed by our names, so that there is something to correct."""
    if is_free:
        yield from _comment(
            f"{plan.vendor.name} tells its fields only with each record; write their names to the right of the colons.", "  "
        )
        for name in _BY_GUESS if plan.subject is Subject.LEAD else ("name", "domain"):
            if name not in known:
                yield f"  {name}: {name} # a guess"
    elif not known:
        name = next(iter(FIELDS[plan.subject]))
        yield f"  {name}: {name} # a guess: nothing that the source tells looks like a field of ours"


def _comment(text: str, indent: str = "") -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}# {word}")
    return lines


def quoted(text: str) -> str:
    """Write a text as YAML that means exactly it."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TRAPS:
        return text
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in text) + '"'


def _oneline(text: str) -> str:
    return " ".join(text.split())


def subject_of(object_name: str) -> Subject:
    """Tell which golden record an object is for, by its name."""
    return Subject.ACCOUNT if object_name.casefold().rstrip("s") in _ACCOUNTS else Subject.LEAD


_ACCOUNTS = frozenset({"account", "company", "companie", "organization", "organisation", "customer"})


def field_lists(objects: Iterable[RemoteObject]) -> list[RemoteField]:
    """The fields of several objects, each name once."""
    return list({field.name: field for each in objects for field in each.fields}.values())
