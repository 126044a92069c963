"""What an admin can say about a folder of spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from core.contract.tables.settings import TableSettings


class SpreadsheetSettings(TableSettings):
    """The folder, which files in it count, and how to read them. Everything but `folder` has a sensible default."""

    folder: Path
    complete: Literal["stable", "done", "now"] = Field(
        default="stable",
        description="When a file may be read: unchanged over two reads or with a companion `<name>.done`; only with it; at once.",
    )
    keep: Literal["leave", "move"] = Field(default="leave", description="Leave a read file, or move it to archive/ (unreadable: error/).")
