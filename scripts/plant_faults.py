"""Plants known faults in a copy of the tree, one at a time, and demands that the tests named for each turn red.

`python -m scripts.plant_faults` runs all of them, `python -m scripts.plant_faults name...` some.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.faults_to_plant import PLANTS, Plant

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("core", "connectors", "sandbox", "demo", "scripts", "tests", "pyproject.toml")
SECONDS = 900


def planted(text: str, plant: Plant) -> str:
    """Give the source with the fault in it; raises ValueError unless it applies exactly once."""
    count = text.count(plant.old)
    if count != 1:
        raise ValueError(f"'{plant.name}' applies {count} times to {plant.file}; write it anew for the source as it is now.")
    return text.replace(plant.old, plant.new)


def is_noticed(plant: Plant, tree: Path) -> bool:
    """Plant the fault in the tree, run its tests, and take it out again. Tells whether they turned red."""
    path = tree / plant.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(planted(sound, plant), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=line", *plant.tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LEADLOOM_TRIALS": "1"}
        run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, timeout=SECONDS, check=False)
    finally:
        path.write_text(sound, encoding="utf-8")
    if run.returncode not in (0, 1):
        raise RuntimeError(f"'{plant.name}': the tests did not run.\n{run.stdout.decode()[-2000:]}")
    return run.returncode == 1


def main(names: Sequence[str]) -> int:
    """Plant the faults of these names, or all; print a line for each; give 1 when one went unnoticed."""
    chosen = [plant for plant in PLANTS if not names or plant.name in names]
    unnoticed = 0
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, tree / name)
        for plant in chosen:
            began = time.monotonic()
            noticed = is_noticed(plant, tree)
            unnoticed += not noticed
            word = "noticed" if noticed else "UNNOTICED"
            print(f"{word:10} {time.monotonic() - began:6.1f} s  {plant.name}  ({plant.file})", flush=True)  # noqa: T201 - a command's output
    print(f"{len(chosen) - unnoticed} of {len(chosen)} planted faults were noticed.")  # noqa: T201 - a command's output
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
