"""`leadloom init`: a config.yaml and first mappings for chosen connectors, written so that they explain themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.contract import ConfigInvalid
from core.runtime.registry import default_registry

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_HEAD = """\
# The configuration of Leadloom. config.example.yaml explains every setting there is.
#
# A secret does not stand in this file: ${{ENV:NAME}} takes it from the environment, ${{FILE:path}} from a file.
# After a change run `leadloom check`.

server:
  port: {port}
"""


class AlreadyThere(Exception):
    """A file that would be written exists; nothing was written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The files to write, by path, and the environment variables that they refer to."""

    files: Mapping[Path, str]
    variables: tuple[str, ...]


def draft_installation(folder: Path, connections: Mapping[str, str], port: int = 8080) -> Draft:
    """Compose the files for `{connection: connector}`; raises ConfigInvalid for a wrong name, with the nearest right one."""
    registry = default_registry()
    text = _HEAD.format(port=port)
    text += "\nconnections:\n" if connections else "\nconnections: {}\n"
    files: dict[Path, str] = {}
    for name, connector in connections.items():
        if not _SLUG.fullmatch(name):
            raise ConfigInvalid(
                f"'{name}' is no name for a connection.", hint="Use small letters, digits, - and _.", setting=f"connections.{name}"
            )
        text += "\n" + _connection(name, connector, registry.load(connector).settings_type)
        starter = registry.folder(connector) / "starter.yaml"
        if starter.is_file():
            files[folder / "mappings" / f"{name}.yaml"] = _for_connection(starter.read_text("utf-8"), name, connector)
    variables = tuple(dict.fromkeys(re.findall(r"^ +\w+: \S*\$\{ENV:(\w+)\}", text, flags=re.MULTILINE)))
    return Draft({folder / "config.yaml": text, **files}, variables)


def write_draft(draft: Draft, *, force: bool = False) -> None:
    """Write all files or none; raises AlreadyThere unless `force`."""
    there = [path for path in draft.files if path.exists()]
    if there and not force:
        raise AlreadyThere(f"{', '.join(str(path) for path in there)} exists already. Nothing was written; use --force to replace.")
    for path, text in draft.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in list(draft.files)[:1]:
        (path.parent / "mappings").mkdir(exist_ok=True)


def _connection(name: str, connector: str, settings: type[BaseModel]) -> str:
    lines = [f"  {name}:", f"    connector: {connector}"]
    if settings.model_fields:
        lines.append("    settings:")
    for field, info in settings.model_fields.items():
        lines += [f"      # {line}" for line in _wrapped(info.description or "")]
        if info.is_required():
            lines.append(f"      {field}: {_reference(name, field, info)}")
        elif "Secret" in str(info.annotation):
            lines.append(f"      #{field}: {_reference(name, field, info)}")
        else:
            lines.append(f"      #{field}: {_plain(info.get_default(call_default_factory=True))}")
    return "\n".join(lines) + "\n"


def _reference(name: str, field: str, info: FieldInfo) -> str:
    variable = re.sub(r"\W", "_", f"{name}_{field}").upper()
    return f'["${{ENV:{variable}}}"]' if "list[" in str(info.annotation) else f"${{ENV:{variable}}}"


def _plain(default: Any) -> str:
    """Write a default as YAML; JSON is YAML too."""
    return orjson.dumps(default, default=str).decode() if not isinstance(default, BaseModel) else "{}"


def _wrapped(text: str, width: int = 110) -> Sequence[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _for_connection(starter: str, name: str, connector: str) -> str:
    """A connector's starter under this connection's name, without the words on how to copy it."""
    body = re.sub(r"\A(#[^\n]*\n)+", "", starter)
    body = re.sub(rf"^name: {connector}$", f"name: {name}", body, count=1, flags=re.MULTILINE)
    body = re.sub(rf"^(\s+connection): {connector}$", rf"\1: {name}", body, count=1, flags=re.MULTILINE)
    return f"# A first mapping for connection '{name}'. Change what you need, then run `leadloom check`.\n{body}"
