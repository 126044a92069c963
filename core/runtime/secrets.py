"""Secrets that come from outside the configuration: from the environment or from files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from core.runtime.config.document import Document
from core.runtime.config.document import Path as ValuePath
from core.runtime.config.problems import Problem

_LARGEST_SECRET = 64 * 1024
_REFERENCE = re.compile(r"\$\{(ENV|FILE):([^{}]+)\}")


class _Unresolved(Exception):
    pass


def resolve_references(document: Document, env: Mapping[str, str], folder: Path) -> tuple[Any, list[Problem]]:
    """Replace `${ENV:NAME}` and `${FILE:path}` in every text, which becomes a SecretStr as a whole.

    A file's path starts from `folder`; the line break at its end is not part of the secret. A name that is not set, or
    set to nothing, and a file that cannot be read are problems.
    """
    problems: list[Problem] = []

    def replaced(value: Any, path: ValuePath) -> Any:
        if isinstance(value, dict):
            return {name: replaced(inner, (*path, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [replaced(inner, (*path, number)) for number, inner in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        try:
            return SecretStr(_resolved(value, env, folder))
        except _Unresolved as error:
            problems.append(document.problem(path, str(error)))
            return SecretStr("")

    return replaced(document.value, ()), problems


def _resolved(text: str, env: Mapping[str, str], folder: Path) -> str:
    if "${" in _REFERENCE.sub("", text):
        raise _Unresolved("A reference is written ${ENV:NAME} or ${FILE:path}.")
    return _REFERENCE.sub(lambda found: _from_env(found[2], env) if found[1] == "ENV" else _from_file(folder / found[2]), text)


def _from_env(name: str, env: Mapping[str, str]) -> str:
    value = env.get(name, "")
    if not value:
        raise _Unresolved(f"The environment variable {name} is not set, or is empty.")
    return value


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_SECRET + 1)
        text = content.decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise _Unresolved(f"The file {path} cannot be read ({type(error).__name__}).") from error
    if not text or len(content) > _LARGEST_SECRET:
        raise _Unresolved(f"The file {path} is empty, or larger than a secret can be.")
    return text
