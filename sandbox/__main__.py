"""`python -m sandbox`: run the stand-ins until SIGINT or SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

from sandbox.runner import run


def main() -> int:
    """Run with the arguments of the command line; an interrupt is a normal end."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return run(sys.argv[1:], stop)


if __name__ == "__main__":
    sys.exit(main())
