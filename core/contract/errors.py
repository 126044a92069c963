"""The errors a connector may raise or put into a receipt; each class tells the engine what to do next.

An exception means that the whole call failed. A record that was refused is an answer: `Refused(error)` in its receipt.
"""

from __future__ import annotations

import inspect


class ConnectorError(Exception):
    """The outside system could not do what was asked."""

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        """Default the message to the class docstring's first line.

        Args:
            message: what happened, to which thing; never a secret, a person's data or a whole record.
            hint: the admin's next step.
        """
        self.message = message or (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        self.hint = hint
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The stable name used in stores, lists and metrics, e.g. `rate_limited`."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class TryLater(ConnectorError):
    """The outside system cannot answer now; the schedule tries again."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, outcome_unknown: bool = False) -> None:
        """Say with `outcome_unknown` that the request may have been applied although no usable answer came."""
        super().__init__(message, hint=hint)
        self.outcome_unknown = outcome_unknown


class Unavailable(TryLater):
    """The outside system did not answer, or answered that it is out of order."""


class RateLimited(TryLater):
    """The outside system's limit, or our share of it, is used up for now."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, retry_after: float | None = None) -> None:
        """Pass the seconds to wait as `retry_after` where the vendor names them."""
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class StopConnection(ConnectorError):
    """The connection cannot work until an admin acts; it is paused."""


class AuthFailed(StopConnection):
    """The outside system refused the credentials."""


class PermissionMissing(StopConnection):
    """The credentials lack a permission."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, scope: str = "") -> None:
        """Name the missing permission in the vendor's words as `scope`."""
        super().__init__(message or f"The credentials lack the permission '{scope}'.", hint=hint)
        self.scope = scope


class ConfigInvalid(StopConnection):
    """A setting of the connection is wrong."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, setting: str = "") -> None:
        """Name the setting as it stands in config.yaml as `setting`."""
        super().__init__(message, hint=hint)
        self.setting = setting


class RecordError(ConnectorError):
    """The outside system refused this record; the others go on."""


class Invalid(RecordError):
    """A value breaks a rule of the outside system."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, field: str | None = None, rule: str | None = None) -> None:
        """Name the vendor's field and its rule (the vendor's error code) where it tells them."""
        super().__init__(message, hint=hint)
        self.field = field
        self.rule = rule


class Duplicate(RecordError):
    """The record exists there already."""

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, existing: str | None = None, existing_object: str | None = None
    ) -> None:
        """Give the native id of the record found (and its object where it is another one)."""
        super().__init__(message, hint=hint)
        self.existing = existing
        self.existing_object = existing_object


class Stale(RecordError):
    """The record has changed since it was read."""

    def __init__(self, message: str | None = None, *, hint: str | None = None, found: str | None = None) -> None:
        """Give the version that was found."""
        super().__init__(message, hint=hint)
        self.found = found


class Missing(RecordError):
    """The record does not exist there (any more), or these credentials cannot see it."""

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, successor: str | None = None, successor_object: str | None = None
    ) -> None:
        """Give the native id that took its place (merge, conversion) where the vendor tells it, and its object where it is another one."""
        super().__init__(message, hint=hint)
        self.successor = successor
        self.successor_object = successor_object


class Undone(RecordError):
    """The record was left as it was, because another one of its group was refused."""


class SignatureInvalid(ConnectorError):
    """The request is not signed by the platform it claims to come from."""


class ContractBroken(ConnectorError):
    """The connector or the vendor broke the agreed form; this is a bug and is never retried."""
