"""Keeps the libraries' own logs of HTTP out of ours: they hold URLs, headers and bodies, and with them secrets and people."""

from __future__ import annotations

import logging

_WIRE_LOGGERS = ("httpx", "httpcore", "urllib3", "requests", "hubspot", "simple_salesforce")


def silence_wire_loggers() -> None:
    """Drop everything the HTTP libraries and SDKs log, whatever level is set anywhere; what matters comes as errors and notes.

    Loggers that an SDK creates later stop at its top logger; calling this again silences those themselves too.
    """
    for name in _WIRE_LOGGERS:
        top = logging.getLogger(name)
        top.propagate = False
        if not top.handlers:
            top.addHandler(logging.NullHandler())
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _WIRE_LOGGERS:
            logging.getLogger(name).disabled = True
