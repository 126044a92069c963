"""The engine process: decides, fetches, reads and delivers, so that the web process only takes in and writes.

Started by the server when there is work, ended when there is none. It reads the database by itself and hands every
write to the server over the control line.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from core.observe.events import EventCode
from core.observe.log import configure_log, note
from core.runtime.collector import calm_collector
from core.runtime.config.problems import ConfigProblems
from core.runtime.control import ControlLine, NoServer
from core.runtime.installation import Installation
from core.runtime.lanes.dispatcher import Dispatcher
from core.runtime.service import CONFIG_UNUSABLE
from core.store.rehearsal import Rehearsed

WAKE_WAIT_SECONDS = 20.0
WAKE_PAUSE_SECONDS = 0.05
"""Wake-ups that follow each other faster count as one: under load each look finds more to do, and fewer are needed."""
NICENESS = 10
"""Taking in goes before working off: where both want the processor, the server gets it."""


def run(installation: Installation, store_line: ControlLine) -> None:
    """Work until there is nothing to do for a while, the server goes away, or a signal asks to end."""
    rehearsed = Rehearsed(store_line, installation.config.database_url)
    store = installation.store(rehearsed)
    connections = installation.connections(store)
    engine = installation.config.engine
    dispatcher = Dispatcher(
        store, installation.worker(store, connections), installation.enabled(), installation.clock.now, engine.poll_seconds
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=dispatcher.stop).start())
    threading.Thread(target=_listen, args=(store_line, dispatcher), name="wake-ups", daemon=True).start()
    calm_collector()
    note(EventCode.ENGINE_STARTED, pid=os.getpid())
    try:
        dispatcher.run(engine.idle_stop_seconds)
        dispatcher.stop()
        connections.close()
    except NoServer:
        dispatcher.stop()
    finally:
        store.close()
        rehearsed.close()
    note(EventCode.ENGINE_STOPPED, pid=os.getpid())


def _listen(line: ControlLine, dispatcher: Dispatcher) -> None:
    """Pass the server's wake-ups on; when the server is gone, so is the work."""
    sequence = -1
    try:
        while True:
            sequence = line.ask("await_wake", (sequence, WAKE_WAIT_SECONDS))
            dispatcher.wake()
            time.sleep(WAKE_PAUSE_SECONDS)
    except NoServer:
        dispatcher.stop()


def main() -> int:
    """Entry of `python -m core.runtime.engine --config PATH`; started by the server, not by people."""
    parser = argparse.ArgumentParser(prog="leadloom engine")
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    os.nice(NICENESS)
    try:
        installation = Installation.load(arguments.config)
    except ConfigProblems as error:  # edited since the server read it
        sys.stderr.write(f"{error}\n")
        return CONFIG_UNUSABLE
    configure_log(installation.config.logging.level, installation.config.logging.format)
    try:
        run(installation, ControlLine(installation.config.data_dir))
    except NoServer:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
