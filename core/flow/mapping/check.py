"""Comparing a sound mapping with the account that it reads or writes: what will be refused there, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.flow.mapping.finding import Finding, Level
from core.flow.mapping.fits import check_back, check_fit
from core.flow.mapping.model import (
    AnyMapping,
    Computed,
    Constant,
    Direction,
    InboundMapping,
    Joined,
    Line,
    Paths,
    SyncMapping,
    golden_fields,
)
from core.flow.mapping.remote import Drift, RemoteField, RemoteKind, RemoteObject
from core.model.vocabulary import Kind, kind_of

ID_LENGTH = 26
"""Characters of a link's id, which goes into the external-id field; for a member of a group its name follows, after a dash."""
CONTEXT = "_context"
_TELLING = frozenset({Kind.EMAIL, Kind.PHONE, Kind.DOMAIN, Kind.URL, Kind.COMPANY})
_MANY_SHARE = frozenset({RemoteKind.BOOLEAN, RemoteKind.CHOICE, RemoteKind.CHOICES, RemoteKind.DATE})


@dataclass(frozen=True, slots=True)
class Vendor:
    """Whose account it is: a name for sentences, and how an external-id field is made there (`{object}` and `{field}` stand in it)."""

    name: str
    external_id_help: str = ""

    def steps(self, object_name: str, field: str) -> str:
        """Give the steps that make the external-id field."""
        words = (
            self.external_id_help or "Create a text field with unique values there, named `{field}`, which the connection's user may edit."
        )
        return " ".join(words.replace("{object}", object_name).replace("{field}", field).split())


def find_object(mapping: AnyMapping, objects: Sequence[RemoteObject], vendor: Vendor) -> RemoteObject | Finding | None:
    """Choose the object that a mapping names; a finding when the account does not tell of it, None when it names none."""
    if mapping.object is None:
        return None
    for each in objects:
        if each.name == mapping.object:
            return each
    side = "from" if isinstance(mapping, InboundMapping) else "to"
    names = {each.name.casefold(): each.name for each in objects}
    word = mapping.object.casefold()
    sure = next((names[form] for form in (word, word.removesuffix("s"), f"{word}s") if form in names), None)
    near = sure or next((names[found] for found in get_close_matches(word, names, 1)), None)
    message = f"{vendor.name} told of no object '{mapping.object}', only of {', '.join(each.name for each in objects) or 'none'}."
    hint = "If it exists there, name it in the connection's `objects` and give the connection's user access to it."
    return Finding(Level.PROBLEM if sure else Level.WARNING, "missing_object", (side, "object"), message, near, hint)


def check_sync(mapping: SyncMapping, remote: RemoteObject, vendor: Vendor, *, id_length: int = ID_LENGTH) -> list[Finding]:
    """Compare every line with its field, then what the object asks for as a whole; our ids there have `id_length` characters."""
    findings: list[Finding] = []
    for line in mapping.own_fields:
        field = remote.field(line.target)
        findings += [_missing(line.target, remote, vendor)] if field is None else _line(mapping, line, field, vendor)
    findings += _required(mapping, remote, vendor)
    findings += _external_id(mapping, remote, vendor, id_length)
    findings += _match(mapping, remote, vendor)
    return findings


def _missing(name: str, remote: RemoteObject, vendor: Vendor) -> Finding:
    near = remote.near(name)
    message = f"{remote.name} of {vendor.name} has no field '{name}', or the connection's user may not see it."
    if near and (near[0].label.casefold() == name.casefold()):
        message = f"'{name}' is the label of a field of {remote.name}; a mapping uses its API name."
    more = " ".join(f"Or '{field.name}' (label '{field.label}')?" for field in near[1:])
    return Finding(Level.PROBLEM, "missing_field", ("fields", name), message, near[0].name if near else None, more or None)


def _line(mapping: SyncMapping, line: Line, field: RemoteField, vendor: Vendor) -> Iterator[Finding]:
    place = ("fields", line.target)
    if line.direction is not Direction.FROM:
        if not field.writable:
            hint = "Say `direction: from` if it is only read, or take the line out."
            message = f"'{field.name}' is read-only in {vendor.name}: nothing that this line sends is stored."
            yield Finding(Level.PROBLEM, "read_only", place, message, hint=hint)
            return
        if not field.creatable:
            message = f"'{field.name}' cannot be set when a record is created, only afterwards."
            yield Finding(Level.WARNING, "not_creatable", place, message)
        if not field.updatable and mapping.external_id != field.name:
            message = f"'{field.name}' can be set when a record is created, and never changed afterwards."
            yield Finding(Level.WARNING, "not_updatable", place, message)
        yield from check_fit(line, field, mapping.subject, vendor.name)
    if line.direction is not Direction.TO and not field.readable:
        message = f"'{field.name}' cannot be read, so nothing ever comes back by this line."
        yield Finding(
            Level.PROBLEM, "not_readable", place, message, hint="Say `direction: to`, or give the connection's user the right to read it."
        )
    if line.direction is Direction.FROM:
        yield from check_back(line, field, mapping.subject)


def _required(mapping: SyncMapping, remote: RemoteObject, vendor: Vendor) -> Iterator[Finding]:
    lines = {line.target: line for line in mapping.own_fields if line.direction is not Direction.FROM}
    sure = {str(path[0]) for expression in mapping.when for path in expression.paths}
    for field in remote.fields:
        if not field.required or not field.creatable or field.name == mapping.external_id:
            continue
        line = lines.get(field.name)
        if line is None:
            message = f"{vendor.name} refuses a new {remote.name} without '{field.name}' (label '{field.label}'); no line gives it."
            hint = f"Add a line, for example `{field.name}: {{const: ...}}` or one with a `default:`."
            yield Finding(Level.PROBLEM, "required_not_given", ("fields",), message, hint=hint)
        elif not _always_gives(line, sure):
            names = " and ".join(f"'{name}'" for name in golden_fields(line)) or "its value"
            message = (
                f"{vendor.name} refuses a new {remote.name} without '{field.name}', and this line gives nothing when {names} is empty."
            )
            hint = "Give a `default:`, or `required: true` so that such a record waits here with its reason."
            yield Finding(Level.WARNING, "required_may_be_empty", ("fields", field.name), message, hint=hint)


def _always_gives(line: Line, sure: set[str]) -> bool:
    """Whether nothing empty gets through: a default, a constant, `required`, or a condition of the mapping on the same field."""
    if line.required or (line.when is None and (line.default is not None or isinstance(line.source, Constant))):
        return True
    return line.when is None and bool(sure & set(golden_fields(line)))


def _external_id(mapping: SyncMapping, remote: RemoteObject, vendor: Vendor, id_length: int) -> Iterator[Finding]:
    name = mapping.external_id
    if not name:
        return
    field, place = remote.field(name), ("external_id",)
    steps = vendor.steps(remote.name, name)
    if field is None:
        near = next((each.name for each in remote.near(name) if each.external_id or each.unique), None)
        message = f"{remote.name} of {vendor.name} has no field '{name}' to hold our id."
        yield Finding(Level.PROBLEM, "external_id_missing", place, message, near, steps)
        return
    if not field.writable:
        message = f"'{name}' is read-only in {vendor.name}; our id cannot be written there."
        yield Finding(Level.PROBLEM, "external_id_read_only", place, message, hint="Give the connection's user the right to edit it.")
    if not (field.unique or field.external_id):
        message = f"'{name}' is neither unique nor an external id, so records cannot be found by it and a repeated write would double them."
        yield Finding(Level.PROBLEM, "external_id_not_unique", place, message, hint=steps)
    elif not field.unique:
        message = f"'{name}' is an external id, but its values need not be unique; two records could carry one id."
        yield Finding(Level.WARNING, "external_id_not_unique", place, message, hint=steps)
    if field.kind not in (RemoteKind.TEXT, RemoteKind.ID):
        message = f"'{name}' is a field of kind {field.kind}; our id is a text of {id_length} characters."
        yield Finding(Level.PROBLEM, "external_id_unfit", place, message, hint=steps)
    elif field.max_length and field.max_length < id_length:
        message = f"'{name}' takes {field.max_length} characters; our id has {id_length}."
        yield Finding(Level.PROBLEM, "external_id_unfit", place, message, hint="Make the field longer.")


def _match(mapping: SyncMapping, remote: RemoteObject, vendor: Vendor) -> Iterator[Finding]:
    lines = {line.target: line for line in mapping.fields}
    for name in mapping.match:
        field = remote.field(name)
        if field is None:
            continue  # told with its line
        if not field.searchable or not field.readable or field.kind is RemoteKind.LONG_TEXT:
            message = f"{vendor.name} cannot search {remote.name} by '{name}', so no existing record would ever be found."
            yield Finding(
                Level.PROBLEM, "match_not_searchable", ("match",), message, hint="Match by an e-mail address or another unique field."
            )
        elif not _is_telling(mapping, lines.get(name), field):
            message = f"Many records share one '{name}'; a lead would be tied to whichever is found, or to none when there are several."
            yield Finding(
                Level.WARNING, "match_not_unique", ("match",), message, hint="Match by an e-mail address or another unique field."
            )


def _is_telling(mapping: SyncMapping, line: Line | None, field: RemoteField) -> bool:
    if field.unique or field.external_id:
        return True
    if field.kind in _MANY_SHARE:
        return False
    if line is None or field.kind in (RemoteKind.EMAIL, RemoteKind.PHONE):
        return True
    names = golden_fields(line)
    return any(name.startswith("x_") or name == "full_name" or kind_of(mapping.subject, name) in _TELLING for name in names)


def check_inbound(mapping: InboundMapping, objects: Sequence[RemoteObject], vendor: Vendor) -> list[Finding]:
    """Warn of paths that a source does not have; nothing is said of a source whose fields are free (a form that anybody may post)."""
    names = [field.name for each in objects for field in each.fields if not field.name.startswith(f"{CONTEXT}.")]
    if not names or not all(any(not field.name.startswith(f"{CONTEXT}.") for field in each.fields) for each in objects):
        return []
    findings = [finding for line in mapping.fields if (finding := _unread(("fields", line.target), reads(line), names, vendor))]
    for rule in mapping.consents:
        finding = _unread(("consent", rule.purpose), (rule.path,), names, vendor)
        findings += [finding] if finding else []
    for key, paths in (("lead_id", mapping.accept.lead_id), ("campaign", mapping.accept.campaign)) if mapping.accept else ():
        finding = _unread(("accept", key), paths, names, vendor)
        findings += [finding] if finding else []
    for expression in mapping.when:
        for path in expression.paths:
            finding = _unread(("when",), (_dotted(path),), names, vendor)
            findings += [finding] if finding else []
    return findings


def reads(line: Line) -> tuple[str, ...]:
    """Name the paths that a line reads."""
    found: tuple[str, ...] = ()
    match line.source:
        case Paths(paths) | Joined(paths, _):
            found = paths
        case Computed(expression):
            found = tuple(_dotted(path) for path in expression.paths)
        case Constant():
            pass
    return found


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path)


def _unread(place: tuple[str, ...], paths: Sequence[str], names: Sequence[str], vendor: Vendor) -> Finding | None:
    """Several paths are alternatives: one that is there will do."""
    if not paths or any(_is_there(path, names) for path in paths):
        return None
    told = " or ".join(f"'{path}'" for path in paths)
    near = next((found for path in paths for found in get_close_matches(path, names, 1)), None)
    message = f"{vendor.name} tells of no field {told} now."
    return Finding(Level.WARNING, "no_such_path", place, message, near, "Without it the line gives nothing, or its default.")


def _is_there(path: str, names: Sequence[str]) -> bool:
    """Whether a path meets a described field, something inside of one, or a block that holds one; places in lists do not count."""
    parts = [part for part in path.split(".") if part != "*" and not part.isdecimal()]
    plain = ".".join(parts)
    if parts[:1] == [CONTEXT] or not parts:
        return True
    return any(name in (path, plain) or plain.startswith(f"{name}.") or name.startswith(f"{plain}.") for name in names)


def touched(mapping: AnyMapping, change: Drift) -> tuple[Line, ...]:
    """Name the lines of a mapping of the changed object that use the changed field."""
    if isinstance(mapping, SyncMapping):
        return tuple(
            line
            for part in (mapping, *mapping.parts.values())
            if part.object == change.object
            for line in part.own_fields
            if line.target == change.field
        )
    return tuple(
        line for line in mapping.fields if any(path == change.field or path.startswith(f"{change.field}.") for path in reads(line))
    )
