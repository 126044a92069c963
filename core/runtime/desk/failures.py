"""What went wrong in words, and the exit code that scripts can tell it by."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy.exc import DBAPIError

from core.contract import ConnectorError
from core.flow.regrouping import CannotMerge
from core.runtime.config.problems import ConfigProblems
from core.runtime.control import NoServer
from core.runtime.desk.acts import NotInQuarantine
from core.runtime.desk.conflicts import CannotDecide
from core.runtime.desk.review_model import CannotTrain
from core.runtime.desk.runs import LanePaused, UnknownLane
from core.runtime.desk.starting import AlreadyThere
from core.runtime.desk.undo import CannotUndo
from core.runtime.desk.unmerging import CannotUnmerge
from core.runtime.installation import Busy
from core.store.database import SchemaOutdated
from core.store.vault import Unreadable


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    ATTENTION = 1
    USAGE = 2
    UNUSABLE = 3
    IN_THE_WAY = 4
    BUG = 70


EXIT_CODES: dict[ExitCode, str] = {
    ExitCode.DONE: "The command did what it says.",
    ExitCode.ATTENTION: "Somebody has to look: a check found problems, the books do not balance, or what was named is not there.",
    ExitCode.USAGE: "The command line was wrong.",
    ExitCode.UNUSABLE: "The configuration, the database or its key cannot be used.",
    ExitCode.IN_THE_WAY: "Another process works with the data folder, or the server went away.",
    ExitCode.BUG: "A bug in Leadloom; LEADLOOM_DEBUG=1 shows where.",
}
"""What each exit code means, for the reference page."""


_EXPECTED = (
    *(NotInQuarantine, LanePaused, AlreadyThere),
    *(CannotDecide, CannotUndo, CannotMerge, CannotUnmerge, CannotTrain),
)
"""Errors whose message says all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected error as the terminal shows it."""

    text: str
    code: ExitCode


def explain(error: Exception) -> Failure | None:
    """Say what an expected error means and what to do; None for one that nobody expected."""
    if isinstance(error, ConfigProblems):
        return Failure(f"{error}\nCorrect this, then run `leadloom check`.", ExitCode.UNUSABLE)
    if isinstance(error, Busy):
        return Failure(str(error), ExitCode.IN_THE_WAY)
    if isinstance(error, NoServer):
        return Failure(f"{error} Start it with `leadloom serve`.", ExitCode.IN_THE_WAY)
    if isinstance(error, ConnectorError):
        return Failure(f"{error.message} {error.hint or ''}".rstrip(), ExitCode.ATTENTION)
    if isinstance(error, _EXPECTED):
        return Failure(str(error), ExitCode.ATTENTION)
    if isinstance(error, UnknownLane):
        return Failure(str(error), ExitCode.USAGE)
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError | IsADirectoryError) and error.filename:
        text = f"{error.filename}: {error.strerror}. Correct the path in the configuration or its rights, then try again."
        return Failure(text, ExitCode.UNUSABLE)
    return _of_the_database(error)


def _of_the_database(error: Exception) -> Failure | None:
    if isinstance(error, Unreadable | SchemaOutdated):
        return Failure(str(error), ExitCode.UNUSABLE)
    if isinstance(error, DBAPIError | sqlite3.Error):
        said = error.orig if isinstance(error, DBAPIError) else error
        return Failure(f"The database cannot be used: {said}. Check `database.url` and the disk, then try again.", ExitCode.UNUSABLE)
    return None
