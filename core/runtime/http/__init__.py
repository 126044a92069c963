"""HTTP as the runtime lends it to connectors: authenticated, limited, retried where safe, pinned to the connection's own
hosts, and silent about secrets. Start at `open_context`; `sender.py` is the path that every call takes."""

from core.runtime.http.context import OpenedContext, open_context
from core.runtime.http.options import Authenticate, CallNote, HttpOptions, MemoryTokens, Timeouts, TokenStore

__all__ = ["Authenticate", "CallNote", "HttpOptions", "MemoryTokens", "OpenedContext", "Timeouts", "TokenStore", "open_context"]
