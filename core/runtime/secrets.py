"""Secrets that come from outside the configuration: environment, files, and the database's own key."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from core.runtime.config.document import Document
from core.runtime.config.document import Path as ValuePath
from core.runtime.config.problems import ConfigProblems, Problem

if TYPE_CHECKING:
    from core.runtime.settings import Config

KEY_BYTES = 32
KEY_FILE = "leadloom.key"
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


def database_key(config: Config) -> bytes | None:
    """The 32 bytes that encrypt personal data and tokens at rest; None when encryption is off.

    Without a configured key, reads `leadloom.key` in the data folder, and creates it there (readable by the owner only)
    on first use; of several processes that start at once all get the same key. Raises ConfigProblems when the file is
    there and does not hold a key: a new one would make everything stored unreadable.
    """
    if not config.database.encryption:
        return None
    if config.database.key is not None:
        return decode_key(config.database.key.get_secret_value())
    path = config.data_dir / KEY_FILE
    if not path.exists():
        _create_key(path)
    try:
        return decode_key(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigProblems([Problem(str(path), 1, 1, "", "The key file does not hold a key; put the right one back.")]) from error


def decode_key(text: str) -> bytes:
    """Read a key as it is configured, base64 of 32 bytes; raises ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("this is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, written as base64")
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken already, so the first of several processes wins and none sees half a key.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
