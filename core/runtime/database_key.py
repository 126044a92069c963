"""The key that encrypts personal data and tokens at rest: configured, or kept in a file of the data folder."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from core.runtime.config.key import KEY_BYTES, decode_key
from core.runtime.config.problems import ConfigProblems, Problem
from core.runtime.settings import Config

KEY_FILE = "leadloom.key"


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
