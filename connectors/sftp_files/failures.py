"""What goes wrong on the way to an SFTP server, as the errors that say what to do next."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from core.contract import AuthFailed, ConfigInvalid, ConnectorError, RateLimited, Unavailable

KEPT_BYTES = 512
BUSY_SECONDS = 15.0
"""Our own choice of a pause: OpenSSH tells none."""
_BUSY = (b"exceeded maxstartups", b"not allowed at this time")
_BROKEN = ("closed", "dropped", "session", "socket")
"""Words in paramiko's own messages for a connection that is no more."""
_DENIED = frozenset({errno.EACCES, errno.EPERM})


class Greeting:
    """The first bytes that the other side said."""

    def __init__(self) -> None:
        self._said = b""

    def hear(self, said: bytes) -> None:
        """Keep the beginning."""
        self._said += said[: KEPT_BYTES - len(self._said)] if len(self._said) < KEPT_BYTES else b""

    def complaint(self) -> ConnectorError | None:
        """What it means that a greeting failed; None where it was one.

        OpenSSH's server says why it hangs up before it greets (its messages of MaxStartups and PerSourcePenalties).
        """
        if b"SSH-" in self._said:
            return None
        if any(each in self._said.lower() for each in _BUSY):
            return RateLimited("The server takes no more connections for now.", retry_after=BUSY_SECONDS)
        if self._said:
            return Unavailable("What answers there is no SSH server.", hint="Look at `host` and `port`, and at what stands between.")
        return Unavailable("The server hung up, or was silent, before it greeted.")


@contextmanager
def sorted_failures(doing: str, greeting: Greeting | None = None) -> Iterator[None]:
    """Turn what paramiko raises into Unavailable, or into what a greeting that was none means; our own errors pass."""
    import paramiko

    try:
        yield
    except paramiko.IncompatiblePeer:
        hint = "Ask for ED25519, ECDSA or RSA with SHA-2; a pinned key of a kind that the server does not have ends here too."
        raise ConfigInvalid("The server and Leadloom have no way of encryption in common.", hint=hint, setting="host_keys") from None
    except TimeoutError:
        raise (greeting.complaint() if greeting else None) or Unavailable(f"The server was silent while {doing}.") from None
    except (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError, ValueError, IndexError) as error:
        known = greeting.complaint() if greeting else None
        raise known or Unavailable(f"{doing.capitalize()} failed: {_kind(error)}.") from None


def is_missing(error: OSError) -> bool:
    """Whether the server says that there is no such file."""
    return error.errno == errno.ENOENT


def is_denied(error: OSError) -> bool:
    """Whether the server says that the account may not."""
    return error.errno in _DENIED


def key_changed(kind: str, fingerprint: str) -> ConfigInvalid:
    """The error for a server that shows a key which is not pinned."""
    hint = (
        f"Ask those who run the server, on another way, whether {fingerprint} is its {kind} key. If it is, put '{kind} {fingerprint}' into "
        "`host_keys`. If it is not, somebody stands between: change nothing."
    )
    return ConfigInvalid(
        f"The server shows a {kind} key that is not pinned ({fingerprint}); nothing was sent to it.", hint=hint, setting="host_keys"
    )


def logged_out(error: Exception, *, still_there: bool) -> ConnectorError:
    """Tell a refusal from a server that went away meanwhile, for which paramiko has one class."""
    if not still_there or "timeout" in str(error).lower():
        return Unavailable("The server went away, or was silent, while logging in.")
    allowed = getattr(error, "allowed_types", None)
    also = f" The server takes: {', '.join(allowed)}." if allowed else ""
    return AuthFailed("The server refused the account.", hint=f"Look at `username`, `private_key` and `password`.{also}")


def _kind(error: Exception) -> str:
    """The kind of failure alone: the words are the server's, and may name people's files."""
    if getattr(error, "errno", None) == errno.ENOSPC:
        return "there is no room left on this machine's disk"
    broken = isinstance(error, (EOFError, ConnectionError)) or any(word in str(error).lower() for word in _BROKEN)
    if broken:
        return "the connection broke"
    if isinstance(error, UnicodeError):
        return "a file's name there is not UTF-8"
    return "the server answered with a failure"
