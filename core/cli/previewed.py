"""How a preview of a mapping is shown: before and after for every field, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cli.output import say, write_table

if TYPE_CHECKING:
    from core.flow.mapping.explain import Account
    from core.runtime.mapping_preview import Preview

_HEADS = {"inbound": "to a", "sync": "to", "back": "back to a"}
_COLUMNS = ["field", "before", "after", "line", "why"]


def show_preview(preview: Preview) -> None:
    """Write one preview, and those of the mappings that come after it."""
    say(f"{preview.record} {_HEADS[preview.way]} {preview.target} by '{preview.mapping}' {preview.version}")
    if preview.note:
        say(f"Note: {preview.note}")
    if preview.refused:
        say(f"REFUSED ({preview.refused_code}): {preview.refused}")
    if preview.accounts:
        write_table(None, _COLUMNS, [_row(account) for account in preview.accounts], ["line"])
    for purpose, granted in (preview.consents or {}).items():
        say(f"Consent to {purpose}: {'granted' if granted else 'withdrawn'}")
    for each in preview.through:
        say("")
        show_preview(each)


def _row(account: Account) -> list[str]:
    from core.flow.mapping.explain import End, shown, tell

    before = "" if account.raw in (None, "") else shown(account.raw)
    after = shown(account.value) if account.end is End.VALUE else "refused" if account.end in (End.REFUSED, End.MISSING) else ""
    return [account.target, before, after, str(account.line or ""), tell(account, with_raw=False)]
