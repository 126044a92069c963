"""What a mapping file may say, checked whole: every problem at once, each with its place and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.flow.mapping.steps import STEPS
from core.model.records import Scalar
from core.model.vocabulary import FIELDS, Kind, Subject, kind_of

Place = tuple[str | int, ...]
"""Where in the document: the keys from the top."""


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One thing that is wrong in a mapping file, in an admin's words."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one target field gets its value: the first non-empty path, through the steps, else the default."""

    target: str
    paths: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    steps: tuple[str, ...] = ()
    table: Mapping[str, Scalar] = field(default_factory=dict)
    constant: Scalar = None
    default: Scalar = None
    required: bool = False
    empty_clears: bool = False


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Which field says whether a purpose is consented to; `yes` lists folded words that mean yes beside the usual ones."""

    purpose: str
    path: str
    yes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InboundMapping:
    """A source's words to an observation."""

    name: str
    version: str
    connection: str
    object: str | None
    subject: Subject
    authority: int
    region: str | None
    fields: tuple[FieldRule, ...]
    consents: tuple[ConsentRule, ...]


@dataclass(frozen=True, slots=True)
class SyncMapping:
    """A golden record to a CRM object."""

    name: str
    version: str
    subject: Subject
    connection: str
    object: str
    external_id: str | None
    match: tuple[str, ...]
    fill: bool
    adopt_ours: bool
    when_present: tuple[str, ...]
    purpose: str | None
    consent_required: bool
    fields: tuple[FieldRule, ...]


_TOP = {"kind", "name", "description"}
_INBOUND = _TOP | {"from", "to", "authority", "region", "fields", "consent"}
_SYNC = _TOP | {"golden", "to", "external_id", "match", "fill", "adopt", "when", "consent", "fields"}
_LONG = {"from", "as", "do", "map", "const", "default", "required", "empty"}


class DocumentReader:
    """Reads one parsed document; problems gather in `problems` and reading goes on."""

    def __init__(self, document: object, version: str) -> None:
        """Take the plain data of the file and the version (a hash of its text) that its values will carry."""
        self.problems: list[MappingProblem] = []
        self._version = version
        self._document: dict[str, Any] = document if isinstance(document, dict) else {}
        if not isinstance(document, dict):
            self._problem((), "The file must be a mapping with `kind`, `name` and `fields`.")

    def read(self) -> InboundMapping | SyncMapping | None:
        """Give the mapping, or None when there are problems."""
        kind = self._document.get("kind")
        found: InboundMapping | SyncMapping | None = None
        if kind == "inbound":
            found = self._inbound()
        elif kind == "sync":
            found = self._sync()
        elif self._document:
            self._problem(
                ("kind",), f"`kind` must be `inbound` (a source's words to a lead) or `sync` (a lead to a CRM object), not {kind!r}."
            )
        return None if self.problems else found

    def _inbound(self) -> InboundMapping:
        self._known(self._document, _INBOUND, ())
        source = self._block("from", {"connection", "object"}, {"connection"})
        subject = self._subject("to")
        return InboundMapping(
            name=self._name(),
            version=self._version,
            connection=str(source.get("connection", "")),
            object=str(source["object"]) if source.get("object") is not None else None,
            subject=subject,
            authority=self._whole("authority", 0),
            region=self._text("region"),
            fields=tuple(self._golden_target(rule, subject) for rule in self._fields()),
            consents=self._consents(),
        )

    def _sync(self) -> SyncMapping:
        self._known(self._document, _SYNC, ())
        target = self._block("to", {"connection", "object"}, {"connection", "object"})
        subject = self._subject("golden")
        consent = self._block("consent", {"purpose", "require"}, {"purpose"}) if self._document.get("consent") else {}
        rules = tuple(self._fields())
        for rule in rules:
            self._golden_sources(rule, subject)
        match = self._texts("match")
        for name in match:
            if name not in {rule.target for rule in rules}:
                self._problem(("match",), f"`match` names '{name}', which is not among the fields of this mapping.")
        when = self._texts("when")
        for name in when:
            if kind_of(subject, name) is None:
                self._problem(("when",), f"A {subject} has no field '{name}'.{_nearest(name, FIELDS[subject])}")
        external_id = self._text("external_id")
        if not external_id and not match:
            self._problem((), "Without `external_id` and without `match` a retry could double a record; give at least one of them.")
        return SyncMapping(
            name=self._name(),
            version=self._version,
            subject=subject,
            connection=str(target.get("connection", "")),
            object=str(target.get("object", "")),
            external_id=external_id,
            match=match,
            fill=self._choice("fill", ("yes", "no"), "yes") == "yes",
            adopt_ours=self._choice("adopt", ("theirs", "ours"), "theirs") == "ours",
            when_present=when,
            purpose=str(consent["purpose"]) if "purpose" in consent else None,
            consent_required=self._either(consent, "require", (True, False), ("consent",)) is True,
            fields=rules,
        )

    def _fields(self) -> Iterable[FieldRule]:
        block = self._document.get("fields")
        if not isinstance(block, dict) or not block:
            self._problem(("fields",), "`fields` must list at least one line such as `email: email_address`.")
            return
        for target, line in block.items():
            place: Place = ("fields", target)
            if isinstance(line, str) and line:
                yield FieldRule(str(target), paths=(line,))
            elif isinstance(line, dict):
                yield self._long(str(target), line, place)
            else:
                self._problem(
                    place, f"'{target}' needs a path (text) or a block with `from:`; {line!r} is neither. Constants are written `const:`."
                )

    def _long(self, target: str, line: dict[str, Any], place: Place) -> FieldRule:
        self._known(line, _LONG, place)
        if "from" not in line and "const" not in line:
            self._problem(place, f"'{target}' says neither where its value comes from (`from:`) nor what it is (`const:`).")
        steps = self._list(line, "do", place)
        for step in steps:
            if step not in STEPS:
                self._problem((*place, "do"), f"There is no step '{step}'.{_nearest(step, STEPS)}")
        kind = line.get("as")
        if kind is not None and kind not in [k.value for k in Kind]:
            self._problem((*place, "as"), f"There is no kind '{kind}'.{_nearest(str(kind), [k.value for k in Kind])}")
            kind = None
        return FieldRule(
            target,
            paths=self._list(line, "from", place),
            kind=Kind(kind or Kind.TEXT),
            steps=steps,
            table=self._table(line.get("map"), place),
            constant=self._scalar(line, "const", place),
            default=self._scalar(line, "default", place),
            required=self._either(line, "required", (True, False), place) is True,
            empty_clears=self._either(line, "empty", ("clear", "keep"), place) == "clear",
        )

    def _list(self, line: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        """One text or a list of texts; a number stands for the text it looks like (the first column, `0`)."""
        value = line.get(key, [])
        items = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(item, bool) or not isinstance(item, str | int) or item == "" for item in items):
            self._problem((*place, key), f"`{key}` must be a text or a list of texts, not {value!r}.")
            return ()
        return tuple(str(item) for item in items)

    def _scalar(self, line: Mapping[str, Any], key: str, place: Place) -> Scalar:
        value = line.get(key)
        if value is None or isinstance(value, str | int | float | bool):
            return value
        self._problem((*place, key), f"`{key}` must be one value, not {value!r}. Put a date into quotes.")
        return None

    def _table(self, value: object, place: Place) -> dict[str, Scalar]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._problem((*place, "map"), "`map` must be a block such as `Yes, please: true`.")
            return {}
        return {str(key).strip().casefold(): self._scalar(value, key, (*place, "map")) for key in value}

    def _either(self, line: Mapping[str, Any], key: str, choices: Sequence[Any], place: Place) -> Any:
        value = line.get(key)
        if value is not None and value not in choices:
            names = " or ".join(f"`{str(choice).lower()}`" for choice in choices)
            self._problem((*place, key), f"`{key}` must be {names}, not {value!r}.")
        return value

    def _text(self, key: str) -> str | None:
        value = self._document.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self._problem((key,), f"`{key}` must be a text, not {value!r}.")
        return None

    def _golden_target(self, rule: FieldRule, subject: Subject) -> FieldRule:
        kind = kind_of(subject, rule.target)
        if kind is None:
            names = FIELDS[subject]
            self._problem(
                ("fields", rule.target),
                f"A {subject} has no field '{rule.target}'.{_nearest(rule.target, names)} Your own fields start with `x_`.",
            )
            return rule
        return FieldRule(
            rule.target,
            rule.paths,
            kind if rule.kind is Kind.TEXT else rule.kind,
            rule.steps,
            rule.table,
            rule.constant,
            rule.default,
            rule.required,
            rule.empty_clears,
        )

    def _golden_sources(self, rule: FieldRule, subject: Subject) -> None:
        for path in rule.paths:
            if kind_of(subject, path) is None:
                self._problem(("fields", rule.target), f"A {subject} has no field '{path}'.{_nearest(path, FIELDS[subject])}")

    def _consents(self) -> tuple[ConsentRule, ...]:
        block = self._document.get("consent") or {}
        if not isinstance(block, dict):
            self._problem(("consent",), "`consent` must name purposes, such as `marketing: newsletter_checkbox`.")
            return ()
        return tuple(self._consent(str(purpose), answer) for purpose, answer in block.items())

    def _consent(self, purpose: str, answer: Any) -> ConsentRule:
        place: Place = ("consent", purpose)
        if isinstance(answer, dict):
            self._known(answer, {"from", "yes"}, place)
            words = self._list(answer, "yes", place) if "yes" in answer else ()
            return ConsentRule(purpose, str(answer.get("from") or ""), tuple(word.strip().casefold() for word in words))
        if not isinstance(answer, str):
            self._problem(place, f"'{purpose}' needs the path of the answer, or a block with `from:` and `yes:`.")
        return ConsentRule(purpose, str(answer))

    def _block(self, key: str, allowed: set[str], needed: set[str]) -> dict[str, Any]:
        block = self._document.get(key)
        if not isinstance(block, dict):
            self._problem((key,), f"`{key}` must be a block with {', '.join(f'`{name}:`' for name in sorted(needed))}.")
            return {}
        self._known(block, allowed, (key,))
        for name in sorted(needed - set(block)):
            self._problem((key,), f"`{key}` lacks `{name}:`.")
        return block

    def _subject(self, key: str) -> Subject:
        value = self._document.get(key, Subject.LEAD.value)
        if value not in [s.value for s in Subject]:
            self._problem((key,), f"`{key}` must be one of {', '.join(Subject)}, not {value!r}.")
            return Subject.LEAD
        return Subject(value)

    def _name(self) -> str:
        name = self._document.get("name")
        if not isinstance(name, str) or not name:
            self._problem(("name",), "Give the mapping a `name`; it appears in lists and messages.")
        return str(name)

    def _whole(self, key: str, default: int) -> int:
        value = self._document.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self._problem((key,), f"`{key}` must be a whole number, not {value!r}.")
            return default
        return value

    def _choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self._document.get(key, default)
        value = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        if value not in choices:
            self._problem((key,), f"`{key}` must be {' or '.join(f'`{choice}`' for choice in choices)}, not {value!r}.")
            return default
        return str(value)

    def _texts(self, key: str) -> tuple[str, ...]:
        return self._list(self._document, key, ()) if self._document.get(key) is not None else ()

    def _known(self, block: Mapping[str, Any], allowed: set[str], place: Place) -> None:
        for key in block:
            if key not in allowed:
                self._problem((*place, key), f"`{key}` is not known here.{_nearest(str(key), allowed)}")

    def _problem(self, place: Place, message: str) -> None:
        self.problems.append(MappingProblem(place, message))


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), 1)
    return f" Did you mean '{close[0]}'?" if close else ""
