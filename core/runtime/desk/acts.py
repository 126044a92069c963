"""What people do to the store: replay and edit what is in quarantine, pause connections and let them go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.contract import Clock
from core.model.plan import SOURCE_DELETED
from core.runtime.control import ControlLine, NoServer
from core.runtime.desk.questions import list_quarantine
from core.runtime.installation import Installation
from core.runtime.lanes.names import DECIDE
from core.store.commands.admin import EditInbox, ReplayInbox, ReplayLinks
from core.store.commands.lanes import SetPause
from core.store.inbox_seal import inbox_key, open_record, seal_record
from core.store.queries.lanes import paused_connections
from core.store.queries.quarantine import quarantined_row
from core.store.store import Store

PAUSED_BY_HAND = "paused_by_hand"
AT_ONCE = 1000
"""Items that one transaction takes out of quarantine at most."""


class NotInQuarantine(Exception):
    """What was named is not in quarantine (any more)."""


def replay(store: Store, clock: Clock, actor: str, ids: Sequence[str]) -> int:
    """Take submissions (`inbox:12`) and links (`link:...`) out of quarantine; tell how many.

    Those that left it meanwhile, and those of which nothing is stored that could be read, are passed over. Raises
    ValueError for a text that is neither. In parts, so that the door never waits long for the writer.
    """
    inbox_ids = tuple(inbox_number(each) for each in ids if not each.startswith("link:"))
    link_ids = tuple(each.removeprefix("link:") for each in ids if each.startswith("link:"))
    count = 0
    for start in range(0, len(inbox_ids), AT_ONCE):
        count += store.write(ReplayInbox(store.workspace, inbox_ids[start : start + AT_ONCE], actor, clock.now(), DECIDE))
    for start in range(0, len(link_ids), AT_ONCE):
        count += store.write(ReplayLinks(store.workspace, link_ids[start : start + AT_ONCE], actor, clock.now()))
    return count


def overrule(store: Store, clock: Clock, actor: str, ids: Sequence[str]) -> int:
    """Take bought leads (`inbox:12`) whatever the rules, doubles and caps of their mapping say; tell how many.

    Those that are in quarantine for another reason are passed over. Raises ValueError for a text that is no such id.
    """
    numbers = tuple(inbox_number(each) for each in ids)
    return store.write(ReplayInbox(store.workspace, numbers, actor, clock.now(), DECIDE, overruled=True))


def matching_ids(store: Store, *, connection: str | None, reason: str | None) -> list[str]:
    """The ids in quarantine that the filters leave. Spam and deletions of a source have to be asked for by their reason."""
    items = list_quarantine(store, connection=connection, reason=reason, limit=100_000)
    return [item.id for item in items if reason is not None or item.reason_code not in ("spam", SOURCE_DELETED)]


def inbox_number(text: str) -> int:
    """Read `inbox:12` (or `12`); raises ValueError with the forms there are."""
    number = text.removeprefix("inbox:")
    if not number.isdigit():
        raise ValueError(
            f"'{text}' is no id of the quarantine. Ids look like `inbox:12` or `link:01j...`; `leadloom quarantine list` shows them."
        )
    return int(number)


def edit(store: Store, clock: Clock, actor: str, inbox_id: int, changes: Mapping[str, Any]) -> None:
    """Replace fields in a quarantined submission's record; the raw body stays as it came. Raises NotInQuarantine.

    A dot in a name goes down into a block (`field_data.email`), except where the record has a field of the whole name.
    """
    with store.snapshot() as snapshot:
        row = quarantined_row(snapshot, inbox_id)
        if row is None or row.state != "quarantined":
            raise NotInQuarantine(f"inbox:{inbox_id} is not in quarantine. `leadloom quarantine list` shows what is.")
        fields, changed_at, remote = open_record(store.vault, store.workspace, row)
        key = inbox_key(store.vault, store.workspace, row)
    for name, value in changes.items():
        _set(fields, name, value)
    sealed = seal_record(store.vault, key, fields, changed_at, remote)
    if not store.write(EditInbox(store.workspace, inbox_id, sealed, tuple(sorted(changes)), actor, clock.now())):
        raise NotInQuarantine(f"inbox:{inbox_id} left the quarantine meanwhile; nothing was changed.")


def _set(fields: dict[str, Any], name: str, value: Any) -> None:
    head, _, rest = name.partition(".")
    inner = fields.get(head)
    if rest and name not in fields and isinstance(inner, dict):
        _set(inner, rest, value)
    else:
        fields[name] = value


def pause(store: Store, clock: Clock, actor: str, connection: str, reason: str | None) -> None:
    """Stop the lanes of a connection until somebody resumes it."""
    said = reason or f"Paused by {actor}."
    hint = f"Run `leadloom connections resume {connection}`."
    store.write(SetPause(store.workspace, connection, clock.now(), PAUSED_BY_HAND, said, hint))


def resume(store: Store, clock: Clock, connection: str) -> bool:
    """Let a paused connection go on, all its lanes due now; tell whether it was paused."""
    was_paused = connection in paused(store)
    store.write(SetPause(store.workspace, connection, clock.now(), None))
    return was_paused


def paused(store: Store) -> dict[str, tuple[str, str | None, str | None]]:
    """The connections that wait for somebody: code, reason and hint by name."""
    with store.snapshot() as snapshot:
        return paused_connections(snapshot)


def wake_server(installation: Installation) -> None:
    """Tell a running server to look for work at once; without one the work is found at the next start."""
    with suppress(NoServer):
        ControlLine(installation.config.data_dir).ask("wake", None)
