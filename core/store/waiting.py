"""A first look at whether anything waits, by SQLite alone: in most idle hours the answer is no, and nothing else is loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime

from core.store.codec import time_text
from core.store.database import sqlite_path

_LOOK = """SELECT
    EXISTS (SELECT 1 FROM intake_total AS t WHERE t.workspace = :workspace AND (
        EXISTS (SELECT 1 FROM inbox AS i WHERE i.state = 'ready' AND i.workspace = t.workspace
                AND i.connection = t.connection AND i.next_at <= :by)
        OR EXISTS (SELECT 1 FROM inbox AS i WHERE i.state = 'to_read' AND i.workspace = t.workspace
                   AND i.connection = t.connection AND i.next_at <= :by)))
    OR EXISTS (SELECT 1 FROM link WHERE workspace = :workspace AND next_at <= :by)
    OR EXISTS (SELECT 1 FROM lane WHERE workspace = :workspace AND next_at <= :by)"""


def may_be_due(url: str, workspace: str, by: datetime) -> bool:
    """Whether some row is due until then; pauses and errors are not looked at, so that a yes is still to be made sure of."""
    with closing(sqlite3.connect(f"file:{sqlite_path(url)}?mode=ro", uri=True, timeout=30)) as raw:
        return bool(raw.execute(_LOOK, {"workspace": workspace, "by": time_text(by)}).fetchone()[0])
