"""Writes the skeleton of a new connector, which passes the contract suite before its author changes a line."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Template

from core.contract import ConfigInvalid

_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_TEMPLATES = Path(__file__).parent


class Kind(StrEnum):
    """What the skeleton starts with; roles can be added to each."""

    PUSH = "push"
    POLL = "poll"


def write_skeleton(name: str, into: Path, kind: Kind) -> list[Path]:
    """Write the package into the new folder `into/<name>` and give the files; raises ConfigInvalid and then writes nothing.

    Refused are names that cannot be a connector's id, and a folder that exists.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        message = f"'{name}' cannot be the id of a connector."
        raise ConfigInvalid(message, hint="Use lower-case letters, digits and '_', beginning with a letter, such as acme_forms.")
    folder = into / name
    if folder.exists():
        raise ConfigInvalid(f"{folder} exists already.", hint="Choose another name, or another folder with --into.")
    words = {
        "id": name,
        "package": f"leadloom_{name}",
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "title": " ".join(part.capitalize() for part in name.split("_") if part),
    }
    texts = {folder / path: text for path, text in _filled(kind, words)}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(texts)


def _filled(kind: Kind, words: dict[str, str]) -> Iterator[tuple[Path, str]]:
    for root in (_TEMPLATES / "shared", _TEMPLATES / kind):
        for template in sorted(root.rglob("*.txt")):
            name = template.relative_to(root).with_suffix("").as_posix().replace("ID", words["id"]).replace("PACKAGE", words["package"])
            yield Path(name), Template(template.read_text(encoding="utf-8")).substitute(words)
