"""Opens HTTP for one connection and puts together the `Context` that its connector gets."""

from __future__ import annotations

from dataclasses import dataclass

from core.contract import ConfigInvalid, Context, Http
from core.runtime.http.options import Authenticate, HttpOptions
from core.runtime.http.origins import NotPinned, Origin, Pin
from core.runtime.http.quiet import silence_wire_loggers
from core.runtime.http.sdk import Sdk
from core.runtime.http.sender import LoginHttp, Sender


@dataclass(frozen=True)
class OpenedContext:
    """A connection's context, and the handle to end it."""

    context: Context
    http: Http
    _sender: Sender

    def authenticate_with(self, authenticate: Authenticate) -> None:
        """Fetch tokens through the connector's `token` from now on.

        It comes after opening, because the connector needs the context first. Without it no token is sent.
        """
        self._sender.keeper.authenticate_with(authenticate, LoginHttp(self._sender))

    def close(self) -> None:
        """Close all connections; twice is fine."""
        self._sender.close()


def open_context(options: HttpOptions) -> OpenedContext:
    """Prepare HTTP for one connection without any I/O; use one for all its threads, so that limits and tokens are shared.

    Raises ConfigInvalid when `base_url` or an allowed origin is no URL, or `base_url` is covered by neither the
    manifest's hosts nor the allowed origins.
    """
    silence_wire_loggers()
    pin = _pin(options)
    sender = Sender(options, pin)
    return OpenedContext(Context(sender, options.clock, Sdk(sender), granted=sender.keeper.token), sender, sender)


def _pin(options: HttpOptions) -> Pin:
    try:
        pin = Pin(options.manifest.hosts, options.allowed_origins)
        is_covered = options.base_url is None or pin.covers(Origin.of(options.base_url))
    except NotPinned as error:
        raise ConfigInvalid(f"A URL of connection '{options.connection}' cannot be used. {error}", setting="base_url") from None
    if not is_covered:
        hosts = ", ".join(options.manifest.hosts) or "none"
        message = f"The base address of connection '{options.connection}' is not an https address of {options.manifest.name} ({hosts})."
        raise ConfigInvalid(message, setting="base_url")
    return pin
