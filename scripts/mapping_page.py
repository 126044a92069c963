"""The page on mapping files: a frame written by hand (`docs/reference/mapping.md.in`) with tables made from the language's own words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from core.flow.mapping import words
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.expressions import FUNCTIONS, LIMITS
from core.flow.mapping.model import InboundMapping
from core.flow.mapping.patterns import MAX_LENGTH, TIME_LIMIT_SECONDS
from core.flow.mapping.transforms import TRANSFORMS, Parameter, Sample, Transform, read_arguments, two_way
from core.flow.pipeline import compiled_inbound
from core.flow.quality.kind_docs import KIND_DOCS, Example
from core.model.vocabulary import FIELDS, OPTIONS, Kind, KindSpec, Subject
from core.runtime.mapping_tables import MAX_BYTES

FRAME = Path("docs/reference/mapping.md.in")
_SLOT = re.compile(r"^@(\w+)@$|@(\w+)@", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z%\\][\w%./+\\-]*")


def mapping_page() -> str:
    """The page on mapping files."""
    return _SLOT.sub(lambda slot: _SLOTS[slot[1] or slot[2]](), FRAME.read_text("utf-8"))


def written(transform: Transform, sample: Sample) -> str:
    """Write a sample as a file has it: as a part of a pipe, or `name: ...` under `do` where YAML would misread the pipe."""
    given = sample.arguments
    if given is None:
        return transform.name
    items = given if isinstance(given, list) else [given]
    pipe = f"{transform.name}({', '.join(_argument(item) for item in items)})"
    if isinstance(given, dict) or not _reads_in_a_line(pipe):
        return f"{transform.name}: {_flow(given)}"
    return pipe


def _reads_in_a_line(pipe: str) -> bool:
    line = f"path | {pipe}"
    try:
        return bool(YAML(typ="safe", pure=True).load(f"a: {line}") == {"a": line})
    except YAMLError:
        return False


def _argument(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _BARE.fullmatch(value) and value not in ("true", "false"):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    return f"'{value}'" if isinstance(value, str) and "\\" in value else json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return json.dumps(name) if name in ("true", "false") else name


def _shown(value: Any) -> str:
    return "nothing" if value is None else _code(json.dumps(value, ensure_ascii=False))


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(heading)
    lines = [titles, ["---"] * len(titles), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines).replace("|  |", "| |")


def _keys(keys: Iterable[words.Word]) -> str:
    return _table(
        ("key", "meaning", "without it"),
        ((f"`{key.name}`", f"{key.meaning}.", "must be there" if key.needed else key.default) for key in keys),
    )


def _only_sync() -> str:
    shared = words.names(words.INBOUND_LINE)
    return _keys(word for word in words.SYNC_LINE if word.name not in shared)


def _kinds() -> str:
    rows = (
        (f"`{kind}`", " ".join((doc.summary, *_options(kind))), _joined(map(_kind_example, doc.examples)))
        for kind, doc in KIND_DOCS.items()
    )
    return _table(("kind", "what it makes", "examples"), rows)


def _options(kind: Kind) -> list[str]:
    return [f"`{option.name}`: {option.summary}" for option in OPTIONS[kind]]


def _kind_example(example: Example) -> str:
    notes = [f"country {example.country}"] if example.country else []
    notes += [f"{name} {_code(text)}" for name, text in _given(example.spec)]
    told = f" ({', '.join(notes)})" if notes else ""
    return f"{_shown(example.raw)}{told}: " + (f"*{example.refused}*" if example.refused else _shown(example.gives))


def _given(spec: KindSpec | None) -> list[tuple[str, str]]:
    found = [] if spec is None else [(option.name, getattr(spec, option.name)) for option in OPTIONS[spec.kind]]
    return [(name, ", ".join(value) if isinstance(value, tuple) else value) for name, value in found if value]


def _joined(parts: Iterable[str]) -> str:
    return "<br>".join(parts)


def _strict() -> str:
    """The kinds whose unusable value sends a record to quarantine, found out by trying their own examples."""
    refused = [(kind, next((each for each in doc.examples if each.refused), None)) for kind, doc in KIND_DOCS.items()]
    return ", ".join(f"`{kind}`" for kind, example in refused if example is not None and _is_refused(kind, example))


def _is_refused(kind: Kind, example: Example) -> bool:
    spec = {
        option.name: list(value) if option.many else value
        for option in OPTIONS[kind]
        if (value := getattr(example.spec, option.name, None))
    }
    document = {"kind": "inbound", "name": "try", "from": {"connection": "c"}, "fields": {"x_it": {"from": "it", "as": {kind.value: spec}}}}
    mapping = DocumentReader(document, "").read()
    assert isinstance(mapping, InboundMapping)
    return bool(compiled_inbound(mapping).trace({"it": example.raw}, {}).problems)


def _fields() -> str:
    lead, account = FIELDS[Subject.LEAD], FIELDS[Subject.ACCOUNT]
    found = [(kind, _of(kind, lead), _of(kind, account)) for kind in Kind]
    return _table(("kind", "Lead", "Account"), ((f"`{kind}`", leads, accounts) for kind, leads, accounts in found if leads or accounts))


def _of(kind: Kind, fields: Mapping[str, Kind]) -> str:
    return ", ".join(f"`{name}`" for name, its in fields.items() if its is kind)


def _transforms() -> str:
    return _table(("transform", "what it does", "examples", "read back"), (_transform(each) for each in TRANSFORMS.values()))


def _transform(transform: Transform) -> tuple[str, str, str, str]:
    told = " ".join((transform.summary, *map(_parameter, transform.parameters)))
    examples = _joined(
        f"{_code(written(transform, each))}: {_shown(each.given)} → {_shown(_short(each.gives))}" for each in transform.samples
    )
    ways = [two_way(transform, read_arguments(transform, each.arguments)) is not None for each in transform.samples]
    back = "yes" if all(ways) else "depends" if any(ways) else "no"
    return f"`{transform.name}`", told, examples, back


def _parameter(parameter: Parameter) -> str:
    choices = f" One of {', '.join(f'`{choice}`' for choice in parameter.choices)}." if parameter.choices else ""
    default = "" if parameter.required or parameter.default is None else f" Without it {_shown(parameter.default)}."
    return f"`{parameter.name}`{'' if parameter.required else ' (may be left out)'}: {parameter.summary}{choices}{default}"


def _short(value: Any) -> Any:
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 else value


def _functions() -> str:
    rows = ((_code(each.signature), each.summary, f"{_code(each.example)} gives {_shown(each.result)}") for each in FUNCTIONS.values())
    return _table(("function", "what it does", "example"), rows)


_SLOTS: Mapping[str, Callable[[], str]] = {
    "inbound_keys": lambda: _keys(words.INBOUND_TOP),
    "accept_keys": lambda: _keys(words.ACCEPT),
    "sync_keys": lambda: _keys(words.SYNC_TOP),
    "line_keys": lambda: _keys(words.INBOUND_LINE),
    "sync_line_keys": _only_sync,
    "member_keys": lambda: _keys(words.MEMBER),
    "example_keys": lambda: _keys(words.EXAMPLE),
    "kinds": _kinds,
    "strict": _strict,
    "fields": _fields,
    "transforms": _transforms,
    "functions": _functions,
    "expression_length": lambda: f"{LIMITS.length:,}",
    "list_size": lambda: f"{LIMITS.list_size:,}",
    "steps": lambda: f"{LIMITS.steps:,}",
    "pattern_length": lambda: str(MAX_LENGTH),
    "pattern_time": lambda: f"{TIME_LIMIT_SECONDS:g}",
    "table_size": lambda: f"{MAX_BYTES // 1024 // 1024} MB",
}
