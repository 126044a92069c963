"""What a mapping file may say, checked whole: every problem at once, each with its place and the nearest valid name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from core.flow.mapping.accepting import AcceptReader
from core.flow.mapping.blocks import Blocks, MappingProblem
from core.flow.mapping.chains import ChainReader, TableFiles, TableRefused
from core.flow.mapping.expressions import Expression, Type
from core.flow.mapping.lens import OneWay, invert
from core.flow.mapping.lines import LineReader
from core.flow.mapping.model import (
    AnyMapping,
    Authority,
    ConsentRule,
    Direction,
    Example,
    InboundMapping,
    Line,
    OnDelete,
    Place,
    SyncMapping,
)
from core.flow.mapping.regions import read_region
from core.flow.mapping.words import EXAMPLE, INBOUND_TOP, LINE_AUTHORITIES, SYNC_TOP, names
from core.model.records import OnMerge, Scalar
from core.model.vocabulary import Subject


def _no_tables(name: str) -> Mapping[str, Scalar]:
    raise TableRefused(f"There is no file '{name}'.")


class DocumentReader:
    """Reads one parsed document; problems gather in `problems` and reading goes on."""

    def __init__(
        self,
        document: object,
        version: str,
        *,
        tables: TableFiles = _no_tables,
        number: Callable[[Place], int] = lambda _: 0,
    ) -> None:
        """Take the plain data of the file and the version that its values will carry.

        `tables` reads the CSV files that lines name, `number` tells in which line of the file a place stands.
        """
        self._blocks = Blocks()
        self._version = version
        self._number = number
        self._chains = ChainReader(self._blocks, tables)
        self._document: dict[str, Any] = document if isinstance(document, dict) else {}
        if not isinstance(document, dict):
            self._blocks.problem((), "The file must be a mapping with `kind`, `name` and `fields`.")

    @property
    def problems(self) -> list[MappingProblem]:
        """What is wrong, in the order in which it was found."""
        return self._blocks.problems

    def read(self) -> AnyMapping | None:
        """Give the mapping, or None when there are problems."""
        kind = self._document.get("kind")
        found: AnyMapping | None = None
        if kind == "inbound":
            found = self._inbound()
        elif kind == "sync":
            found = self._sync()
        elif self._document:
            self._blocks.problem(
                ("kind",), f"`kind` must be `inbound` (a source's words to a lead) or `sync` (a lead and a CRM object), not {kind!r}."
            )
        return None if self.problems else found

    def _inbound(self) -> InboundMapping:
        blocks, document = self._blocks, self._document
        blocks.known(document, names(INBOUND_TOP), ())
        source = blocks.block(document.get("from"), ("from",), ("connection", "object"), ("connection",))
        subject = self._subject("to")
        lines = LineReader(blocks, subject, self._chains, self._number)
        region, region_by = read_region(blocks, document)
        return InboundMapping(
            name=self._name(),
            version=self._version,
            connection=str(source.get("connection", "")),
            object=str(source["object"]) if source.get("object") is not None else None,
            subject=subject,
            authority=blocks.whole(document, "authority", 0),
            region=region,
            region_by=region_by,
            when=self._when(lines, None),
            fields=tuple(lines.inbound(target, line) for target, line in self._fields()),
            consents=self._consents(),
            examples=self._examples(("given",)),
            description=blocks.text(document, "description", ()) or "",
            accept=AcceptReader(blocks, lines).read(document["accept"]) if "accept" in document else None,
        )

    def _sync(self) -> SyncMapping:
        blocks, document = self._blocks, self._document
        blocks.known(document, names(SYNC_TOP), ())
        target = blocks.block(document.get("to"), ("to",), ("connection", "object"), ("connection", "object"))
        subject = self._subject("golden")
        direction = Direction(blocks.choice(document, "direction", (Direction.BOTH, Direction.TO), ()) or Direction.BOTH)
        lines = LineReader(blocks, subject, self._chains, self._number, direction)
        fields = tuple(lines.sync(name, line) for name, line in self._fields())
        self._check_back(fields)
        consent = self._purpose()
        match = blocks.texts(document, "match", ())
        for name in match:
            if name not in {line.target for line in fields}:
                blocks.problem(("match",), f"`match` names '{name}', which is not among the fields of this mapping.")
        external_id = blocks.text(document, "external_id", ())
        if not external_id and not match:
            blocks.problem((), "Without `external_id` and without `match` a retry could double a record; give at least one of them.")
        return SyncMapping(
            name=self._name(),
            version=self._version,
            subject=subject,
            connection=str(target.get("connection", "")),
            object=str(target.get("object", "")),
            external_id=external_id,
            match=match,
            fill=blocks.choice(document, "fill", ("yes", "no"), ()) != "no",
            adopt_ours=blocks.choice(document, "adopt", ("theirs", "ours"), ()) == "ours",
            authority=Authority(blocks.choice(document, "authority", LINE_AUTHORITIES, ()) or Authority.NEWEST),
            take_new=blocks.choice(document, "new_records", ("take", "ignore"), ()) == "take",
            on_delete=OnDelete(blocks.choice(document, "on_delete", tuple(OnDelete), ()) or OnDelete.IGNORE),
            on_merge=OnMerge(blocks.choice(document, "on_merge", tuple(OnMerge), ()) or OnMerge.RELINK),
            recreate=blocks.flag(document, "recreate", ()),
            hold=blocks.choice(document, "on_conflict", ("decide", "hold"), ()) == "hold",
            when=self._when(lines, lines.names()),
            purpose=str(consent["purpose"]) if "purpose" in consent else None,
            consent_required=blocks.flag(consent, "require", ("consent",)),
            fields=fields,
            examples=self._examples(("given", "remote")),
            description=blocks.text(document, "description", ()) or "",
        )

    def _purpose(self) -> dict[str, Any]:
        written = self._document.get("consent")
        return self._blocks.block(written, ("consent",), ("purpose", "require"), ("purpose",)) if written else {}

    def _fields(self) -> list[tuple[str, object]]:
        block = self._document.get("fields")
        if isinstance(block, dict) and block:
            return [(str(name), line) for name, line in block.items()]
        self._blocks.problem(("fields",), "`fields` must list at least one line such as `email: email_address`.")
        return []

    def _check_back(self, lines: tuple[Line, ...]) -> None:
        """Refuse two lines that would give one golden field its value when the CRM's record is read."""
        given: Counter[str] = Counter()
        for line in lines:
            if line.direction is Direction.TO:
                continue
            try:
                names = invert(line).fields
            except OneWay:
                continue  # told with the line
            for name in names:
                if given[name]:
                    message = f"'{name}' is read back by another line, too. Say `direction: to` in all of them but one."
                    self._blocks.problem(("fields", line.target), message)
                given[name] += 1

    def _when(self, lines: LineReader, names: Mapping[str, Type] | None) -> tuple[Expression, ...]:
        """One expression or several that must all hold; the name of a field alone means that it has a value."""
        written = self._document.get("when")
        found = []
        for text in written if isinstance(written, list) else [] if written is None else [written]:
            expression = lines.condition(text, ("when",), names)
            found += [expression] if expression is not None else []
        return tuple(found)

    def _consents(self) -> tuple[ConsentRule, ...]:
        block = self._document.get("consent") or {}
        if not isinstance(block, dict):
            self._blocks.problem(("consent",), "`consent` must name purposes, such as `marketing: newsletter_checkbox`.")
            return ()
        return tuple(self._consent(str(purpose), answer) for purpose, answer in block.items())

    def _consent(self, purpose: str, answer: object) -> ConsentRule:
        place: Place = ("consent", purpose)
        if isinstance(answer, dict):
            self._blocks.known(answer, ("from", "yes"), place)
            words = self._blocks.texts(answer, "yes", place)
            return ConsentRule(purpose, str(answer.get("from") or ""), tuple(word.strip().casefold() for word in words))
        if not isinstance(answer, str):
            self._blocks.problem(place, f"'{purpose}' needs the path of the answer, or a block with `from:` and `yes:`.")
        return ConsentRule(purpose, str(answer))

    def _examples(self, ways: tuple[str, ...]) -> tuple[Example, ...]:
        written = self._document.get("examples")
        if written is None:
            return ()
        if not isinstance(written, list):
            self._blocks.problem(("examples",), "`examples` must be a list of blocks with `given:` and `expect:`.")
            return ()
        return tuple(self._example(example, position, ways) for position, example in enumerate(written))

    def _example(self, written: object, position: int, ways: tuple[str, ...]) -> Example:
        place: Place = ("examples", position)
        name = f"example {position + 1}"
        if not isinstance(written, dict):
            self._blocks.problem(place, f"An example is a block with `given:` and `expect:`, not {written!r}.")
            return Example(name, 0)
        allowed = [key for key in names(EXAMPLE) if key != "remote" or "remote" in ways]
        self._blocks.known(written, allowed, place)
        blocks = {key: written[key] for key in ("given", "remote", "context", "expect") if key in written}
        for key, block in blocks.items():
            if not isinstance(block, dict):
                self._blocks.problem((*place, key), f"`{key}` must be a block.")
        if sum(way in written for way in ways) != 1:
            self._blocks.problem(place, f"An example needs {' or '.join(f'`{way}:`' for way in ways)}.")
        if ("expect" in written) == ("refused" in written):
            self._blocks.problem(place, "An example says what to `expect:`, or why it is `refused:` (a part of the message).")
        sound = {key: block for key, block in blocks.items() if isinstance(block, dict)}
        refused = None if written.get("refused") is None else str(written["refused"])
        return Example(str(written.get("name") or name), self._number(place), refused=refused, **sound)

    def _subject(self, key: str) -> Subject:
        value = self._document.get(key, Subject.LEAD.value)
        if value not in [subject.value for subject in Subject]:
            self._blocks.problem((key,), f"`{key}` must be one of {', '.join(Subject)}, not {value!r}.")
            return Subject.LEAD
        return Subject(value)

    def _name(self) -> str:
        name = self._document.get("name")
        if not isinstance(name, str) or not name:
            self._blocks.problem(("name",), "Give the mapping a `name`; it appears in lists and messages.")
        return str(name)
