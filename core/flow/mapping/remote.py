"""What an object of a CRM looks like, as far as a mapping can be compared with it, and what changed since it was last looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class RemoteKind(StrEnum):
    """The kinds of value that a field of a CRM may have."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    ID = "id"


TEXTS = frozenset({RemoteKind.TEXT, RemoteKind.LONG_TEXT, RemoteKind.EMAIL, RemoteKind.PHONE, RemoteKind.URL})
"""Kinds whose length counts."""
PICKLISTS = frozenset({RemoteKind.CHOICE, RemoteKind.CHOICES})


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One field as the account has it."""

    name: str
    label: str
    kind: RemoteKind
    required: bool = False
    readable: bool = True
    creatable: bool = True
    updatable: bool = True
    searchable: bool = True
    unique: bool = False
    external_id: bool = False
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    choices_closed: bool = False

    @property
    def writable(self) -> bool:
        """Whether it can be written at all."""
        return self.creatable or self.updatable


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One object with its fields."""

    name: str
    label: str
    fields: tuple[RemoteField, ...]

    def field(self, name: str) -> RemoteField | None:
        """Look a field up by its API name."""
        return next((field for field in self.fields if field.name == name), None)

    def near(self, name: str) -> tuple[RemoteField, ...]:
        """Give the fields that were probably meant, the most alike by API name first, then by label; none when none is near."""
        by_name = {field.name.casefold(): field for field in reversed(self.fields)}
        by_label = {field.label.casefold(): field for field in reversed(self.fields)}
        word = name.casefold()
        for names in (by_name, by_label):
            if word in names:
                return (names[word],)
        close = [by_name[found] for found in get_close_matches(word, by_name, 1)]
        close += [by_label[found] for found in get_close_matches(word.replace("_", " "), by_label, 1)]
        return tuple(dict.fromkeys(close))


class Changed(StrEnum):
    """What can change about a field."""

    FIELD_GONE = "field_gone"
    FIELD_NEW = "field_new"
    KIND = "kind"
    SHORTER = "shorter"
    LONGER = "longer"
    CHOICE_GONE = "choice_gone"
    CHOICE_NEW = "choice_new"
    REQUIRED = "required"
    OPTIONAL = "optional"
    READ_ONLY = "read_only"
    WRITABLE = "writable"
    UNREADABLE = "unreadable"
    READABLE = "readable"
    NOT_UNIQUE = "not_unique"
    UNIQUE = "unique"


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of an object since it was last looked at, in an admin's words."""

    what: Changed
    object: str
    field: str
    message: str


def drift(before: RemoteObject, after: RemoteObject) -> list[Drift]:
    """Compare two looks at one object, in the order of the fields; fields that are gone stand first."""
    old = {field.name: field for field in before.fields}
    new = {field.name: field for field in after.fields}
    added = [field for name, field in new.items() if name not in old]
    changes = [_gone(field, added) for name, field in old.items() if name not in new]
    for name, field in new.items():
        changes += _changed(old[name], field) if name in old else [(Changed.FIELD_NEW, field, f"is new (label '{field.label}')")]
    return [Drift(what, after.name, field.name, f"{after.name}.{field.name} {told}.") for what, field, told in changes]


_Change = tuple[Changed, RemoteField, str]


def _gone(field: RemoteField, added: Sequence[RemoteField]) -> _Change:
    same = next((other.name for other in added if other.label == field.label), None)
    told = "is gone, or the connection's user may not see it any more"
    return Changed.FIELD_GONE, field, f"{told}; '{same}' is new and has the same label" if same else told


def _changed(old: RemoteField, new: RemoteField) -> Iterator[_Change]:
    if old.kind is not new.kind:
        yield Changed.KIND, new, f"was of kind {old.kind} and is of kind {new.kind}"
    yield from _length(old, new)
    yield from _choices(old, new)
    for was, now, on, off in (
        (old.required, new.required, (Changed.REQUIRED, "became required"), (Changed.OPTIONAL, "is not required any more")),
        (old.writable, new.writable, (Changed.WRITABLE, "can be written now"), (Changed.READ_ONLY, "became read-only")),
        (old.readable, new.readable, (Changed.READABLE, "can be read now"), (Changed.UNREADABLE, "cannot be read any more")),
        (_is_key(old), _is_key(new), (Changed.UNIQUE, "became unique"), (Changed.NOT_UNIQUE, "is not unique any more")),
    ):
        if was != now:
            what, told = on if now else off
            yield what, new, told


def _length(old: RemoteField, new: RemoteField) -> Iterator[_Change]:
    if old.max_length and new.max_length and old.max_length != new.max_length:
        is_shorter = new.max_length < old.max_length
        word = "shorter" if is_shorter else "longer"
        what = Changed.SHORTER if is_shorter else Changed.LONGER
        yield what, new, f"became {word}: {new.max_length} characters instead of {old.max_length}"


def _choices(old: RemoteField, new: RemoteField) -> Iterator[_Change]:
    if new.kind not in PICKLISTS:
        return
    gone = [choice for choice in old.choices if choice not in new.choices]
    more = [choice for choice in new.choices if choice not in old.choices]
    if gone:
        yield Changed.CHOICE_GONE, new, f"lost {_listed(gone)}"
    if more:
        yield Changed.CHOICE_NEW, new, f"has the new {_listed(more)}"


def _is_key(field: RemoteField) -> bool:
    return field.unique or field.external_id


def _listed(choices: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(f"'{choice}'" for choice in choices[:most])
    more = f" and {len(choices) - most} more" if len(choices) > most else ""
    return f"{'choice' if len(choices) == 1 else 'choices'} {shown}{more}"
