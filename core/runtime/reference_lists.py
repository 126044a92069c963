"""The mappings in force with the lists that their lines refer to; worked out anew when a list has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.flow.mapping.references import Lists, Referred, references, with_lists
from core.flow.pipeline import Rules
from core.store.references import list_times, read_list
from core.store.store import Store


class ReferenceLists:
    """Puts lists into mappings. A mapping of which no list changed stays the same object, and is not compiled again."""

    def __init__(self, store: Store) -> None:
        """Take the store that keeps the lists."""
        self._store = store
        self._times: dict[tuple[str, str], datetime] = {}
        self._before: Rules | None = None
        self._after = Rules()

    def __call__(self, rules: Rules) -> Rules:
        """Give the rules with the lists of now; costs a small look-up where a mapping refers to one, else nothing."""
        if not any(references(mapping) for mapping in rules.sync):
            return rules
        with self._store.snapshot() as snapshot:
            times = list_times(snapshot)
            if rules is self._before and times == self._times:
                return self._after
            wanted = {(m.connection, name) for m in rules.sync for name in references(m)}
            lists: Lists = {
                place: {native_id: Referred(*row) for native_id, row in read_list(snapshot, *place).items()} for place in wanted
            }
        self._before, self._times = rules, times
        self._after = replace(rules, sync=tuple(with_lists(mapping, lists) for mapping in rules.sync))
        return self._after
