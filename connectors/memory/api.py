"""The wire between connector and remote: every call passes here, and every failure becomes an error of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connectors.memory.faults import Dial, MemoryFault
from connectors.memory.remote import MemoryRemote, RemoteRefusal
from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    Duplicate,
    Invalid,
    Missing,
    PermissionMissing,
    RateLimited,
    Stale,
    TryLater,
    Unavailable,
)

T = TypeVar("T")


def call(remote: MemoryRemote, key: str, act: Callable[[], T], *, writing: bool = False) -> T:
    """Do something at the remote as the holder of the key would over a network.

    Raises what the contract says of a failed call. `outcome_unknown` is set when a write may have been applied.
    """
    remote.calls += 1
    dial = remote.faults.take(writing=writing)
    if dial is not None and not dial.fault.is_after:
        raise _wire_error(dial, writing=writing)
    if remote.key is not None and remote.key != key:
        raise AuthFailed("The remote refused the key.", hint="Copy the key from the remote's settings into the connection.")
    answer = act()
    if dial is not None and dial.fault.is_after:
        raise _wire_error(dial, writing=writing)
    return answer


def record_error(refusal: RemoteRefusal) -> ConnectorError:
    """Say in the contract's words why one record was refused."""
    match refusal.code:
        case "missing":
            return Missing(successor=refusal.record, successor_object=refusal.record_object)
        case "duplicate":
            return Duplicate(f"Another record has this value of '{refusal.field}'.", existing=refusal.record)
        case "conflict":
            return Stale(found=refusal.record)
        case "unknown_object":
            hint = "Name an object of the remote in the mapping."
            return ConfigInvalid("The remote does not have this object.", hint=hint, setting="object")
        case _:
            return Invalid(f"The remote does not accept this value of '{refusal.field}'.", field=refusal.field, rule=refusal.code)


def _wire_error(dial: Dial, *, writing: bool) -> ConnectorError:
    match dial.fault:
        case MemoryFault.RATE_LIMITED:
            return RateLimited("The remote takes no more calls for now.", retry_after=dial.retry_after)
        case MemoryFault.UNAUTHORIZED:
            return AuthFailed("The remote refused the key.", hint="Make a new key there.")
        case MemoryFault.FORBIDDEN:
            return PermissionMissing(scope="records.all", hint="Grant the permission there, then check the connection again.")
        case MemoryFault.SERVER_ERROR:
            return Unavailable("The remote answered with an error of its own (500).", outcome_unknown=writing)
        case MemoryFault.HTML_BODY:
            return Unavailable("The answer is a web page, not a record.", outcome_unknown=writing)
        case _:
            return _lost(dial.fault, writing=writing)


def _lost(fault: MemoryFault, *, writing: bool) -> TryLater:
    return Unavailable(f"No usable answer came ({fault.value}).", outcome_unknown=writing)
