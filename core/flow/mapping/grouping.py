"""Reading `group:`, the records that are written together with a mapping's own, all or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from core.flow.mapping.blocks import Blocks
from core.flow.mapping.expressions import Expression
from core.flow.mapping.lines import LineReader
from core.flow.mapping.model import OWN, Direction, Group, IfNone, Line, Member, Mode, Place
from core.flow.mapping.words import MEMBER, names

_ALIAS = re.compile(r"[a-z][a-z0-9_]{0,15}")
_TWO_WAY_WORDS = ("direction", "authority", "enforce", "back")


@dataclass(frozen=True, slots=True)
class GroupReader:
    """Reads the block; problems go to `blocks`, lines are read by `lines`, which go towards the CRM only."""

    blocks: Blocks
    lines: LineReader

    def read(self, written: object, own: Iterable[Line], external_id: str | None) -> tuple[Group, tuple[Line, ...]]:
        """Give the members in the order in which they are written, and their lines with targets such as `account.Name`."""
        if written is None:
            self._check_references(own, {})
            return Group(), ()
        if not isinstance(written, dict) or not written:
            self.blocks.problem(("group",), "`group` must name its members, each a block with `object:` and `fields:`.")
            return Group(), ()
        if not external_id:
            message = "`group` needs an `external_id` for the mapping's own record, too; without it a lost answer could double the record."
            self.blocks.problem(("group",), message)
        members: dict[str, Member] = {}
        lines: list[Line] = []
        for alias, block in written.items():
            member, mine = self._member(str(alias), block, external_id)
            members[member.alias] = member
            lines += mine
        self._check_references([*own, *lines], members)
        return Group(tuple(members.values()), self._order([*own, *lines], members)), tuple(lines)

    def _member(self, alias: str, written: object, external_id: str | None) -> tuple[Member, list[Line]]:
        place: Place = ("group", alias)
        if not _ALIAS.fullmatch(alias) or alias == OWN:
            message = f"A member's name is at most 16 small letters, digits and '_', and not `{OWN}`, which is the mapping's own record."
            self.blocks.problem(place, message)
        block = self.blocks.block(written, place, names(MEMBER), ("object", "fields"))
        mode = Mode(self.blocks.choice(block, "mode", tuple(Mode), place) or Mode.CREATE)
        if_none = IfNone(self.blocks.choice(block, "if_none", tuple(IfNone), place) or IfNone.FAIL)
        match = self.blocks.texts(block, "match", place)
        member = Member(alias, self.blocks.text(block, "object", place) or "", mode, if_none, match)
        lines = self._lines(alias, block)
        self._check_match(member, block, lines)
        if member.may_be_created:
            member = replace(member, external_id=self.blocks.text(block, "external_id", place) or external_id)
        elif "external_id" in block:
            self.blocks.problem((*place, "external_id"), f"'{alias}' is never created, so nothing is written into its `external_id`.")
        return member, lines

    def _lines(self, alias: str, block: Mapping[str, Any]) -> list[Line]:
        place: Place = ("group", alias, "fields")
        written = block.get("fields")
        if not isinstance(written, dict) or not written:
            self.blocks.problem(place, "`fields` must list at least one line such as `Name: company`.")
            return []
        condition = block.get("when")
        when = None if condition is None else self.lines.condition(condition, ("group", alias, "when"), self.lines.names())
        lines = [self._line(alias, str(name), line, (condition, when)) for name, line in written.items()]
        if all(line.is_tie for line in lines):
            self.blocks.problem(place, "Only references stand here; a record needs a value of its own, too.")
        return lines

    def _line(self, alias: str, name: str, written: object, when: tuple[object, Expression | None]) -> Line:
        place: Place = ("group", alias, "fields", name)
        text, condition = when
        if isinstance(written, dict):
            for word in _TWO_WAY_WORDS:
                if word in written:
                    message = f"Members of a group are written, and never read back: a line of theirs takes no `{word}`."
                    self.blocks.problem((*place, word), message)
            written = {key: value for key, value in written.items() if key not in _TWO_WAY_WORDS}
            if condition is not None and "when" in written:
                written, condition = {**written, "when": f"({text}) and ({written['when']})"}, None
        line = replace(self.lines.sync(name, written, place), target=f"{alias}.{name}", direction=Direction.TO)
        return line if condition is None or line.is_tie else replace(line, when=condition)

    def _check_match(self, member: Member, block: Mapping[str, Any], lines: Sequence[Line]) -> None:
        place: Place = ("group", member.alias)
        if member.mode is Mode.CREATE:
            for word in ("match", "if_none"):
                if word in block:
                    self.blocks.problem((*place, word), f"`{word}` is for members that are looked for: `mode: update` or `mode: lookup`.")
            return
        if not member.match:
            message = f"`mode: {member.mode}` needs `match:`, the fields by which the record is looked for, in this order."
            self.blocks.problem(place, message)
        values = [line.target.partition(".")[2] for line in lines if not line.is_tie]
        for name in member.match:
            if name not in values:
                self.blocks.problem((*place, "match"), f"`match` names '{name}', which is not among the values of '{member.alias}'.")
        idle = [line.target.partition(".")[2] for line in lines if line.target.partition(".")[2] not in member.match]
        if idle and member.mode is Mode.LOOKUP and not member.may_be_created:
            message = (
                f"A look-up writes nothing, so '{idle[0]}' would never be sent. Say `if_none: create`, `mode: update`, or take it out."
            )
            self.blocks.problem((*place, "fields", idle[0]), message)

    def _check_references(self, lines: Iterable[Line], members: Mapping[str, Member]) -> None:
        for line in lines:
            if line.id_of is None:
                continue
            alias, dot, name = line.target.partition(".")
            holder, place = (alias, ("group", alias, "fields", name)) if dot and alias in members else (OWN, ("fields", line.target))
            if line.id_of == holder:
                self.blocks.problem((*place, "id_of"), "A record cannot point to itself.")
            elif line.id_of != OWN and line.id_of not in members:
                known = ", ".join(f"`{each}`" for each in members) or "none: there is no `group:`"
                self.blocks.problem((*place, "id_of"), f"There is no member '{line.id_of}' in this mapping's group ({known}).")

    def _order(self, lines: Iterable[Line], members: Mapping[str, Member]) -> tuple[str, ...]:
        """Records that are pointed to go first; else as the file has them, the mapping's own at the end."""
        needs: dict[str, set[str]] = {alias: set() for alias in (*members, OWN)}
        for line in lines:
            alias = line.target.partition(".")[0]
            holder = alias if alias in members and "." in line.target else OWN
            if line.id_of in needs and line.id_of != holder:
                needs[holder].add(line.id_of)
        try:
            return tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            circle = " to ".join(f"'{alias}'" for alias in error.args[1])
            self.blocks.problem(("group",), f"Records point to each other in a circle: {circle}. One of them must be written first.")
            return ()
