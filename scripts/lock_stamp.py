"""Print what an installation depends on, as one hash: the locked requirements, the project's metadata, the interpreter.

Runs before anything is installed, so it needs the standard library only.
"""

import hashlib
import sys
from pathlib import Path


def stamp(lock: Path, project: Path) -> str:
    """Give a hash that changes when the installation has to be made again."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (lock, project):
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(stamp(Path(sys.argv[1]), Path("pyproject.toml")) + "\n")
