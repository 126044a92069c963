"""The judgement over a person's consent entries for one purpose."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.records import ConsentEntry


def refusal_to_send(entries: Sequence[ConsentEntry], purpose: str | None, *, require: bool) -> str | None:
    """Say why a record may not be sent for `purpose`, or None when it may.

    The latest entry of the purpose decides; at the same instant a withdrawal wins. Without any entry it depends on
    whether consent is required.
    """
    if purpose is None:
        return None
    mine = [entry for entry in entries if entry.purpose == purpose]
    if not mine:
        return f"consent for '{purpose}' was never given" if require else None
    latest = max(mine, key=lambda entry: (entry.at, not entry.granted))
    return None if latest.granted else f"consent for '{purpose}' was withdrawn on {latest.at:%Y-%m-%d}"
