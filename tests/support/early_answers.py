"""Leadloom broken on purpose: the writer says that it has stored a delivery before it has; the kill trial must find that."""

from __future__ import annotations

import sys
import threading
from typing import Any

from core.store.commands.intake import AcceptEvents
from core.store.writer import GroupWriter

DELAY_SECONDS = 0.2
_hand_over = GroupWriter.hand_over


def _hand_over_later(writer: GroupWriter, command: Any, settle: Any) -> None:
    if not isinstance(command, AcceptEvents):
        _hand_over(writer, command, settle)
        return
    threading.Thread(target=settle, args=(None, None)).start()
    threading.Timer(DELAY_SECONDS, _hand_over, (writer, command, lambda result, failure: None)).start()


if __name__ == "__main__":
    setattr(GroupWriter, "hand_over", _hand_over_later)  # noqa: B010 - this is the fault, and no type may stand for it
    from core.cli.main import main

    sys.exit(main())
