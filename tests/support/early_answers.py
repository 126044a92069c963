"""Leadloom broken on purpose: the writer says that it has stored a delivery before it has; the kill trial must find that."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Any

from core.store.commands.intake import AcceptEvents
from core.store.writer import GroupWriter, SettleAll

DELAY_SECONDS = 0.2
_hand_over_all = GroupWriter.hand_over_all


def _hand_over_later(writer: GroupWriter, commands: Sequence[Any], settle: SettleAll) -> None:
    if not all(isinstance(command, AcceptEvents) for command in commands):
        _hand_over_all(writer, commands, settle)
        return
    threading.Thread(target=settle, args=([(None, None)] * len(commands),)).start()
    threading.Timer(DELAY_SECONDS, _hand_over_all, (writer, commands, lambda outcomes: None)).start()


if __name__ == "__main__":
    setattr(GroupWriter, "hand_over_all", _hand_over_later)  # noqa: B010 - this is the fault, and no type may stand for it
    from core.cli.main import main

    sys.exit(main())
